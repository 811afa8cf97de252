\set VERBOSITY sqlstate
update tallies set n = n + 1 where name = 'single';
begin;
update tallies set n = n + 1 where name = 'transaction';
commit;
begin;
update tallies set n = n + 1 where name = 'rolled back';
rollback;
update tallies set n = n + 1 where name = 'batch';
update tallies set n = n + 1 where name = 'batch';
\copy copied (id, name, at) from program 'printf "1,one,2026-01-02\n2,,2026-01-03\n3,a\ttab,2026-01-04\n"' csv
drop table tallies;
select n from tallies where name = 'single';
