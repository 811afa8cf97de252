import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { PolicyInput } from "#/core/decision.ts";
import {
  definitionStates,
  type McpFacts,
  mcpMethods,
  type SqlFacts,
  toolClasses,
} from "#/core/facts.ts";
import { verbs } from "#/core/verb.ts";
import { agent, callInput, facts, input, shop, shopServer } from "./inputs.test-support.ts";
import { createKeyBuilder, createLatest, createMemo, memoEntryBytes } from "./memo.ts";

test("what is remembered is given back, and what was not used for long goes first", () => {
  const memo = createMemo<number>({ entriesMax: 8, bytesMax: 1e9 });
  memo.set("hot", 0);
  for (let n = 1; n < 100; n += 1) {
    memo.set(`cold${n}`, n);
    assert.equal(memo.get(`cold${n}`), n);
    assert.equal(memo.get("hot"), 0, `after ${n} others`);
  }
  assert.equal(memo.get("cold1"), undefined);
  memo.set("hot", 7);
  assert.equal(memo.get("hot"), 7);
});

test("no more is remembered than the bounds allow", () => {
  const countOf = (
    bounds: { entriesMax: number; bytesMax: number },
    key: (n: number) => string,
  ) => {
    const memo = createMemo<number>(bounds);
    for (let n = 0; n < 500; n += 1) memo.set(key(n), n);
    return Array.from({ length: 500 }, (_, n) => n).filter((n) => memo.get(key(n)) !== undefined)
      .length;
  };
  const short = (n: number) => `k${n}`;
  assert(countOf({ entriesMax: 10, bytesMax: 1e9 }, short) <= 10);
  const long = (n: number) => `${n}`.padEnd(1000, "x");
  const perEntry = 2 * 1000 + memoEntryBytes;
  assert(countOf({ entriesMax: 1e6, bytesMax: 10 * perEntry }, long) <= 10);
  assert(countOf({ entriesMax: 1e6, bytesMax: 10 * perEntry }, long) >= 5);
  assert.equal(countOf({ entriesMax: 1e6, bytesMax: perEntry }, long), 0);
});

const word = fc.oneof(fc.constantFrom("a", "b", "1:a", "1:a1:b", "2[", ""), fc.string());
const words = fc.array(word, { maxLength: 3 });
const claims = fc.record({
  readOnly: fc.boolean(),
  destructive: fc.boolean(),
  idempotent: fc.boolean(),
  openWorld: fc.boolean(),
});
const calls: fc.Arbitrary<PolicyInput> = fc
  .record({
    endpoint: word,
    labels: words,
    facts: fc.record({
      method: fc.constantFrom(...mcpMethods),
      name: word,
      claims,
      definition: fc.constantFrom(...definitionStates),
      toolClass: fc.constantFrom(...toolClasses),
    }),
  })
  .map(({ endpoint, labels, facts: some }) => {
    return { ...callInput(some), labels, resource: { ...shopServer, endpoint } };
  });
const statements: fc.Arbitrary<PolicyInput> = fc
  .record({
    verbs: fc.subarray([...verbs], { minLength: 1 }),
    name: word,
    groups: words,
    connection: word,
    environment: word,
    labels: fc.dictionary(word, word, { maxKeys: 2 }),
    facts: fc.record({
      kinds: words,
      reads: words,
      writes: words,
      functions: words,
      settings: words,
      filtered: fc.boolean(),
      maskedUse: fc.boolean(),
      statements: fc.integer({ min: 0, max: 12 }),
    }),
  })
  .map(({ verbs: some, name, groups, connection, environment, labels, facts: sets }) =>
    input(some, {
      principal: { ...agent, name, groups },
      resource: { ...shop, connection, environment, labels },
      facts: facts(sets),
    }),
  );

const inputs = fc.oneof(statements, calls);

