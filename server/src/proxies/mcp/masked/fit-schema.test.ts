import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { z } from "zod";
import type { Json } from "#/core/json.ts";
import type { Mask } from "#/core/obligation.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { atOnce } from "#/masking/in-steps.ts";
import { replacementsOf } from "#/masking/replacement/replacements.ts";
import { answerMasks, createAnswerMasker, type PassedMessage } from "./answer-masker.ts";
import { createCredentialScrub } from "./credential.ts";

const masks: readonly Mask[] = (["email", "phone_number", "us_ssn", "ip_address"] as const).map(
  (entity) => ({ target: { kind: "entity", entity }, masker: "tokenise" }),
);

function pass(outputSchema: Json, structuredContent: Json): PassedMessage {
  const message = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    result: { content: [], structuredContent },
  });
  const masked = answerMasks(finder, replacementsOf(Buffer.alloc(32, 1)), masks);
  const scrub = createCredentialScrub([]);
  return atOnce(
    createAnswerMasker({ masks: masked, scrub, outputSchema }).mask(Buffer.from(message)),
  );
}

function structured(outputSchema: Json, content: Json): Json {
  const passed = pass(outputSchema, content);
  if (passed.kind === "withheld") {
    assert.equal(passed.why, "breaks_schema");
    return "withheld";
  }
  if (passed.kind === "unchanged") return content;
  return JSON.parse(passed.bytes.toString("utf8")).result.structuredContent;
}

const ofObject = (properties: Json, required: readonly string[] = []): Json => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** An object with a member `then` would be taken for a promise. */
const conditional = (condition: Json, met: Json, otherwise: Json): Record<string, Json> =>
  JSON.parse(
    `{"if":${JSON.stringify(condition)},"then":${JSON.stringify(met)},"else":${JSON.stringify(otherwise)}}`,
  );

