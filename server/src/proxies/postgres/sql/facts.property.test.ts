import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { createClassifier } from "./facts.ts";
import { tokenize } from "./sql-tokens.ts";

const { classify } = await createClassifier({ bytesMax: 1_000_000 });
const entries = JSON.parse(
  readFileSync(new URL("./corpus.json", import.meta.url), "utf8"),
) as readonly { readonly sql: string; readonly verbs: readonly string[] }[];
const corpus = entries.map(({ sql }) => sql);

const numRuns = 400;
const anyText = fc.constantFrom(...corpus);

/** What may stand between tokens. */
const gap = fc.constantFrom(
  " ",
  "\n",
  "\t\r\n",
  "/**/",
  " /* ; delete from t */ ",
  "--'\n",
  '/*/*"*/*/',
);
/** Behind these the parser looks at the next token, and takes a comment for one: then the text is opaque. */
const lookahead = new Set(["format", "not", "nulls", "with", "without"]);

/** The same tokens with other white space, comments and letter case. */
const disguised = (sql: string) => {
  const bytes = Buffer.from(sql);
  const { kinds, starts, ends } = tokenize(bytes);
  const tokens = starts.map((start, index) => ({
    kind: kinds[index],
    text: bytes.toString("utf8", start, ends[index]),
    isApart: start > (ends[index - 1] ?? 0),
  }));
  // A newline between two strings would make them one.
  const takesGap = (token?: (typeof tokens)[number]) =>
    token?.kind !== "string" && token?.kind !== "bits" && !lookahead.has(token?.text ?? "");
  return fc
    .array(fc.tuple(gap, fc.boolean()), { minLength: tokens.length, maxLength: tokens.length })
    .map((choices) =>
      tokens
        .map(({ kind, text, isApart }, index) => {
          const [chosen = " ", upper = false] = choices[index] ?? [];
          const before = takesGap(tokens[index - 1]) && kind !== "string" ? chosen : " ";
          return (isApart ? before : "") + (kind === "word" && upper ? text.toUpperCase() : text);
        })
        .join(""),
    );
};

test("white space, comments and letter case change nothing", () => {
  const twins = anyText
    .filter((sql) => !/[A-Z]|--|\/\*|\n|'\s+'/.test(sql))
    .chain((sql) => fc.tuple(fc.constant(sql), disguised(sql)));
  fc.assert(
    fc.property(twins, ([sql, disguise]) => {
      const [plain, other] = [classify(sql), classify(disguise)];
      assert.deepEqual(other.verbs, plain.verbs, disguise);
      const { literals: _, ...facts } = plain.facts;
      const { literals: __, ...otherFacts } = other.facts;
      assert.deepEqual(otherFacts, facts, disguise);
    }),
    { numRuns },
  );
});

const changes = fc.constantFrom(
  "delete from customers",
  "delete from customers where id = 7 returning *",
  "update customers set name = 'x' where id = 7 returning name",
  "insert into customers (name) values ('x') returning id",
  "merge into t using s on t.id = s.id when matched then delete returning t.id",
);
const others = fc.constantFrom(
  "truncate t",
  "drop table t",
  "create table n as select 1",
  "select 1 into n",
  "select * from t for update",
  "lock table t in row share mode",
  "set row_security = on",
  "set local session_replication_role = replica",
  "select set_config(name, 'x', false) from pg_settings where name = 'role'",
  "grant select on t to bob",
  "set role postgres",
  "copy t from stdin",
  "do $$ begin end $$",
  "call p()",
  "execute p",
  "vacuum",
  "alter system set a = 1",
  "create function f() returns int language sql as 'select 1'",
);
const calls = fc.constantFrom(
  "purge(1)",
  "public.lower('x')",
  "nextval('s')",
  "lo_export(1, '/x')",
  "pg_read_file('x')",
  "('x'::text).pg_read_file",
  "set_config('role', 'x', true)::text",
  "set_config(name, 'x', true)",
  "U&\"pg_r\\0065ad_file\"('x')",
  "lo_get(1)",
  "dblink('x', 'y')",
  "pg_terminate_backend(1)",
  "query_to_xml('x', true, true, '')",
  "1 operator(evil.+) 1",
);

/** An expression that holds one of these somewhere. */
const holding = (held: fc.Arbitrary<string>) =>
  fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      held,
      fc
        .tuple(
          fc.constantFrom(
            "coalesce(a, (?)::text)",
            "case when b then (?) end",
            "array[1, (?)]",
            "row(1, (?))",
            "(select max(x) from (select (?) as x) s)",
            "lower((?)::text) || 'x'",
            "(?) is null",
            "not ((?) = any (array['a']))",
            "a in ('b', (?)::text)",
            "a between 'b' and (?)::text",
            "count(*) filter (where (?) is null)",
            "sum(a) over (partition by (?) order by b)",
            "string_agg(a, ',' order by (?))",
            "exists (select 1 from t where (?) = 1)",
            'cast((?) as text) collate "C"',
            "nullif(1, (?))",
            "greatest((?), 2)",
            "(array[(?)])[1]",
            "xmlelement(name a, (?))",
            "json_object('a': (?))",
            "jsonb '{}' @> to_jsonb((?))",
          ),
          tie("expression"),
        )
        .map(([template, inner]) => template.replaceAll("?", inner)),
    ),
  })).expression;

