import assert from "node:assert/strict";
import { test } from "node:test";
import { type Classified, createClassifier, expand, type Names } from "./facts.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });

function whyNot(sql: string): string | null {
  return classifier.classify(sql).facts.uncounted;
}

const counted = [
  "select * from a",
  "select * from a for update",
  "values (1), (2)",
  "table a",
  "insert into a values (1)",
  "insert into a select * from b on conflict do nothing returning id",
  "with w as (select 1) update a set b = 1 from w where a.id = 1",
  "delete from a where id in (select id from b)",
  "merge into a using b on a.id = b.id when matched then delete",
  "delete from a where id = 1; insert into a values (2)",
  "copy a to stdout",
  "copy (select * from a) to stdout",
  "copy a from stdin",
  "explain delete from a",
  "explain analyze select * from a",
  "fetch 10 from c",
  "declare c cursor for select * from a",
  "prepare p as delete from a where id = $1",
  "begin",
  "begin; select * from a; commit",
  "rollback to s",
  "set search_path to b",
  "show work_mem",
  "select nextval('s')",
  "notify n",
  "lock table a",
  "",
];

const uncounted = [
  "with gone as (delete from a returning 1) select count(*) from gone",
  "with gone as (delete from a returning 1) insert into b select * from gone",
  "with one as (insert into a values (1)) update b set c = 1",
  "copy (delete from a returning 1) to stdout",
  "explain analyze delete from a",
  "explain analyze execute p",
  "create table b as select * from a",
  "create table b as execute p",
  "select * into b from a",
  "prepare p as with gone as (delete from a returning 1) select 1 from gone",
  "truncate a",
  "refresh materialized view m",
  "select lo_unlink(1)",
  "select somebodys(1)",
  "do $$ begin end $$",
  "call p()",
  "vacuum a",
  "drop table a",
  "grant select on a to b",
  "copy a from program 'x'",
  "delete from a; commit",
  "begin; delete from a",
  "savepoint s; delete from a; rollback to s",
  "execute p; commit",
  "fetch 1 from p; commit",
  "select from where",
];

test("what the answer counts is counted", () => {
  for (const sql of counted) assert.equal(whyNot(sql), null, sql);
});

test("what the answer does not count, or counts only in part, is told to be so, with the reason", () => {
  for (const sql of uncounted) assert.match(whyNot(sql) ?? "", /^[A-Z].*\.$/, sql);
});

test("what runs by a name is counted as what the name stands for", () => {
  const names = (found: Classified | null): Names => ({
    prepared: () => found,
    cursor: () => found,
  });
  const known = (sql: string) => names(classifier.classify(sql));
  const run = (sql: string, found: Names) =>
    expand(classifier.classify(sql), found).facts.uncounted;
  assert.equal(run("execute p", known("delete from a")), null);
  assert.notEqual(run("execute p", known(uncounted[0] ?? "")), null);
  assert.notEqual(run("execute p", known("truncate a")), null);
  assert.notEqual(run("execute p", names(null)), null);
  assert.equal(run("fetch 1 from p", known("select * from a")), null);
  assert.equal(run("fetch 1 from p", known("")), null);
  // It has changed all of its rows by the time that the first is fetched.
  assert.notEqual(run("fetch 1 from p", known("delete from a returning 1")), null);
});
