import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clientStatements } from "./client-statements.test-support.ts";
import {
  type Classified,
  createClassifier,
  expand,
  type Names,
  sqlParseBytesMax,
} from "./facts.ts";
import { parseStatementsMax } from "./parse-limits.ts";

interface Entry {
  readonly group: string;
  readonly sql: string;
  readonly verbs: readonly string[];
  readonly kinds?: readonly string[];
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly functions?: readonly string[];
  readonly settings?: readonly string[];
  readonly attributes?: readonly string[];
  readonly parts?: readonly string[];
  readonly operators?: readonly string[];
  readonly statements?: number;
  readonly filtered?: boolean;
  readonly opaque?: boolean;
  readonly refused?: string | null;
  readonly proof?: boolean;
  readonly why: string;
}

const corpus = load<Entry>("./corpus.json");
const classifier = await createClassifier({ bytesMax: 1_000_000 });

function load<Item>(path: string): readonly Item[] {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as readonly Item[];
}

/** What the entry speaks of, as it was found. */
function foundFor(entry: Entry): Partial<Entry> {
  const { facts, verbs, refused, proofCandidate, references } = classifier.classify(entry.sql);
  const found: Record<string, unknown> = {
    ...facts,
    ...references,
    functions: facts.functions,
    verbs,
    opaque: facts.opaque !== null,
    refused,
    proof: proofCandidate,
    group: entry.group,
    sql: entry.sql,
    why: entry.why,
  };
  const names = ["opaque", "refused", ...Object.keys(entry)];
  return Object.fromEntries(names.map((name) => [name, found[name]]));
}

test("a text is classified by what it does: the corpus, each entry with its reason", async (t) => {
  const groups = Map.groupBy(corpus, ({ group }) => group);
  for (const [group, entries] of groups) {
    await t.test(group, () => {
      for (const entry of entries) {
        const expected = { opaque: entry.verbs.includes("sql.opaque"), refused: null, ...entry };
        assert.deepEqual(foundFor(entry), expected, `${entry.sql} (${entry.why})`);
      }
    });
  }
});

test("what tools send at their start and to look around is only reading", () => {
  for (const { client, sql } of clientStatements) {
    const { verbs, facts, refused } = classifier.classify(sql);
    assert.deepEqual(verbs, ["sql.read"], `${client}: ${sql} (${facts.opaque})`);
    assert.equal(refused, null, `${client}: ${sql}`);
  }
});

test("the same text gives the same frozen object while it is cached", () => {
  const once = classifier.classify("select a from b where c = 'd'");
  assert.equal(classifier.classify("select a from b where c = 'd'"), once);
  for (const value of parts(once)) assert.ok(Object.isFrozen(value));
});

function* parts(value: unknown): Generator {
  if (typeof value !== "object" || value === null) return;
  yield value;
  for (const inner of Object.values(value)) yield* parts(inner);
}

test("texts that differ in constants only are told apart where it matters", () => {
  const pairs: readonly (readonly [string, string])[] = [
    ["select set_config('jit', 'off', false)", "select set_config('role', 'off', false)"],
    ["set client_encoding = 'UTF8'", "set client_encoding = 'latin1'"],
    ["explain (analyze 0) delete from t", "explain (analyze 1) delete from t"],
    ["select 'a'", "select 'a"],
    ["select 'a'", "select 'a''"],
    ["copy t to '/a'", "copy t to 'STDOUT'"],
    ["select U&\"\\0061\"('x')", "select U&\"\\0062\"('x')"],
    ["select * from U&\"p!0061y\" uescape '!'", "select * from U&\"p!0061y\" uescape '#'"],
    ["select * from U&\"p!0061y\" UEscape\n'#'", "select * from U&\"p!0061y\" UEscape\n'!'"],
  ];
  for (const pair of pairs) {
    const both = [...pair, ...pair.toReversed()].map((sql) => classifier.classify(sql));
    assert.deepEqual(both[0], both[3]);
    assert.deepEqual(both[1], both[2]);
    assert.notDeepEqual(both[0], both[1]);
  }
  assert.deepEqual(classifier.classify("select 'a").verbs, ["sql.opaque"]);
  assert.deepEqual(classifier.classify("select 'a''").verbs, ["sql.opaque"]);
});

test("a text that the gateway can't take for what the server would get is opaque", () => {
  const cases = {
    "The text holds a NUL.": "select 1\0; drop table t",
    "The text is not Unicode.": "select '\ud800'",
    "The text is too long to be read.": `select '${"é".repeat(sqlParseBytesMax / 2)}'`,
    "PostgreSQL's grammar does not accept the text.": "select from from",
  };
  for (const [reason, sql] of Object.entries(cases)) {
    const { verbs, facts, statements, proofCandidate } = classifier.classify(sql);
    assert.deepEqual(verbs, ["sql.opaque"]);
    assert.deepEqual([facts.opaque, statements.length, proofCandidate], [reason, 0, false]);
    assert.deepEqual(facts.literals, []);
  }
});

