import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Classifier, createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { placesOf, sampledRun } from "./sampled-run.ts";

let classifier: Classifier;
before(async () => {
  classifier = await createClassifier({ bytesMax: 1_000_000 });
});

const both = "old.tableoid, old.ctid, new.tableoid, new.ctid";
const sampled = (sql: string, version = 180_000) => sampledRun(sql, version, classifier.trees);

test("places are asked for at the end, behind what the statement itself returns", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["delete from a", `\nreturning ${both}`],
    ["delete from a -- all of it", `\nreturning ${both}`],
    ["update a set b = 'returning' returning a.*, b", `\n, ${both}`],
    [
      "insert into a values (1) on conflict (b) do update set b = excluded.b",
      `\nreturning ${both}`,
    ],
    ["merge into a using b on true when matched then delete", `\nreturning ${both}`],
  ];
  for (const [sql, added] of cases) assert.equal(sampled(sql), `${sql}${added}`, sql);
});

test("nothing is added to what it could change, or where the names are somebody's own", () => {
  for (const sql of [
    "select 1",
    "delete from a; delete from b",
    "delete from a where b = 'open",
    "delete from a /* open",
    "insert into a select 1 from old",
    "delete from a as new",
    "with old as (select 1) delete from a",
    "update a set b = 1 from b join c using (d) as old",
    "update a set b = 1 returning with (old as before) before.b",
    "update a set b = 1 returning",
  ]) {
    assert.equal(sampled(sql), null, sql);
  }
});

test("a server that knows one version of a row is asked for that, and only where it is known which", () => {
  const before18 = (sql: string) => sampled(sql, 170_000);
  assert.equal(
    before18('delete from a as "b""c"'),
    'delete from a as "b""c"\nreturning "b""c".tableoid, "b""c".ctid, null, null',
  );
  assert.equal(
    before18("insert into s.a values (1) on conflict do nothing"),
    'insert into s.a values (1) on conflict do nothing\nreturning null, null, "a".tableoid, "a".ctid',
  );
  for (const sql of [
    "update a set b = 1",
    "insert into a values (1) on conflict (b) do update set b = 2",
    "merge into a using b on true when matched then delete",
  ]) {
    assert.equal(before18(sql), null, sql);
  }
});

test("the last four columns are the places, whatever stands before them", () => {
  assert.deepEqual(placesOf([["x", "1", "(0,1)", null, null]]), [
    { before: { table: "1", ctid: "(0,1)" }, after: null },
  ]);
});
