import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createClassifier } from "./facts.ts";

const { classify } = await createClassifier({ bytesMax: 1_000_000 });

/** Each literal as it stands in the text, with its kind and its column. */
function literalsOf(sql: string): readonly (readonly [string, string, string | null])[] {
  const bytes = Buffer.from(sql);
  return classify(sql).facts.literals.map(({ start, end, kind, column }) => [
    bytes.toString("utf8", start, end),
    kind,
    column,
  ]);
}

test("a literal's span covers it from its first byte to its last, whatever its syntax", () => {
  const forms: Readonly<Record<string, string>> = {
    "'plain'": "string",
    "'it''s'": "string",
    "''": "string",
    "'a\\'": "string",
    "E'\\'; \\\\'": "string",
    "e'''\\''": "string",
    "$$ it's $ $$": "string",
    "$tag$ $$ $tagg$ $tag$": "string",
    $é$x$é$: "string",
    "U&'\\00e9'": "string",
    "'a' \t\r\n  'b'": "string",
    "E'a\\''\n\n'b\\''": "string",
    "'日本語 é'": "string",
    "B'0101'": "bits",
    "x'1F'": "bits",
    "42": "number",
    "1_000": "number",
    "0xFF_FF": "number",
    "0b1010": "number",
    "0o17": "number",
    "3.14": "number",
    ".5": "number",
    "6.": "number",
    "6.02e23": "number",
    "1E-7": "number",
    "1_0.0_1e+1_0": "number",
    "-5": "number",
    "- /* minus */ 5": "number",
    "-.5e3": "number",
    $1: "parameter",
    $12: "parameter",
  };
  for (const [literal, kind] of Object.entries(forms)) {
    const expected = [[literal, kind, "ä"]];
    assert.deepEqual(literalsOf(`select /* é */ 日本 from t where ä = ${literal}`), expected);
    assert.deepEqual(literalsOf(`select a from t where ä=${literal}--`), expected);
  }
});

test("a literal has the column that it is compared with", () => {
  const conditions: Readonly<Record<string, readonly (string | null)[]>> = {
    "a = 1": ["a"],
    "1 = a": ["a"],
    "t.a <> 1": ["t.a"],
    's."T".a >= 1': ["s.T.a"],
    "a in (1, 2)": ["a", "a"],
    "a not in ($1, $2)": ["a", "a"],
    "a between 1 and 2": ["a", "a"],
    "a like 'x%' escape '!'": ["a", "a"],
    "a ilike '%x'": ["a"],
    "a similar to 'x'": ["a"],
    "a ~ '^x'": ["a"],
    "a = any (array['x', 'y'])": ["a", "a"],
    "a = any ('{x}'::text[])": ["a"],
    "a = all ($1)": ["a"],
    "a::text = 'x'": ["a"],
    "lower(a) = lower('X')": ["a"],
    "coalesce(a, 'x') = 'y'": ["a", "a"],
    "starts_with(a, 'x')": ["a"],
    "a collate \"C\" = 'x'": ["a"],
    "a is distinct from 'x'": ["a"],
    "a->>'key' = 'x'": ["a", "a"],
    "(a, b) = (1, 'x')": ["a", "b"],
    "(a, b) in ((1, 'x'), (2, 'y'))": ["a", "b", "a", "b"],
    "a = -1 and b = 2 or not c = 3": ["a", "b", "c"],
    "case a when 'x' then 1 when 'y' then 2 end = b": ["a", "b", "a", "b"],
    "a in (select b from s where c = 'x')": ["c"],
    "exists (select 1 from s where s.c = 'x')": [null, "s.c"],
    "a = b + 1": ["b"],
    "a = 1 + 2": ["a", "a"],
    "'x' = 'y'": [null, null],
  };
  for (const [condition, columns] of Object.entries(conditions)) {
    const found = literalsOf(`select a from t where ${condition}`).map(([, , column]) => column);
    assert.deepEqual(found, columns, condition);
  }
});

