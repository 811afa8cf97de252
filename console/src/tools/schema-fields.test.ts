import { schemaText } from "@countersign/sdk/schema-text";
import { expect, test } from "vitest";
import { fieldsOf } from "./schema-fields.ts";

const said: readonly (readonly [string, unknown])[] = [
  ["text (email)", { type: "string", format: "email" }],
  ["whole number, from 1 to 9", { type: "integer", minimum: 1, maximum: 9 }],
  ["text or null", { type: ["string", "null"] }],
  ["text or null", { anyOf: [{ type: "string" }, { type: "null" }] }],
  ["one of EUR, 7, null", { enum: ["EUR", 7, null] }],
  ["list of whole numbers, at least 1", { type: "array", items: { type: "integer" }, minItems: 1 }],
  [
    "list of fields sku, count",
    { type: "array", items: { type: "object", properties: { sku: {}, count: {} } } },
  ],
  [
    'card (fields last4) or "cash"',
    { oneOf: [{ title: "card", type: "object", properties: { last4: {} } }, { const: "cash" }] },
  ],
  [
    "fields a, b, c, d, e, f and 1 more",
    {
      type: "object",
      properties: Object.fromEntries("abcdefg".split("").map((name) => [name, {}])),
    },
  ],
  ["anything", {}],
  ["anything", 7],
  ["anything", { type: 7 }],
  ["something", { type: ["whatever"] }],
];

test.each(said)("a schema is said to take %s", (text, schema) => {
  expect(schemaText(schema)).toBe(text);
});

test("a schema that goes on for ever is said in a few words", () => {
  let schema: object = { type: "string" };
  for (let depth = 0; depth < 1_000; depth += 1) schema = { type: "array", items: schema };
  expect(schemaText(schema)).toBe("list of list of list of list");
  const loop: Record<string, unknown> = { type: "object" };
  loop["oneOf"] = [loop, loop];
  expect(schemaText(loop).length).toBeLessThan(500);
});

test("an object whose members are named has fields of its own, and any other is JSON", () => {
  const schema = {
    properties: {
      one: { type: "object", properties: { a: { type: "string" } } },
      other: { type: "object" },
      either: { oneOf: [{ type: "object", properties: { a: {} } }, { type: "string" }] },
    },
  };
  expect(fieldsOf(schema).map(({ kind }) => kind)).toEqual(["fields", "json", "json"]);
});
