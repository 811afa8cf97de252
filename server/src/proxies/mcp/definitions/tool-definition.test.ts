import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { unclaimed } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import { differencesMax, differencesOf } from "./difference.ts";
import {
  claimsOf,
  definitionBytesMax,
  definitionDepthMax,
  hintsOf,
  readDefinition,
  toolNameCharsMax,
} from "./tool-definition.ts";

const defined = (some: object): Json => ({ name: "get_order", description: "Gives it.", ...some });

test("a definition has one digest however its members are ordered, and another with any change of them", () => {
  const schema = { type: "object", properties: { a: { type: "string" }, b: {} } };
  const digest = readDefinition(defined({ inputSchema: schema }))?.digest;
  assert.equal(
    digest,
    readDefinition({
      inputSchema: { properties: { b: {}, a: { type: "string" } }, type: "object" },
      description: "Gives it.",
      name: "get_order",
    })?.digest,
  );
  const others = [
    { inputSchema: { ...schema, required: ["a"] } },
    { inputSchema: schema, title: "" },
    { inputSchema: schema, annotations: {} },
    { inputSchema: schema, outputSchema: null },
    { inputSchema: schema, description: "Gives it. " },
  ].map((some) => readDefinition(defined(some))?.digest);
  assert.equal(new Set([...others, digest]).size, others.length + 1);
});

test("what the server says nothing of is what the specification takes for said, and no hint", () => {
  const bare = readDefinition(defined({})) ?? assert.fail();
  assert.deepEqual(claimsOf(bare), unclaimed);
  assert.deepEqual(hintsOf(bare), { readOnly: null, destructive: null });
  const annotations = {
    readOnlyHint: true,
    destructiveHint: "no",
    idempotentHint: 1,
    openWorldHint: false,
  };
  const said = readDefinition(defined({ annotations })) ?? assert.fail();
  assert.deepEqual(claimsOf(said), { ...unclaimed, readOnly: true, openWorld: false });
  assert.deepEqual(hintsOf(said), { readOnly: true, destructive: null });
});

test("what is larger than anybody could look at is no definition", () => {
  const named = (chars: number) => readDefinition({ name: "x".repeat(chars) });
  assert.notEqual(named(toolNameCharsMax), null);
  assert.equal(named(toolNameCharsMax + 1), null);
  assert.equal(readDefinition(defined({ description: "x".repeat(definitionBytesMax) })), null);
  const nested = (depth: number) => {
    const inputSchema = JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`) as Json;
    return readDefinition(defined({ inputSchema }));
  };
  // Within the definition itself.
  assert.notEqual(nested(definitionDepthMax - 1), null);
  assert.equal(nested(definitionDepthMax), null);
  assert.equal(nested(100_000), null);
});

test("a difference names each place that differs, with what stood there and what stands there", () => {
  const before = { a: 1, b: { c: [1, 2], d: "x" }, e: null };
  const after = { a: 1, b: { c: [1, 3, 4], d: { y: 1 } }, f: true };
  assert.deepEqual(differencesOf(before, after), [
    { path: ["b", "c", "1"], before: 2, after: 3 },
    { path: ["b", "c", "2"], before: undefined, after: 4 },
    { path: ["b", "d"], before: "x", after: { y: 1 } },
    { path: ["e"], before: null, after: undefined },
    { path: ["f"], before: undefined, after: true },
  ]);
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`k${at}`, at]));
  assert.equal(differencesOf({}, many).length, differencesMax);
});

test("there is no difference exactly where two values are the same JSON", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const same =
        readDefinition({ name: "a", inputSchema: one as Json })?.digest ===
        readDefinition({ name: "a", inputSchema: other as Json })?.digest;
      assert.equal(differencesOf(one as Json, other as Json).length === 0, same);
      assert.deepEqual(differencesOf(one as Json, structuredClone(one) as Json), []);
    }),
  );
});
