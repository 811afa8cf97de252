import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { JsonProblem } from "./json-cursor.ts";
import type { JsonNode } from "./json-node.ts";
import { type JsonTerms, readJson } from "./read-json.ts";

const kept: JsonTerms = { depthMax: 64, valuesMax: 1_000, ambiguous: "kept" };
const refused: JsonTerms = { ...kept, ambiguous: "refused" };

/** JSON, and what is nearly JSON: with a piece put in its place somewhere. */
const piece = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('"', "\\", "\\u", "\\ud800", "\\x", "\n", "\u0000", "{", "}", "[", "]", ",", ":"),
  fc.constantFrom("-", "0", "01", "1.", "1e", "+1", ".5", "tru", "null", "NaN", "\ufeff", "\u00a0"),
);
const text = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(4), piece)
  .map(([json, at, length, other]) => {
    const start = at % (json.length + 1);
    return json.slice(0, start) + other + json.slice(start + length);
  });

test("what is JSON to the platform, and nothing else, is read, and as the same value", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json({ maxDepth: 6 }), text), (json) => {
      assert.deepEqual(valueRead(json, kept), valueParsed(json));
    }),
    { numRuns: 2_000 },
  );
});

test("every value stands in the text where it says, under its key and in its owner", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (json) => {
      for (const node of nodesOf(readJson(json, kept, "whole"))) {
        const { start, end, parent, key } = node;
        assert.deepEqual(JSON.parse(json.slice(start, end)), toValue(node));
        if (parent === null) assert.equal(key, "whole");
        else if (parent.kind === "array") assert.equal(key, parent.key);
        else
          assert.ok(parent.members.some((member) => member.key === key && member.value === node));
      }
    }),
  );
});

test("what two readers could take for two things is refused where that is asked, and else kept as it was written", () => {
  const cases = { '{"a":1,"\\u0061":2}': "duplicate_key", '["\\ud800"]': "lone_surrogate" };
  for (const [json, fault] of Object.entries(cases)) {
    assert.throws(() => readJson(json, refused), { fault });
    assert.equal(readJson(json, kept).end, json.length);
  }
  const many = `{${Array.from({ length: 20 }, (_, at) => `"k${at}":0`).join()},"k3":1}`;
  assert.throws(() => readJson(many, refused), { fault: "duplicate_key" });
});

test("what is deeper or has more values than its terms say is refused", () => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  readJson(deep(64), refused);
  assert.throws(() => readJson(deep(65), refused), { fault: "too_deep" });
  const long = (values: number) => `[${"0,".repeat(values - 2)}0]`;
  readJson(long(1_000), refused);
  assert.throws(() => readJson(long(1_001), refused), { fault: "too_many_values" });
});

function valueRead(json: string, terms: JsonTerms): unknown {
  try {
    return toValue(readJson(json, terms));
  } catch (error) {
    assert(error instanceof JsonProblem && error.fault === "malformed");
    return error.fault;
  }
}

function valueParsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return "malformed";
  }
}

function toValue(node: JsonNode): unknown {
  if (node.kind === "array") return node.items.map(toValue);
  if (node.kind !== "object") return node.value;
  return Object.fromEntries(node.members.map(({ key, value }) => [key, toValue(value)]));
}

function* nodesOf(node: JsonNode): Generator<JsonNode> {
  yield node;
  if (node.kind === "array") for (const item of node.items) yield* nodesOf(item);
  if (node.kind === "object") for (const { value } of node.members) yield* nodesOf(value);
}
