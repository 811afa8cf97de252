# DBD::Pg: its catalogue, prepared statements, cursors and COPY, with and without AutoCommit.
use strict;
use warnings;
use DBI;

sub show { my ($name, @rows) = @_; print "$name: ", join(" | ", map { ref $_ ? row($_) : $_ // "-" } @rows), "\n" }
sub row { my ($row) = @_; join(", ", map { ref $_ ? "[@$_]" : $_ // "-" } @$row) }
sub connected { DBI->connect("dbi:Pg:", undef, undef, { RaiseError => 1, PrintError => 0, AutoCommit => $_[0] }) }
sub failing { my ($db, $sql) = @_; eval { $db->do($sql) }; $db->state }

sub reads {
    for my $auto (1, 0) {
        my $db = connected($auto);
        show("tables", map { "$_->[2] $_->[3]" } @{ $db->table_info(undef, "public", "%", "TABLE,VIEW")->fetchall_arrayref });
        show("columns", map { [ @$_[ 2 .. 17 ] ] } @{ $db->column_info(undef, "public", "things", "%")->fetchall_arrayref });
        show("keys", $db->primary_key(undef, "public", "things"));
        show("foreign", map { [ @$_[ 2, 3, 6, 7 ] ] } @{ $db->foreign_key_info(undef, undef, "owners", undef, undef, "things")->fetchall_arrayref });
        show("indexes", map { $_->[5] } @{ $db->statistics_info(undef, "public", "things", 0, 0)->fetchall_arrayref });
        show("server", $db->{pg_server_version}, $db->ping, scalar @{ $db->type_info_all });
        my $some = $db->prepare("select id, name, tags, raw, data from things where owner_id = ? and name like ? order by id limit 3");
        for my $owner (1, 2, 1) { $some->execute($owner, "thing%"); show("prepared", @{ $some->fetchall_arrayref }) }
        show("view", @{ $db->selectall_arrayref("select * from cheap_things order by id") });
        unless ($auto) {
            $db->do("declare walk cursor for select name from cheap_things order by id");
            show("cursor", @{ $db->selectall_arrayref("fetch 2 from walk") });
            $db->pg_savepoint("kept");
        }
        $db->do("copy (select id, name from cheap_things order by id) to stdout");
        my $line;
        while ($db->pg_getcopydata($line) >= 0) { chomp $line; show("copied out", $line) }
        show("missing", failing($db, "select * from nowhere"));
        $db->pg_rollback_to("kept") unless $auto;
        show("after", $db->selectrow_array("select count(*) from owners"));
        $db->rollback unless $auto;
        $db->disconnect;
    }
}

sub writes {
    my $db = connected(1);
    show("held", $db->do("update tallies set n = n + 1 where name = ?", undef, "single"));
    $db->begin_work;
    $db->do("update tallies set n = n + 1 where name = ?", undef, "transaction");
    $db->commit;
    $db->begin_work;
    $db->do("update tallies set n = n + 1 where name = ?", undef, "rolled back");
    $db->rollback;
    my $batch = $db->prepare("update tallies set n = n + ? where name = ?");
    show("batch", scalar $batch->execute_array({}, [ 1, 1 ], [ "batch", "batch" ]));
    $db->do("copy copied (id, name, at) from stdin");
    $db->pg_putcopydata("1\tone\t2026-01-02\n2\t\\N\t2026-01-03\n");
    $db->pg_putcopydata("3\ta\\ttab\t2026-01-04\n");
    $db->pg_putcopyend;
    show("denied", failing($db, "drop table tallies"));
    show("after", $db->selectrow_array("select n from tallies where name = 'single'"));
}

$ARGV[0] eq "reads" ? reads() : writes();
