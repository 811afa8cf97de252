import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Classifier, createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { plannedIn, plannedRows } from "./planned.ts";

let classifier: Classifier;
before(async () => {
  classifier = await createClassifier({ bytesMax: 1_000_000 });
});

const planned = (sql: string) => plannedIn(sql, classifier.trees(sql) ?? []);

test("each statement is planned alone, in its own bytes", () => {
  const sql = "delete from \"tür\" where a = 'é;'; insert into b values (1);";
  assert.deepEqual(planned(sql)?.statements, [
    "delete from \"tür\" where a = 'é;'",
    "insert into b values (1)",
  ]);
});

test("what has no number of rows, or might run something else when it is planned, is not planned", () => {
  for (const sql of [
    "",
    "truncate a",
    "select * into b from a",
    "create table b as select * from a",
    "explain analyze delete from a",
    "execute p",
    "copy a to stdout",
    "delete from a; drop table b",
    "select * from a tablesample own (1)",
    "select 1;".repeat(201),
  ]) {
    assert.equal(planned(sql), null, sql);
  }
});

test("only a single write is measured", () => {
  for (const sql of [
    "insert into a values (1)",
    "update a set b = 1",
    "delete from a using b",
    "merge into a using b on true when matched then delete",
    "with few as (select 1) delete from a",
  ]) {
    assert.equal(planned(sql)?.unmeasurable, null, sql);
  }
  for (const sql of [
    "select 1",
    "delete from a; delete from b",
    "with gone as (delete from a returning 1) insert into b select * from gone",
    "with gone as (delete from a returning 1) select * from gone",
  ]) {
    assert.equal(typeof planned(sql)?.unmeasurable, "string", sql);
  }
});

test("rows come from below what writes, in every place, and from the top where nothing does", () => {
  const scan = (rows: number) => ({ "Node Type": "Seq Scan", "Plan Rows": rows });
  const write = (rows: number, more: readonly unknown[] = []) => ({
    "Node Type": "ModifyTable",
    "Plan Rows": 0,
    Plans: [...more, scan(rows)],
  });
  const rowsOf = (plan: unknown) => plannedRows(JSON.stringify([{ Plan: plan }]));
  assert.equal(rowsOf(scan(7)), 7);
  assert.equal(rowsOf(write(5)), 5);
  const inner = { ...write(3), "Parent Relationship": "InitPlan", "Subplan Name": "CTE gone" };
  assert.equal(rowsOf(write(4, [inner])), 7);
  assert.equal(rowsOf({ ...scan(4), Plans: [inner] }), 3);
});

test("what is none of EXPLAIN's answers has no rows", () => {
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    "[{}]",
    '[{"Plan":{"Plan Rows":"7"}}]',
    '[{"Plan":{"Plan Rows":-1}}]',
  ]) {
    assert.equal(plannedRows(text), null, text);
  }
});
