import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { finder } from "#/masking/finder.test-support.ts";
import { createViewNumbers } from "#/masking/replacement/view-numbers.ts";
import { maskCall } from "./mask-call.ts";

async function mask(command: string): Promise<string> {
  const { replace } = createViewNumbers([command]);
  const hides = (name: string) => name === "plan";
  const tools = { finder, replace, hides, pause: async () => {} };
  return (await maskCall(tools, command)).text;
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
  [
    { "ada@example.com": "admin", members: { "ada@example.com": 1, "bob@example.com": 2 } },
    { "<EMAIL_1>": "admin", members: { "<EMAIL_1>": 1, "<EMAIL_2>": 2 } },
  ],
  [
    { rows: [{ 'of "4111111111111111"': "x" }], ssn: { "5551234567": { name: "x" }, "1": 2 } },
    { rows: [{ 'of "<CREDIT_CARD_1>"': "x" }], ssn: { "<US_SSN_1>": { name: "x" }, "1": 2 } },
  ],
  [
    { password: { value: 1, hash2: true, sha256: null, "oauth-v2": [], line_1: {} } },
    { password: { value: 1, hash2: true, sha256: null, "oauth-v2": [], line_1: {} } },
  ],
  [
    { [`deploy with ghp_${"a1B2c3D4e5".repeat(3)}abcdeF`]: true },
    { "deploy with <PROVIDER_TOKEN_1>": true },
  ],
];

for (const [given, expected] of shown) {
  test(`the values of a call, and keys that are values, are masked in their places: ${JSON.stringify(given)}`, async () => {
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

test("the shape of a call stays, whatever stands in its keys and values, and no two keys of an object become one", async () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("ada@example.com", 4111111111111111, "x", null, true),
      fc.string(),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom("email", "a", "ada@example.com", "bob@example.com", "<EMAIL_1>", 'q"'),
        tie("tree"),
        {
          maxKeys: 3,
        },
      ),
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
  return Object.values(value).map(shapeOf);
}
