<?php
/** PDO's pgsql driver, with prepares of the server's and emulated ones, and the extension pgsql. */

function show(string $name, mixed $value): void
{
    echo $name, ": ", json_encode($value), "\n";
}

function connected(bool $emulates): PDO
{
    $e = getenv();
    $name = "pgsql:host={$e['PGHOST']};port={$e['PGPORT']};dbname={$e['PGDATABASE']}";
    $options = [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => $emulates];
    return new PDO($name, $e['PGUSER'], $e['PGPASSWORD'], $options);
}

function failing(PDO $db, string $sql): string
{
    try {
        $db->query($sql);
        return "ran";
    } catch (PDOException $error) {
        return $error->getCode();
    }
}

function reads(): void
{
    foreach ([true, false] as $emulates) {
        $db = connected($emulates);
        $some = $db->prepare("select id, name, tags, day, is_new from things where owner_id = ? and name like ? order by id");
        foreach ([1, 2, 1] as $owner) {
            $some->execute([$owner, "thing%"]);
            show("prepared", $some->fetchAll(PDO::FETCH_NUM));
        }
        for ($column = 0; $column < 5; $column += 1) {
            $meta = $some->getColumnMeta($column);
            show("column", [$meta["name"], $meta["native_type"], $meta["table"] ?? null]);
        }
        $db->beginTransaction();
        show("view", $db->query("select * from cheap_things order by id")->fetchAll(PDO::FETCH_NUM));
        $db->commit();
        show("copied out", $db->pgsqlCopyToArray("owners", "|", "\\\\N", "id,name"));
        show("missing", failing($db, "select * from nowhere"));
    }
    $db = pg_connect("");
    show("parameters", pg_fetch_all(pg_query_params($db, 'select name from owners where id = $1', [1])));
    show("columns", pg_meta_data($db, "things"));
    pg_prepare($db, "q", "select count(*) from cheap_things");
    show("prepared", pg_fetch_all(pg_execute($db, "q", [])));
    show("selected", pg_select($db, "owners", ["name" => "ada"]));
    pg_send_query($db, "select 1; select 2");
    while ($result = pg_get_result($db)) {
        show("of several", pg_fetch_all($result));
    }
    show("table", pg_field_table(pg_query($db, "select name from things limit 1"), 0));
}

function writes(): void
{
    $db = connected(false);
    $update = $db->prepare("update tallies set n = n + 1 where name = ?");
    $update->execute(["single"]);
    show("held", $update->rowCount());
    $db->beginTransaction();
    $update->execute(["transaction"]);
    $db->commit();
    $db->beginTransaction();
    $update->execute(["rolled back"]);
    $db->rollBack();
    $update->execute(["batch"]);
    $update->execute(["batch"]);
    $rows = ["1\tone\t2026-01-02\n", "2\t\\N\t2026-01-03\n", "3\ta\\ttab\t2026-01-04\n"];
    show("copied", $db->pgsqlCopyFromArray("copied", $rows));
    show("denied", failing($db, "drop table tallies"));
    show("after", $db->query("select n from tallies where name = 'single'")->fetchAll(PDO::FETCH_NUM));
}

$argv[1] === "reads" ? reads() : writes();
