\d
\d+
\d things
\d+ things
\d+ owners
\d+ cheap_things
\d+ thing_counts
\d+ events
\d tickets
\d things_by_name
\dt
\dt+
\dt *.*
\di
\di+
\dv+
\dm+
\ds+
\dE
\df
\df+
\df+ total
\sf total
\sv cheap_things
\l
\l+
\dn
\dn+
\du
\du+
\dg
\drds
\dp
\z things
\ddp
\dT
\dT+
\dD
\dD+
\db
\db+
\da
\dA+
\dAc
\dAf
\dAo
\dAp
\dc
\dC+
\dd
\des
\deu
\dew
\det
\dF+
\dFd
\dFp
\dFt
\dL
\dL+
\do
\dO
\dconfig work_mem
\dP+
\dRp+
\dRs+
\dx+
\dX
\dy
\encoding
\lo_list
\dS+ pg_class
select id, name from things order by id limit 3;
select 1 \; select 2;
select owner_id, mood, count(*) from things join owners on owners.id = owner_id group by 1, 2 order by 1 \crosstabview
select 1 as one, 'a' as two \gdesc
select $$things$$ as name \gset
select count(*) from :name;
select format('select %s', n) from generate_series(1, 2) n \gexec
copy (select id, name from things order by id limit 2) to stdout;
\copy (select id from things order by id limit 2) to stdout
\set FETCH_COUNT 7
select id from things order by id;
\set FETCH_COUNT 0
begin;
select count(*) from things;
savepoint here;
select nothing from nowhere;
rollback to here;
commit;
begin read only;
declare walk cursor for select id from things order by id;
fetch 3 from walk;
move 2 in walk;
fetch all from walk;
close walk;
end;
prepare by_id (int) as select name from things where id = $1;
execute by_id (3);
deallocate by_id;
explain (costs off) select * from things where id = 3;
show server_version_num;
show search_path;
set search_path to public;
reset search_path;
set time zone 'UTC';
listen news;
unlisten *;
table owners;
values (1), (2);
\errverbose
