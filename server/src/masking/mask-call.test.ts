import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { jsonLeaves } from "#/core/json-leaves.ts";
import { createFinder } from "./finder.ts";
import { maskCall } from "./mask-call.ts";
import { createViewNumbers } from "./view-numbers.ts";

const finder = createFinder();

async function mask(command: string): Promise<string> {
  const { replace } = createViewNumbers([command]);
  const hides = (name: string) => name === "plan";
  const tools = { finder, replace, hides, pause: async () => {} };
  return (await maskCall(tools, command, jsonLeaves(command))).text;
}

const call = (args: unknown, name = "send_mail") =>
  JSON.stringify({ method: "tools/call", name, arguments: args });

const shown: readonly (readonly [unknown, unknown])[] = [
  [{ email: "ada@example.com" }, { email: "<EMAIL_1>" }],
  [{ body: 'Dear Ada,\nask "bob@example.com"' }, { body: 'Dear Ada,\nask "<EMAIL_1>"' }],
  [{ customer: { name: "Ada", id: 7 } }, { customer: { name: "<PERSON_1>", id: 7 } }],
  [{ to: ["ada@example.com", "x", "ada@example.com"] }, { to: ["<EMAIL_1>", "x", "<EMAIL_1>"] }],
  [{ payload: '{"ssn":"1"}' }, { payload: '{"ssn":"<US_SSN_1>"}' }],
  [{ "e.mail": { "a.phone": "555" } }, { "e.mail": { "a.phone": "<PHONE_NUMBER_1>" } }],
  [{ plan: "gold" }, { plan: "<USER_PATTERN_1>" }],
  [
    { note: "-- ada /* bob */", amount: 1200, ok: true },
    { note: "-- ada /* bob */", amount: 1200, ok: true },
  ],
  [
    { note: "<EMAIL_1>", email: "a" },
    { note: "<EMAIL_1>", email: "<EMAIL_2>" },
  ],
];

for (const [given, expected] of shown) {
  test(`the values of a call are masked in their places: ${JSON.stringify(given)}`, async () => {
    assert.equal(await mask(call(given)), call(expected));
  });
}

test("a number that is replaced stands there without quotation marks", async () => {
  assert.equal(
    await mask(call({ ssn: 219099999, card: [4111111111111111] })),
    '{"method":"tools/call","name":"send_mail","arguments":{"ssn":<US_SSN_1>,"card":[<CREDIT_CARD_1>]}}',
  );
});

test("a resource's URI is masked as text", async () => {
  const read = (uri: string) => JSON.stringify({ method: "resources/read", uri });
  assert.equal(await mask(read("crm://people/ada@example.com")), read("crm://people/<EMAIL_1>"));
});

test("keys and shape of a call stay, whatever stands in its values", async () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("ada@example.com", 4111111111111111, "x", null, true),
      fc.string(),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("email", "a", "ada@example.com", "__x", 'q"'), tie("tree"), {
        maxKeys: 3,
      }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(tree, async (args) => {
      const masked = (await mask(call({ args }))).replaceAll(/(?<=[:[,])<[A-Z_]+_\d+>/g, "0");
      assert.deepEqual(shapeOf(JSON.parse(masked)), shapeOf(JSON.parse(call({ args }))));
    }),
  );
});

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]);
}
