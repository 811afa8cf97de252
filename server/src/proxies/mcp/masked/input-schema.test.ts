import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidUnder } from "./input-schema.ts";

const isRefused = (schema: object, value: unknown) =>
  invalidUnder(
    { type: "object", properties: { a: schema as never } },
    JSON.stringify({ a: value }),
  ) !== null;

test("an amount in parts of one is refused only where it surely is no multiple", () => {
  for (const [limit, values] of [
    [0.01, [0.07, 1.1, 19.99, 4.35, 1e15, 0]],
    [0.0001, [0.0075]],
    [1e-8, [12_391_239_123]],
    [5, [10, -15, 0]],
  ] as const) {
    for (const value of values) assert.equal(isRefused({ multipleOf: limit }, value), false);
  }
  assert.equal(isRefused({ multipleOf: 5 }, 12), true);
  assert.equal(isRefused({ multipleOf: 7 }, Number.MAX_SAFE_INTEGER - 1), true);
});

/** As text, as `then` in a literal looks like a promise. */
const conditional = JSON.parse(
  '{"if":{"required":["a"]},"then":{"properties":{"a":{}}},"else":{"properties":{"b":{}}},"unevaluatedProperties":false}',
) as object;

const refused: readonly (readonly [
  what: string,
  schema: object,
  wrong: unknown,
  right: unknown,
])[] = [
  ["another object than the only one", { const: { a: 1, b: [2] } }, { a: 1 }, { b: [2], a: 1.0 }],
  ["a list that is none of those", { enum: [[1], "x"] }, [2], [1]],
  [
    "a list with two objects alike",
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [1, true, "1"],
  ],
  ["a name that is too long", { propertyNames: { maxLength: 2 } }, { abc: 1 }, { ab: 1 }],
  [
    "a member that nothing speaks of",
    { allOf: [{ properties: { x: {} } }], properties: { y: {} }, unevaluatedProperties: false },
    { x: 1, z: 1 },
    { x: 1, y: 1 },
  ],
  [
    "one of which only a branch speaks that does not hold",
    {
      anyOf: [
        { properties: { k: { const: 1 }, x: {} } },
        { properties: { k: { const: 2 }, y: {} } },
      ],
      unevaluatedProperties: false,
    },
    { k: 1, y: 1 },
    { k: 2, y: 1 },
  ],
  ["one that its condition leaves over", conditional, { a: 1, b: 1 }, { b: 1 }],
  [
    "what is left over and no number",
    { unevaluatedProperties: { type: "number" } },
    { a: "x" },
    { a: 1 },
  ],
];

for (const [what, schema, wrong, right] of refused) {
  test(`an edit is refused that has ${what}`, () => {
    assert.equal(isRefused(schema, wrong), true);
    assert.equal(isRefused(schema, right), false);
  });
}

test("what can't be told is not refused: patterns, references that mean another place, dialects in which they stand alone", () => {
  const patterned = { patternProperties: { "^x": {} }, unevaluatedProperties: false };
  assert.equal(isRefused(patterned, { y: 1 }), false);
  assert.equal(isRefused({ propertyNames: { pattern: "^x" } }, { y: 1 }), false);
  const inner = {
    $id: "https://x.example/inner",
    $defs: { n: { type: "number" } },
    $ref: "#/$defs/n",
  };
  assert.equal(isRefused(inner, "text"), false);
  const old = {
    $schema: "http://json-schema.org/draft-07/schema#",
    definitions: { list: { type: "array" } },
    properties: { a: { $ref: "#/definitions/list", maxItems: 1 } },
  };
  assert.equal(invalidUnder(old, '{"a":[1,2]}'), null);
  assert.deepEqual(invalidUnder(old, '{"a":1}'), ["a"]);
});

test("a schema of thousands of large values is given up and not compared without an end", () => {
  const large = Array.from({ length: 2_000 }, (_, at) => ({ at, of: [at, at, at] }));
  const schema = { anyOf: large.map((each) => ({ const: [each, ...large] })) };
  assert.equal(isRefused(schema, large), false);
});

/** Each would take minutes or longer if nothing but values were counted. */
const costly: readonly (readonly [what: string, schema: object, value: unknown])[] = [
  [
    "references that double with each",
    {
      unevaluatedProperties: false,
      allOf: [{ $ref: "#/properties/a/$defs/x" }],
      $defs: {
        x: { allOf: [{ $ref: "#/properties/a/$defs/x" }, { $ref: "#/properties/a/$defs/x" }] },
      },
    },
    { y: 1 },
  ],
  [
    "a long text that is measured often",
    { allOf: listOf(16_000, { minLength: 1 }) },
    "x".repeat(1e6),
  ],
  ["a long text that is compared often", { enum: listOf(60_000, [1]) }, ["x".repeat(1e6)]],
  [
    "a list of many that is looked through often",
    { items: { enum: range(40_000) } },
    range(50_000),
  ],
  ["a schema of many keywords for each of many", { items: keywords(20_000) }, range(50_000)],
  [
    "a long reference for each of many",
    { items: { $ref: `#/${"%61".repeat(60_000)}` } },
    range(50_000),
  ],
];

function listOf<Item>(length: number, item: Item): readonly Item[] {
  return Array.from({ length }, () => item);
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, at) => -at);
}

function keywords(count: number): object {
  return Object.fromEntries(range(count).map((at) => [`x${at}`, 0]));
}

for (const [what, schema, value] of costly) {
  test(`an edit is judged in bounded time under ${what}`, { timeout: 60_000 }, () => {
    const before = process.cpuUsage();
    isRefused(schema, value);
    const { user } = process.cpuUsage(before);
    assert(user < 15_000_000, `took ${user} µs of the processor`);
  });
}