const cases: readonly {
  readonly name: string;
  readonly schema: Json;
  readonly content: Json;
  /** `withheld` for the whole answer. */
  readonly expected: Json;
}[] = [
  {
    name: "a string of no form keeps the pseudonym",
    schema: ofObject({ email: { type: "string", maxLength: 100 } }, ["email"]),
    content: { email: "ada@example.com" },
    expected: { email: "<EMAIL_1>" },
  },
  {
    name: "an address keeps its format and its number",
    schema: ofObject({ email: { type: "string", format: "email" } }, ["email"]),
    content: { email: "ada@example.com" },
    expected: { email: "email-1@masked.invalid" },
  },
  {
    name: "a link keeps its format",
    schema: ofObject({ link: { type: "string", format: "uri" } }, ["link"]),
    content: { link: "https://x.example/?email=ada@example.com" },
    expected: { link: "https://x.example/?email=%3CEMAIL_1%3E" },
  },
  {
    name: "what may be null is null where the pseudonym can't stand",
    schema: ofObject({ phone: { type: ["string", "null"], pattern: "^\\d+$" } }, ["phone"]),
    content: { phone: "5550100" },
    expected: { phone: null },
  },
  {
    name: "the same through anyOf, as Python writes it",
    schema: ofObject({ phone: { anyOf: [{ type: "string", maxLength: 8 }, { type: "null" }] } }, [
      "phone",
    ]),
    content: { phone: "5550100" },
    expected: { phone: null },
  },
  {
    name: "what may be missing is left out",
    schema: ofObject({ ip_address: { type: "string", pattern: "^10" }, n: { type: "integer" } }, [
      "n",
    ]),
    content: { ip_address: "10.1.2.3", n: 1 },
    expected: { n: 1 },
  },
  {
    name: "what has to be there in a form that nothing masked has withholds the answer",
    schema: ofObject({ phone: { type: "string", pattern: "^\\d+$" } }, ["phone"]),
    content: { phone: "5550100" },
    expected: "withheld",
  },
  {
    name: "so does a value of an enumeration",
    schema: ofObject({ phone: { enum: ["5550100", "5550101"] } }, ["phone"]),
    content: { phone: "5550100" },
    expected: "withheld",
  },
  {
    name: "and a number below which none may be",
    schema: ofObject({ ssn: { type: "integer", minimum: 1 } }, ["ssn"]),
    content: { ssn: 219099999 },
    expected: "withheld",
  },
  {
    name: "a number without bounds is 0",
    schema: ofObject({ ssn: { type: "integer" } }, ["ssn"]),
    content: { ssn: 219099999 },
    expected: { ssn: 0 },
  },
  {
    name: "members of lists, through references",
    schema: {
      type: "object",
      properties: { people: { type: "array", items: { $ref: "#/$defs/Person" } } },
      $defs: { Person: ofObject({ email: { type: "string", format: "email" } }, ["email"]) },
    },
    content: { people: [{ email: "ada@example.com" }, { email: "bob@example.com" }] },
    expected: {
      people: [{ email: "email-1@masked.invalid" }, { email: "email-2@masked.invalid" }],
    },
  },
  {
    name: "a key that is personal data under names that are closed",
    schema: ofObject({ "ada@example.com": { type: "integer" } }, []),
    content: { "ada@example.com": 1 },
    expected: "withheld",
  },
  {
    name: "a key that is personal data under names that are open",
    schema: { type: "object", additionalProperties: { type: "integer" } },
    content: { "ada@example.com": 1 },
    expected: { "<EMAIL_1>": 1 },
  },
  {
    name: "values that have to differ",
    schema: { type: "array", uniqueItems: true, items: { type: "string" } },
    content: ["mail ada@example.com", "mail ADA@example.com"],
    expected: "withheld",
  },
  {
    name: "a keyword that JSON Schema does not know asks nothing",
    schema: {
      type: "object",
      properties: { email: { type: "string", "x-asks": 1 } },
      "x-fastmcp-wrap-result": true,
    },
    content: { email: "ada@example.com" },
    expected: { email: "<EMAIL_1>" },
  },
  {
    name: "a keyword that asks what can't be told counts as broken",
    schema: ofObject({ email: { type: "string", $dynamicRef: "#text" } }, ["email"]),
    content: { email: "ada@example.com" },
    expected: "withheld",
  },
  {
    name: "an address keeps the format of its kind",
    schema: ofObject({ ip_address: { type: "string", format: "ipv4" } }, ["ip_address"]),
    content: { ip_address: "10.1.2.3" },
    expected: { ip_address: "192.0.2.1" },
  },
  {
    name: "a condition, a choice of texts and what must not be, where they hold for what was masked",
    schema: {
      type: "object",
      properties: { kind: { enum: ["a", "b"] }, email: { type: "string" } },
      ...conditional(
        { properties: { kind: { const: "a" } } },
        { required: ["email"], properties: { email: { minLength: 3 } } },
        { required: ["other"] },
      ),
      not: { required: ["gone"] },
      dependentRequired: { email: ["kind"] },
      dependentSchemas: { email: { minProperties: 2 } },
      unevaluatedProperties: true,
    },
    content: { kind: "a", email: "ada@example.com" },
    expected: { kind: "a", email: "<EMAIL_1>" },
  },
  {
    name: "a condition that does not hold for what was masked",
    schema: {
      type: "object",
      ...conditional(
        { required: ["email"] },
        { required: ["email"], properties: { email: { maxLength: 2 } } },
        true,
      ),
    },
    content: { email: "ada@example.com" },
    expected: { email: null },
  },
  {
    name: "what must not be, and is by masking",
    schema: {
      type: "object",
      required: ["email"],
      not: { properties: { email: { pattern: "^<" } } },
    },
    content: { email: "ada@example.com" },
    expected: "withheld",
  },
  {
    name: "members that a pattern may name, where they are valid under it",
    schema: {
      type: "object",
      patternProperties: { "^x-": { type: "string" }, "^n-": { type: ["string", "number"] } },
      additionalProperties: false,
    },
    content: { "x-a": "ada@example.com", "n-b": 7 },
    expected: { "x-a": "<EMAIL_1>", "n-b": 7 },
  },
  {
    name: "members that a pattern may name, where they are not valid under it",
    schema: { type: "object", patternProperties: { "^x-": { type: "string", maxLength: 3 } } },
    content: { "x-a": "ada@example.com" },
    expected: {},
  },
  {
    name: "a key that is masked, where only some names are taken",
    schema: {
      type: "object",
      propertyNames: { maxLength: 20 },
      additionalProperties: { type: "number" },
    },
    content: { "ada@example.com": 1 },
    expected: "withheld",
  },
  {
    name: "members that nothing evaluates, where none was there before",
    schema: {
      type: "object",
      properties: { email: { type: "string" } },
      unevaluatedProperties: false,
    },
    content: { email: "ada@example.com" },
    expected: { email: "<EMAIL_1>" },
  },
  {
    name: "a list of which one item has to be something",
    schema: {
      type: "array",
      contains: { const: "x" },
      items: { type: "string" },
      unevaluatedItems: false,
    },
    content: ["x", "ada@example.com"],
    expected: ["x", "<EMAIL_1>"],
  },
  {
    name: "a list of an older draft, with a schema for each place",
    schema: {
      type: "array",
      items: [{ type: "string" }, { type: "number" }],
      additionalItems: { type: "string", format: "email" },
    },
    content: ["ada@example.com", 1, "bob@example.com"],
    expected: ["<EMAIL_1>", 1, "email-2@masked.invalid"],
  },
  {
    name: "a keyword that is not known changes nothing where nothing was masked",
    schema: ofObject({ note: { "x-asks": 1 }, email: { type: "string" } }, ["email"]),
    content: { note: "a", email: "ada@example.com" },
    expected: { note: "a", email: "<EMAIL_1>" },
  },
  {
    name: "a reference that leads to itself",
    schema: { $ref: "#" },
    content: { email: "ada@example.com" },
    expected: "withheld",
  },
  {
    name: "a reference to elsewhere",
    schema: { $ref: "https://x.example/schema" },
    content: { email: "ada@example.com" },
    expected: "withheld",
  },
  {
    name: "an object that breaks it already counts as broken where it holds what was masked",
    schema: ofObject({ email: { type: "string" }, n: { type: "string" } }, ["missing"]),
    content: { email: "ada@example.com", n: 1 },
    expected: "withheld",
  },
];