test("a text of the most statements that are read is read, and one more is not", () => {
  const fits = "select 1;".repeat(parseStatementsMax - 1);
  assert.deepEqual(classifier.classify(fits).verbs, ["sql.read"]);
  const { verbs, facts } = classifier.classify(`${fits};`);
  assert.deepEqual(verbs, ["sql.opaque"]);
  assert.equal(facts.opaque, "The text has too many statements to be read.");
});

test("a text of the largest size that is read is read, and one byte more is not", () => {
  const fits = `select '${"a".repeat(sqlParseBytesMax - 9)}'`;
  assert.equal(fits.length, sqlParseBytesMax);
  assert.deepEqual(classifier.classify(fits).verbs, ["sql.read"]);
  assert.deepEqual(classifier.classify(` ${fits}`).verbs, ["sql.opaque"]);
});

test("a reason never repeats what the text says", () => {
  for (const { sql } of corpus) {
    const { facts } = classifier.classify(`${sql}; selekt 'hunter2'`);
    assert.doesNotMatch(facts.opaque ?? "", /hunter2|selekt/);
  }
});

test("the session learns of each statement what it is about and where it stands", () => {
  const sql =
    "begin; savepoint é; prepare p (int) as select $1; execute p(1); close c; discard temp";
  const { statements } = classifier.classify(sql);
  const bytes = Buffer.from(sql);
  const texts = statements.map(({ start, end }) => bytes.toString("utf8", start, end).trim());
  assert.deepEqual(
    texts,
    sql.split(";").map((text) => text.trim()),
  );
  assert.deepEqual(
    statements.map(({ kind, name, executes }) => [kind, name, executes]),
    [
      ["begin", null, null],
      ["savepoint", "é", null],
      ["prepare", "p", null],
      ["execute", "p", "p"],
      ["close", "c", null],
      ["discard", "temp", null],
    ],
  );
});

test("kinds, names and chains of statements, as the session acts on them", () => {
  const table: Readonly<Record<string, readonly [string, string | null, boolean]>> = {
    "start transaction": ["begin", null, false],
    "commit and chain": ["commit", null, true],
    "end and no chain": ["commit", null, false],
    "rollback work and chain": ["rollback", null, true],
    "release s": ["release", "s", false],
    'rollback to "S"': ["rollback_to", "S", false],
    "deallocate all": ["deallocate", null, false],
    "deallocate prepare p": ["deallocate", "p", false],
    "discard all": ["discard", "all", false],
    "discard plans": ["discard", "plans", false],
    "discard sequences": ["discard", "sequences", false],
    "declare c cursor for select 1": ["declare", "c", false],
    "fetch next from c": ["fetch", "c", false],
    "move 3 in c": ["fetch", "c", false],
    "close all": ["close", null, false],
    "set local Search_Path to x": ["set", "search_path", false],
    "set session characteristics as transaction read only": [
      "set",
      "session characteristics",
      false,
    ],
    "reset role": ["reset", "role", false],
    "show Transaction_Read_Only": ["show", "transaction_read_only", false],
    "show all": ["show", "all", false],
    "reset all": ["reset", null, false],
    "copy t from stdin": ["copy_in", null, false],
    "copy t to stdout": ["copy_out", null, false],
    "copy t from '/x'": ["other", null, false],
    "copy t to program 'x'": ["other", null, false],
    "explain select 1": ["explain", null, false],
    "table t": ["select", null, false],
    "delete from t": ["other", null, false],
  };
  for (const [sql, expected] of Object.entries(table)) {
    const [statement] = classifier.classify(sql).statements;
    assert.deepEqual([statement?.kind, statement?.name, statement?.chain], expected, sql);
  }
});

test("a statement that runs only reads of what its text names is told apart, also as a cursor or a copy", () => {
  const table: Readonly<Record<string, readonly [plain: boolean, atCommit: boolean]>> = {
    "select a from t where b = 1": [true, false],
    "declare c cursor for select a from t": [true, false],
    "declare c scroll cursor with hold for select a from t": [true, true],
    "copy (select a from t) to stdout": [true, false],
    "copy t to stdout": [true, false],
    "copy t from stdin": [false, false],
    "explain analyze select a from t": [false, false],
    "declare c cursor for select f(a) from t": [false, false],
    "declare c cursor for select a from t for update": [false, false],
    "prepare p as select a from t": [false, false],
    "execute p": [false, false],
    "create table u as select a from t": [false, false],
  };
  for (const [sql, expected] of Object.entries(table)) {
    const { runsPlainReads, statements } = classifier.classify(sql);
    assert.deepEqual([runsPlainReads, statements[0]?.runsAtCommit], expected, sql);
  }
});

