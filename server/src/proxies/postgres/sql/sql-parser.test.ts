import assert from "node:assert/strict";
import { test } from "node:test";
import { createClassifier } from "./facts.ts";
import { exceedsParseLimits, parseDepthMax } from "./parse-limits.ts";
import { loadSqlParser } from "./sql-parser.ts";
import { tokenize } from "./sql-tokens.ts";

function nested(count: number, [open, close]: readonly [string, string], within = "1"): string {
  return open.repeat(count) + within + close.repeat(count);
}

test("a parser that ran out of stack is replaced, and nothing of it is left", async () => {
  const parser = await loadSqlParser();
  const { exitCode } = process;
  const sound = "select a from b where c = 'd'";
  const expected = parser.parse(sound);
  // 35 of these are enough to make one instance fail on sound texts.
  for (let n = 0; n < 40; n += 1) {
    assert.equal(parser.parse(`select 1${" + 1".repeat(30_000)}`).kind, "failed");
    assert.equal(parser.parse(sound).kind, "absent");
    await new Promise(setImmediate);
    assert.deepEqual(parser.parse(sound), expected);
  }
  assert.equal(process.exitCode, exitCode);
});

test("a parser that ran out of memory is replaced, and does not set the exit code", async () => {
  const parser = await loadSqlParser();
  const { exitCode } = process;
  const columns = Array<string>(4_000).fill("a").join();
  assert.equal(parser.parse(`update t set (${columns}) = (${columns})`).kind, "failed");
  await new Promise(setImmediate);
  assert.equal(parser.parse("select 1").kind, "parsed");
  assert.equal(process.exitCode, exitCode);
});

test("what would exhaust the parser does not reach it, and the next text is read", async () => {
  const { classify } = await createClassifier({ bytesMax: 0 });
  const hostile = {
    brackets: `select ${nested(100_000, ["(", ")"])}`,
    calls: `select ${nested(10_000, ["lower(", ")"], "'x'")}`,
    subqueries: `select ${nested(10_000, ["(select ", ")"])}`,
    cases: `select ${nested(10_000, ["case when ", " then 1 end"], "true")}`,
    arrays: `select array${nested(60_000, ["[", "]"])}`,
    operators: `select 1${"+1".repeat(60_000)}`,
    signs: `select ${"- ".repeat(100_000)}1`,
    negations: `select ${"not ".repeat(60_000)}true`,
    casts: `select 1${"::int".repeat(50_000)}`,
    unions: Array(20_000).fill("select a, b").join(" union "),
    joins: `select * from t${" natural join t".repeat(15_000)}`,
    columns: `update t set (${"a,".repeat(3_000)}a) = (${"1,".repeat(3_000)}1)`,
    nestedColumns: `select ${nested(40, ["(with x as (update t set (a, b) = (", ")) select 1)"], "1, 2")}`,
    comments: `select 1 ${"/**/".repeat(60_000)}`,
    nestedComments: `select 1 ${nested(60_000, ["/*", "*/"], "")}`,
    pluses: `select 1 ${"+".repeat(200_000)} 1`,
  };
  for (const [name, sql] of Object.entries(hostile)) {
    assert.deepEqual(classify(sql).verbs, ["sql.opaque"], name);
    // At once: the parser was not used up.
    assert.deepEqual(classify("select 1").verbs, ["sql.read"], name);
  }
});

test("large texts of the ordinary kind are read", async () => {
  const { classify } = await createClassifier({ bytesMax: 0 });
  const rows = Array.from({ length: 3_000 }, (_, n) => `(${n}, 'name ${n}', -1.5)`).join();
  assert.deepEqual(classify(`insert into t (a, b, c) values ${rows}`).verbs, ["sql.write"]);
  const ors = Array.from({ length: 3_000 }, (_, n) => `(a = ${n} and b = 'x')`).join(" or ");
  assert.deepEqual(classify(`select * from t where ${ors}`).verbs, ["sql.read"]);
  const whens = "when a = 1 then 'x' ".repeat(2_000);
  assert.deepEqual(classify(`select case ${whens} end from t`).verbs, ["sql.read"]);
  const banner = `-- ${"=".repeat(100)}\n/${"*".repeat(100)}/\n`.repeat(100);
  assert.deepEqual(classify(`${banner}select 1`).verbs, ["sql.read"]);
  const columns = Array.from({ length: 100 }, (_, n) => `c${n}`).join();
  assert.deepEqual(classify(`update t set (${columns}) = (${columns})`).verbs, ["sql.write"]);
  const unions = Array(500).fill("select a, b from t where c = 1").join(" union all ");
  assert.deepEqual(classify(unions).verbs, ["sql.read"]);
});

test("every text that the limits let pass fits the parser's stack", async () => {
  const parser = await loadSqlParser();
  const units: readonly (readonly [string, string, string])[] = [
    ["select ", "(select ", ")"],
    ["select ", "lower(", ")"],
    ["select ", "(1, ", ")"],
    ["select array", "[", "]"],
    ["select ", "not ", ""],
    ["select ", "- ", ""],
    ["select ", "case when ", " then 1 end"],
    ["select ", "(a = 1 and (b = 2 or ", "))"],
    ["select 1 from (", "(select * from ", ") x"],
    ["", "with a as (", ") select 1"],
  ];
  for (const [prefix, open, close] of units) {
    const fits = (count: number) => {
      const bytes = Buffer.from(prefix + nested(count, [open, close]));
      return exceedsParseLimits(bytes, tokenize(bytes)) === null;
    };
    let count = parseDepthMax;
    while (!fits(count)) count -= 10;
    assert.ok(count > 100, `${open}: only ${count}`);
    const sql = prefix + nested(count, [open, close]);
    const parsed = parser.parse(sql);
    const exhausted = parsed.kind === "failed" && /too much/.test(parsed.reason);
    assert.equal(exhausted, false, `${open} × ${count}`);
  }
});