for (const { name, schema, content, expected } of cases) {
  test(`under an output schema: ${name}`, () => {
    assert.deepEqual(structured(schema, content), expected);
  });
}

test("a pattern of the server's that takes for ever is never run", () => {
  const pattern = "^(([a-z])+.)+[A-Z]([a-z])+$";
  const schema = ofObject({ email: { type: "string", pattern } }, ["email"]);
  assert.equal(structured(schema, { email: `${"a".repeat(60)}@example.com` }), "withheld");
});

const value = fc.constantFrom<readonly [z.ZodType, fc.Arbitrary<Json>]>(
  [z.string(), fc.constantFrom("ada@example.com", "call 555-0100", "10.1.2.3", "x")],
  [z.email(), fc.constantFrom("ada@example.com", "bob@example.com")],
  [z.ipv4(), fc.constant("10.1.2.3")],
  [z.url(), fc.constantFrom("https://x.example/?email=ada@example.com", "https://x.example/a")],
  [z.string().max(8).nullable(), fc.constantFrom("10.1.2.3", null)],
  [z.union([z.email(), z.number()]), fc.constantFrom<Json>("ada@example.com", 3)],
  [z.enum(["10.1.2.3", "b"]), fc.constantFrom("10.1.2.3", "b")],
  [z.int(), fc.integer()],
  [z.array(z.email()), fc.array(fc.constantFrom("ada@example.com", "bob@example.com"))],
  [
    z.record(z.string(), z.string()),
    fc.dictionary(fc.constantFrom("ada@example.com", "a"), fc.constant("10.1.2.3")),
  ],
);
const typed = fc
  .dictionary(
    fc.constantFrom("email", "phone", "ssn", "note", "x"),
    fc.tuple(value, fc.boolean()),
    { minKeys: 1 },
  )
  .chain((fields) => {
    const entries = Object.entries(fields);
    const schema = z.strictObject(
      Object.fromEntries(
        entries.map(([key, [[type], isOptional]]) => [key, isOptional ? type.optional() : type]),
      ),
    );
    const content = fc.record(
      Object.fromEntries(entries.map(([key, [[, values]]]) => [key, values])),
    );
    return fc.tuple(fc.constant(schema), content);
  });

test("what passes is valid by another's judgement, holds no value that was masked, and is seldom withheld", () => {
  let withheld = 0;
  let all = 0;
  fc.assert(
    fc.property(typed, ([schema, content]) => {
      fc.pre(schema.safeParse(content).success);
      const masked = structured(z.toJSONSchema(schema) as Json, content);
      all += 1;
      if (masked === "withheld") {
        withheld += 1;
        return;
      }
      const { success, error } = schema.safeParse(masked);
      assert.ok(success, `${JSON.stringify(masked)}: ${error?.message}`);
      assert.doesNotMatch(JSON.stringify(masked), /ada@example|bob@example/);
    }),
    { numRuns: 150 },
  );
  assert.ok(all > 60 && withheld < all / 2, `${withheld} of ${all} were withheld`);
});
