import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCallTree } from "./call-tree.ts";
import { schemaFaults } from "./schema-faults.ts";

const address = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const schema = {
  type: "object",
  $defs: { address },
  properties: {
    amount: { type: "integer", minimum: 1, exclusiveMaximum: 9 },
    note: { anyOf: [{ type: "string", minLength: 2 }, { type: "null" }] },
    address: { $ref: "#/$defs/address" },
    way: { anyOf: [{ $ref: "#/$defs/address" }, { type: "null" }] },
    lines: { type: "array", items: { type: "object", properties: { sku: { type: "string" } } } },
    free: {},
  },
  required: ["amount"],
  additionalProperties: false,
};

const said: readonly (readonly [string, readonly string[]])[] = [
  ['{"amount":1}', []],
  ['{"amount":1.0,"note":null,"free":{"x":[1]}}', []],
  [
    '{"amount":1,"way":{"city":"Bern"},"address":7}',
    ["address is a number (it takes: fields city)"],
  ],
  ["{}", ["amount is missing (it takes: whole number, from 1 below 9)"]],
  ['{"amount":1.5}', ["amount is a number (it takes: whole number, from 1 below 9)"]],
  ['{"amount":9}', ["amount is out of bounds (it takes: whole number, from 1 below 9)"]],
  ['{"amount":1,"address":{}}', ["address/city is missing (it takes: text)"]],
  ['{"amount":1,"way":{"city":7}}', ["way/city is a number (it takes: text)"]],
  ['{"amount":1,"lines":[{},{"sku":true}]}', ["lines/1/sku is yes or no (it takes: text)"]],
  ['{"amount":1,"note":7}', ["note is none of what it takes: text, at least 2 characters or null"]],
  [
    '{"amount":1,"more":1}',
    ["more is not taken by the tool: fields amount, note, address, way, lines, free"],
  ],
];

for (const [text, faults] of said) {
  test(`of ${text} is told what is wrong, where, and what is taken there`, () => {
    assert.deepEqual(told(schema, text), faults);
  });
}

test("what stands masked may be anything of its kind, and a masked key any name", () => {
  const masked = {
    properties: {
      ssn: { type: "integer", maximum: 3 },
      to: { type: "string", maxLength: 3 },
      kind: { enum: ["a"] },
    },
    required: ["owner"],
    additionalProperties: false,
  };
  const text = '{"ssn":<US_SSN_1>,"to":"<EMAIL_1>","kind":"<NAME_1>","<EMAIL_2>":1}';
  assert.deepEqual(told(masked, text), []);
});

test("nothing of the value is said, and little of a schema that goes on", () => {
  const choices = Array.from({ length: 10_000 }, (_, at) => `choice-${at}-${"x".repeat(100)}`);
  const list = { type: "array", items: { enum: choices } };
  const secret = JSON.stringify(Array.from({ length: 5_000 }, () => "secret"));
  const faults = told(list, secret);
  assert.equal(faults.length, 20);
  assert.doesNotMatch(faults.join(), /secret/);
  assert.ok(faults.every((each) => each.length < 400));
});

test("a schema that never ends, or is none, says nothing", () => {
  const loop: Record<string, unknown> = {};
  loop["allOf"] = [loop, loop];
  loop["anyOf"] = [{ $ref: "#" }, loop];
  assert.deepEqual(told(loop, "1"), []);
  for (const none of [
    null,
    7,
    "x",
    [],
    { type: "any" },
    { type: 7 },
    { enum: 7, required: 7, properties: 7, items: 7 },
  ]) {
    assert.deepEqual(told(none, '{"a":[1]}'), []);
  }
});

function told(of: unknown, text: string): readonly string[] {
  const value = parseCallTree(text);
  assert.ok(value !== null, text);
  return schemaFaults(of, value).map(({ path, says }) => `${path.join("/")} ${says}`);
}
