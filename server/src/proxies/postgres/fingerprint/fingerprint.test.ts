import assert from "node:assert/strict";
import test from "node:test";
import { dotted } from "#/core/dotted-name.ts";
import type { SqlFacts } from "#/core/facts.ts";
import type { AskedRow } from "#/proxies/postgres/ask.ts";
import { emptyClassified } from "#/proxies/postgres/sql/classify-text.ts";
import { readFingerprint, type Used } from "./fingerprint.ts";

const row: AskedRow = [
  "agent",
  "agent",
  "search_path=public",
  "1 2 3",
  null,
  "4 5",
  null,
  null,
  null,
];

function fingerprintOf(
  answer: AskedRow,
  facts: Partial<SqlFacts> = {},
  { references = emptyClassified.references, parameters = [] }: Partial<Used> = {},
) {
  const asked: string[][] = [];
  const ask = async (_: string, values: readonly string[] = []) => {
    asked.push([...values]);
    return [answer];
  };
  const fingerprint = readFingerprint(
    { facts: { ...emptyClassified.facts, ...facts }, references, parameters },
    ask,
  ).then((read) => read.fingerprint);
  return { fingerprint, asked };
}

test("the same session has the same fingerprint, and every part of it counts", async () => {
  const first = await fingerprintOf(row).fingerprint;
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(await fingerprintOf([...row]).fingerprint, first);
  for (const at of row.keys()) {
    const others = at === row.length - 1 ? ['[["app.owner","one"]]'] : ["other", "", null];
    for (const value of others) {
      if (value === row[at]) continue;
      assert.notEqual(await fingerprintOf(row.with(at, value)).fingerprint, first);
    }
  }
});

test("a part can't be made up of its neighbours", async () => {
  const joined = await fingerprintOf(["ab", "c", null, null, null, null, null]).fingerprint;
  assert.notEqual(
    joined,
    await fingerprintOf(["a", "bc", null, null, null, null, null]).fingerprint,
  );
});

test("relations, functions, types and operators are looked up by their last name, in whatever schema", async () => {
  const { fingerprint, asked } = fingerprintOf(
    row,
    {
      reads: ["public.customers", "orders"],
      writes: ["orders", dotted(['a "b"\\']), dotted(["public", "my.table"])],
      functions: ["pg_catalog.lower"],
    },
    {
      references: { types: ["public.mood"], operators: ["==="] },
      parameters: [{ type: 23 }, { type: 0 }, { type: 23 }],
    },
  );
  await fingerprint;
  assert.deepEqual(asked[0]?.slice(1), [
    '{"a \\"b\\"\\\\","customers","my.table","orders"}',
    '{"lower"}',
    "false",
    '{"mood"}',
    '{"0","23"}',
    '{"==="}',
  ]);
});

test("of what can't be read, everything that somebody made counts", async () => {
  const { fingerprint, asked } = fingerprintOf(row, { opaque: "It runs code that can't be read." });
  await fingerprint;
  assert.equal(asked[0]?.at(3), "true");
});

test("a fingerprint that can't be read is an error, not a fingerprint", async () => {
  const failing = async () => {
    throw new Error("the upstream is gone");
  };
  await assert.rejects(
    readFingerprint(
      { facts: emptyClassified.facts, references: emptyClassified.references, parameters: [] },
      failing,
    ),
    /is gone/,
  );
});