const queryWith = (held: fc.Arbitrary<string>) =>
  fc
    .tuple(
      fc.constantFrom(
        "select (?) from t",
        "select 1 from t where (?) is null",
        "select a from t group by a having (?) is null",
        "select a from t order by (?)",
        "select a from t limit ((?))::int",
        "select * from t join s on (?) is null",
        "select * from t, lateral (select (?)) s",
        "select distinct on ((?)) a from t",
        "values (1), ((?))",
        "with x as (select (?)) select * from x",
        "select 1 union all select (?)",
        "select * from json_table((?)::jsonb, '$' columns (a int path '$'))",
        "explain select (?)",
        "copy (select (?)) to stdout",
        "declare c cursor for select (?)",
        "prepare p as select (?)",
        "execute p ((?))",
      ),
      holding(held),
    )
    .map(([template, expression]) => template.replaceAll("?", expression));

/** A change in any of the places where one may stand. */
const wrapped = fc.oneof(
  others,
  changes,
  queryWith(calls),
  fc
    .tuple(
      fc.constantFrom(
        "with x as (?) select 1",
        "with recursive a as (select 1), x as (?), b as (select 2) select * from a, b",
        "select * from (with x as (?) select 1) s",
        "insert into log with x as (?) select 1",
        "explain analyze ?",
        "explain (verbose, analyze) with x as (?) select 1",
        "prepare p as ?",
        "copy (?) to stdout",
        "explain (analyze true) ?",
      ),
      changes,
    )
    .map(([template, change]) => template.replaceAll("?", change)),
);

const reads = fc.constantFrom(
  "select 1",
  "select 'it''s; --' as \"a;b\"",
  "show all",
  "begin",
  "select $q$ ; delete from t; $q$",
  "/* ; */",
  "",
  "table t",
);

test("a text with a change anywhere in it is never only a read", () => {
  const texts = fc
    .tuple(fc.array(reads, { maxLength: 3 }), wrapped, fc.array(reads, { maxLength: 3 }))
    .map(([before, change, after]) => [...before, change, ...after].join("; "))
    .chain((sql) => fc.oneof(fc.constant(sql), disguised(sql)));
  fc.assert(
    fc.property(texts, (sql) => {
      const { verbs, statements, proofCandidate } = classify(sql);
      assert.notDeepEqual(verbs, ["sql.read"], sql);
      assert.equal(proofCandidate, false, sql);
      // Otherwise the property would hold for texts that nobody can parse.
      assert.notEqual(statements.length, 0, sql);
    }),
    { numRuns: 1_500 },
  );
});

test("what may be called as if it were a field is only a read with its name for the catalogue to tell of", () => {
  const field = fc.constantFrom("(1).purge", "(a).purge", "(row(1, 2)).purge", "(t).a.purge");
  const texts = queryWith(field).chain((sql) => fc.oneof(fc.constant(sql), disguised(sql)));
  fc.assert(
    fc.property(texts, (sql) => {
      const { verbs, references } = classify(sql);
      const isTold = references.parts.includes("purge");
      assert.ok(isTold || verbs.join() !== "sql.read", sql);
    }),
    { numRuns: 1_000 },
  );
});

const changing = entries.filter(({ verbs }) => verbs.join() !== "sql.read").map(({ sql }) => sql);
const rowChanges = changing.filter((sql) => /^(insert|update|delete|merge)\b[^;]*$/i.test(sql));

test("what the corpus knows to change something is never only a read in company, or run by another statement", () => {
  const inCompany = fc
    .tuple(fc.array(reads, { maxLength: 3 }), fc.constantFrom(...changing), fc.array(reads))
    .map(([before, change, after]) => [...before, change, ...after].join(";\n"));
  const within = fc
    .tuple(
      fc.constantFrom(
        "explain analyze ?",
        "explain (buffers, analyze on, format json) ?",
        "prepare q as ?",
        "with w as (?) select 1",
        "select 1; explain (analyze) ?; select 2",
      ),
      fc.constantFrom(...rowChanges),
    )
    .map(([template, change]) => template.replace("?", () => change));
  fc.assert(
    fc.property(fc.oneof(inCompany, within), (sql) => {
      const { verbs, proofCandidate, runsPlainReads } = classify(sql);
      assert.notDeepEqual(verbs, ["sql.read"], sql);
      assert.deepEqual([proofCandidate, runsPlainReads], [false, false], sql);
    }),
    { numRuns: 1_500 },
  );
});

/** A text and what chance makes of it. */
const damaged = fc
  .tuple(
    fc.array(anyText, { minLength: 1, maxLength: 3 }),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat({ max: 12 }),
        fc.oneof(
          fc.string({ unit: "binary", maxLength: 3 }),
          fc.constantFrom(
            ..."();,'\"$-/*.[]=\\\0\ud800é".split(""),
            "$$",
            "delete from t",
            " as ",
            "E'",
            "/*",
            "*/",
            'U&"',
          ),
        ),
      ),
      { maxLength: 6 },
    ),
  )
  .map(([texts, edits]) =>
    edits.reduce((sql, [at, removed, added]) => {
      const start = at % (sql.length + 1);
      return sql.slice(0, start) + added + sql.slice(start + removed);
    }, texts.join(" ")),
  );

test("whatever the text is, the answer is whole and agrees with itself", () => {
  fc.assert(
    fc.property(damaged, (sql) => {
      const { verbs, facts, statements } = classify(sql);
      assert.ok(verbs.length > 0);
      assert.deepEqual([...new Set(verbs)].toSorted(), verbs);
      assert.equal(facts.opaque !== null, verbs.includes("sql.opaque"), sql);
      if (facts.reads.length > 0) assert.ok(verbs.includes("sql.read"), sql);
      if (facts.writes.length > 0) assert.notDeepEqual(verbs, ["sql.read"], sql);
      const length = Buffer.byteLength(sql);
      let end = 0;
      for (const span of facts.literals) {
        assert.ok(span.start >= end && span.end > span.start && span.end <= length, sql);
        end = span.end;
      }
      for (const span of statements) assert.ok(span.start <= span.end && span.end <= length, sql);
    }),
    { numRuns: 2_000 },
  );
});