test("a literal has the column that it is assigned to", () => {
  const statements: Readonly<Record<string, readonly (string | null)[]>> = {
    "insert into t (a, b) values (1, 'x'), (2, 'y')": ["a", "b", "a", "b"],
    "insert into t (a, b.c) select 1, 'x' union select 2, 'y'": ["a", "b.c", "a", "b.c"],
    "insert into t values (1, 'x')": [null, null],
    "insert into t (a) values (lower('x'))": ["a"],
    "insert into t (a) values ((select b from s where c = 1))": ["c"],
    "insert into t (a) values (1) on conflict (a) do update set b = 'x' where t.c = 2": [
      "a",
      "b",
      "t.c",
    ],
    "update t set a = 1, b = 'x' || 'y' where c = 2": ["a", "b", "b", "c"],
    "update t set (a, b) = (1, 'x')": ["a", "b"],
    "update t set (a, b) = row('x', $1)": ["a", "b"],
    "update t set (a, b) = (select 1, c from s where d = 'x')": [null, "d"],
    "update t set a.b = 'x', c[1] = 2": ["a.b", null, "c"],
    "merge into t using s on t.a = 1 when matched then update set b = 'x' when not matched then insert (c, d) values (2, 'y')":
      ["t.a", "b", "c", "d"],
    "select 1 as a, 'x' b": [null, null],
    "with x (a) as (values ('x')) insert into t (b) select 'y' from x": [null, "b"],
  };
  for (const [sql, columns] of Object.entries(statements)) {
    assert.deepEqual(
      literalsOf(sql).map(([, , column]) => column),
      columns,
      sql,
    );
  }
});

test("literals that the tree has no place for are found as well", () => {
  const statements: Readonly<Record<string, readonly string[]>> = {
    "alter role bob password 'hunter2' valid until '2027-01-01'": ["'hunter2'", "'2027-01-01'"],
    "do $x$ begin perform 'y'; end $x$": ["$x$ begin perform 'y'; end $x$"],
    "comment on table t is 'private'": ["'private'"],
    "copy t from '/path' with (format 'csv', null 'x')": ["'/path'", "'csv'", "'x'"],
    "notify c, 'payload'": ["'payload'"],
    "create user mapping for bob server s options (password 'hunter2')": ["'hunter2'"],
    "create function f() returns int language sql as 'select 1'": ["'select 1'"],
    "create table t (a numeric(10, 2) default 5)": ["10", "2", "5"],
    "prepare transaction 'gid'": ["'gid'"],
  };
  for (const [sql, literals] of Object.entries(statements)) {
    assert.deepEqual(
      literalsOf(sql).map(([text]) => text),
      literals,
      sql,
    );
  }
});

test("brackets between a minus sign and its number stay outside the span", () => {
  assert.deepEqual(literalsOf("select a from t where b = -(5)"), [["5", "number", "b"]]);
  assert.deepEqual(literalsOf("select a -5 from t"), [["5", "number", "a"]]);
});

test("spans are of bytes: any text in names, comments and literals leaves them where they are", () => {
  const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }).filter((text) => {
    return !text.includes("\0") && text.isWellFormed();
  });
  const quoted = word.map((text) => `"${text.replaceAll('"', '""')}"`);
  const literal = fc.oneof(
    word.map((text) => `'${text.replaceAll("'", "''")}'`),
    word.map((text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
    word.filter((text) => !text.includes("$")).map((text) => `$é1$${text}$é1$`),
    fc.integer().map(String),
  );
  const comment = word.map((text) => `/* ${text.replaceAll(/[*/]/g, "")} */`);
  fc.assert(
    fc.property(quoted, literal, literal, comment, (column, first, second, note) => {
      const sql = `select ${note} ${column} from t where ${column} = ${first} ${note} and ${note} b = ${second}`;
      const found = literalsOf(sql);
      assert.deepEqual(
        found.map(([text]) => text),
        [first, second],
      );
      assert.notEqual(found[0]?.[2], null);
      assert.equal(found[1]?.[2], "b");
    }),
    { numRuns: 500 },
  );
});
