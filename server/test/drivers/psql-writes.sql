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
drop table tallies;
select n from tallies where name = 'single';