/** What policies see, in a form that can be compared. */
function seen({ verbs: some, principal, resource, facts: all, labels: read }: PolicyInput): string {
  const { kind, name, groups } = principal;
  const { connection, environment, labels } = resource;
  const labelled = Object.entries(labels);
  return JSON.stringify([
    some,
    [kind, name, groups],
    [connection, resource.kind, environment, labelled],
    all.family === "sql" ? seenOfStatement(all) : [resource.endpoint, read ?? [], seenOfCall(all)],
  ]);
}

function seenOfStatement(all: SqlFacts) {
  const { kinds, reads, writes, functions, settings, filtered, maskedUse } = all;
  return [[kinds, reads, writes, functions, settings], filtered, maskedUse, all.statements];
}

function seenOfCall({ method, name, claims: claimed, definition, toolClass }: McpFacts) {
  const { readOnly, destructive, idempotent, openWorld } = claimed;
  return [method, name, readOnly, destructive, idempotent, openWorld, definition, toolClass];
}

test("two inputs have the same key exactly if policies see the same", () => {
  const keyOf = createKeyBuilder();
  fc.assert(
    fc.property(inputs, inputs, (one, other) => {
      assert.equal(keyOf(one) === keyOf(other), seen(one) === seen(other));
      assert.equal(keyOf(one), createKeyBuilder()(structuredClone(one)));
    }),
    { numRuns: 2000 },
  );
});

test("moving a word from one part of the input to the next changes the key", () => {
  const keyOf = createKeyBuilder();
  const variants: readonly PolicyInput[] = [
    input(["sql.read"]),
    input(["sql.read"], { facts: facts({ reads: ["a", "b"] }) }),
    input(["sql.read"], { facts: facts({ reads: ["a"], writes: ["b"] }) }),
    input(["sql.read"], { facts: facts({ reads: ["a,b"] }) }),
    input(["sql.read"], { facts: facts({ reads: ["ab", "c"] }) }),
    input(["sql.read"], { facts: facts({ reads: ["a", "bc"] }) }),
    input(["sql.read"], { facts: facts({ reads: ["1:a1:b"] }) }),
    input(["sql.read"], { facts: facts({ writes: ["a", "b"] }) }),
    input(["sql.read"], { facts: facts({ functions: ["a", "b"] }) }),
    input(["sql.read"], { facts: facts({ settings: ["a", "b"] }) }),
    input(["sql.read"], { facts: facts({ filtered: false }) }),
    input(["sql.read"], { facts: facts({ maskedUse: true }) }),
    input(["sql.read"], { facts: facts({ statements: 2 }) }),
    input(["sql.read"], { facts: facts({ reads: ["x".repeat(300)] }) }),
    input(["sql.read"], { facts: facts({ reads: [`${"x".repeat(299)}y`] }) }),
    input(["sql.write"]),
    input(["sql.read", "sql.write"]),
    input(["sql.read"], { principal: { ...agent, kind: "service" } }),
    input(["sql.read"], { principal: { ...agent, groups: [] } }),
    input(["sql.read"], { principal: { ...agent, groups: ["agents", "x"] } }),
    input(["sql.read"], { resource: { ...input(["sql.read"]).resource, labels: {} } }),
    input(["sql.read"], { resource: { ...input(["sql.read"]).resource, labels: { tier: "g" } } }),
    input(["sql.read"], { resource: { ...input(["sql.read"]).resource, environment: "x" } }),
    input(["sql.read"], { resource: { ...input(["sql.read"]).resource, connection: "x" } }),
  ];
  assert.equal(new Set(variants.map(keyOf)).size, variants.length);
});

test("what was said last is given for the very same objects, and for no equal or other ones", () => {
  const latest = createLatest<number>();
  const first = input(["sql.read"]);
  latest.set(first, 1);
  assert.equal(latest.get({ ...first }), 1);
  const others: readonly Partial<PolicyInput>[] = [
    { verbs: [...first.verbs] },
    { principal: { ...first.principal } },
    { resource: { ...first.resource } },
    { facts: { ...first.facts } },
  ];
  for (const other of others) assert.equal(latest.get({ ...first, ...other }), undefined);
  latest.set({ ...first, principal: { ...agent } }, 2);
  assert.equal(latest.get(first), undefined);
});