test("the text that PREPARE prepares is found whatever surrounds it", () => {
  const inner = "select 'as' as \"as\", $1 -- as";
  const texts = [
    `prepare p as ${inner}`,
    `select 'é'; prepare /* as */ "as" (int, numeric(3, 1)) AS\n${inner}\n; select 2`,
    `PREPARE p(text)As/**/${inner}`,
  ];
  for (const sql of texts) {
    const prepared = classifier
      .classify(sql)
      .statements.find(({ kind }) => kind === "prepare")?.prepared;
    const text = Buffer.from(sql).toString("utf8", prepared?.start, prepared?.end);
    assert.equal(text.trim(), inner);
    assert.deepEqual(classifier.classify(text).verbs, ["sql.read"]);
  }
});

const names: Names = {
  prepared: (name) => (name === "d" ? classifier.classify("delete from t where a = 1") : null),
  cursor: (name) => (name === "portal" ? classifier.classify("update t set a = 1") : null),
};

function summary({ verbs, facts }: Classified) {
  return { verbs, opaque: facts.opaque !== null, writes: facts.writes, filtered: facts.filtered };
}

test("EXECUTE is what it runs once the session has said what that is, and opaque until then", () => {
  const unknown = classifier.classify("execute d(1)");
  assert.deepEqual(unknown.verbs, ["sql.opaque"]);
  assert.deepEqual(summary(expand(unknown, names)), {
    verbs: ["sql.write"],
    opaque: false,
    writes: ["t"],
    filtered: true,
  });
  assert.deepEqual(expand(classifier.classify("execute e"), names).verbs, ["sql.opaque"]);
});

test("EXECUTE with arguments that call an unknown function stays opaque", () => {
  const expanded = expand(classifier.classify("execute d(purge(1))"), names);
  assert.deepEqual(expanded.verbs, ["sql.opaque", "sql.write"]);
  assert.notEqual(expanded.facts.opaque, null);
});

test("EXPLAIN ANALYZE and CREATE TABLE AS of a prepared statement run it too", () => {
  const explained = expand(classifier.classify("explain analyze execute d"), names);
  assert.deepEqual(explained.verbs, ["sql.read", "sql.write"]);
  const created = expand(classifier.classify("create table n as execute d"), names);
  assert.deepEqual(created.verbs, ["sql.schema", "sql.write"]);
  assert.deepEqual(created.facts.writes, ["n", "t"]);
});

test("FETCH from a portal that has not run is what the portal runs", () => {
  assert.deepEqual(classifier.classify("fetch all from portal").verbs, ["sql.read"]);
  const fetched = expand(classifier.classify("fetch all from portal"), names);
  assert.deepEqual(summary(fetched), {
    verbs: ["sql.read", "sql.write"],
    opaque: false,
    writes: ["t"],
    filtered: false,
  });
  assert.deepEqual(expand(classifier.classify("move in nowhere"), names).verbs, [
    "sql.opaque",
    "sql.read",
  ]);
});

test("what is run by one name a thousand times is looked at once", () => {
  let reads = 0;
  const once = { ...classifier.classify("delete from t where a = 1") };
  const facts = once.facts;
  Object.defineProperty(once, "facts", {
    get() {
      reads += 1;
      return facts;
    },
  });
  const executed = classifier.classify("execute d;".repeat(1000));
  assert.deepEqual(expand(executed, { ...names, prepared: () => once }).verbs, ["sql.write"]);
  assert.ok(reads < 10, String(reads));
});

test("what a message prepares or declares itself is known in it", () => {
  const run = expand(classifier.classify("prepare x as delete from t; execute x"), names);
  assert.deepEqual(run.verbs, ["sql.write"]);
  const fetched = expand(classifier.classify("declare x cursor for select 1; fetch x"), names);
  assert.deepEqual(fetched.verbs, ["sql.read"]);
  const early = expand(classifier.classify("execute x; prepare x as select 1"), names);
  assert.ok(early.verbs.includes("sql.opaque"));
});

test("a message that runs nothing by name is the same object after expansion", () => {
  const classified = classifier.classify("select 1; prepare p as select 2");
  assert.equal(expand(classified, names), classified);
});

test("what a proof needs to look up is named", () => {
  const sql =
    "select lower(a), f.b, c::public.mood, d::int from s.t f where e <@ g order by 1 using <";
  const { references, proofCandidate } = classifier.classify(sql);
  assert.equal(proofCandidate, false);
  assert.deepEqual(references, {
    relations: ["s.t"],
    functions: ["lower"],
    operators: ["<", "<@"],
    types: ["pg_catalog.int4", "public.mood"],
    attributes: ["b"],
    parts: [],
    extensionFunctions: [],
  });
});
