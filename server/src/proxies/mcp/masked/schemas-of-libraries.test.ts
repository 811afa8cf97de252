/** Output schemas as the libraries of tool servers write them: what they state beside what was masked withholds nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Json } from "#/core/json.ts";
import type { Mask } from "#/core/obligation.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { atOnce } from "#/masking/in-steps.ts";
import { replacementsOf } from "#/masking/replacement/replacements.ts";
import { answerMasks, createAnswerMasker } from "./answer-masker.ts";
import { createCredentialScrub } from "./credential.ts";

const masks: readonly Mask[] = (["email", "phone_number", "ip_address"] as const).map((entity) => ({
  target: { kind: "entity", entity },
  masker: "tokenise",
}));
const values = /ada@|bob@|10\.1\.2\.3/;

function structured(outputSchema: Json, structuredContent: Json): unknown {
  assert.match(JSON.stringify(structuredContent), values, "there is something to mask");
  const message = { jsonrpc: "2.0", id: 1, result: { content: [], structuredContent } };
  const masked = answerMasks(finder, replacementsOf(Buffer.alloc(32, 1)), masks);
  const scrub = createCredentialScrub([]);
  const masker = createAnswerMasker({ masks: masked, scrub, outputSchema });
  const passed = atOnce(masker.mask(Buffer.from(JSON.stringify(message))));
  if (passed.kind !== "changed") return passed;
  const text = passed.bytes.toString("utf8");
  assert.doesNotMatch(text, values);
  return (JSON.parse(text) as { result: { structuredContent: unknown } }).result.structuredContent;
}

function assertValid(schema: Json, content: unknown): void {
  const judge = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  const { success, error } = judge.safeParse(content);
  assert.ok(success, `${JSON.stringify(content)}: ${error?.message}`);
}

/** Written by Pydantic 2.13 (`model_json_schema(mode="serialization")`), wrapped as FastMCP does. */
const pydantic: Json = {
  $defs: {
    Address: {
      properties: {
        street: {
          title: "Street",
          type: "string",
        },
        zip: {
          anyOf: [
            {
              type: "string",
            },
            {
              type: "null",
            },
          ],
          default: null,
          title: "Zip",
        },
      },
      required: ["street"],
      title: "Address",
      type: "object",
    },
    Cat: {
      properties: {
        kind: {
          const: "cat",
          title: "Kind",
          type: "string",
        },
        name: {
          title: "Name",
          type: "string",
        },
        born: {
          format: "date-time",
          title: "Born",
          type: "string",
        },
      },
      required: ["kind", "name", "born"],
      title: "Cat",
      type: "object",
    },
    Dog: {
      properties: {
        kind: {
          const: "dog",
          title: "Kind",
          type: "string",
        },
        name: {
          title: "Name",
          type: "string",
        },
        tags: {
          items: {
            type: "string",
          },
          title: "Tags",
          type: "array",
        },
      },
      required: ["kind", "name", "tags"],
      title: "Dog",
      type: "object",
    },
    Kind: {
      enum: ["a", "b"],
      title: "Kind",
      type: "string",
    },
    User: {
      additionalProperties: false,
      properties: {
        id: {
          format: "uuid",
          title: "Id",
          type: "string",
        },
        email: {
          title: "Email",
          type: "string",
        },
        created: {
          format: "date-time",
          title: "Created",
          type: "string",
        },
        born: {
          anyOf: [
            {
              format: "date",
              type: "string",
            },
            {
              type: "null",
            },
          ],
          default: null,
          title: "Born",
        },
        address: {
          anyOf: [
            {
              $ref: "#/$defs/Address",
            },
            {
              type: "null",
            },
          ],
          default: null,
        },
        manager: {
          anyOf: [
            {
              $ref: "#/$defs/User",
            },
            {
              type: "null",
            },
          ],
          default: null,
        },
        pet: {
          discriminator: {
            mapping: {
              cat: "#/$defs/Cat",
              dog: "#/$defs/Dog",
            },
            propertyName: "kind",
          },
          oneOf: [
            {
              $ref: "#/$defs/Cat",
            },
            {
              $ref: "#/$defs/Dog",
            },
          ],
          title: "Pet",
        },
        balance: {
          pattern: "^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$",
          title: "Balance",
          type: "string",
        },
        kind: {
          $ref: "#/$defs/Kind",
        },
        pair: {
          maxItems: 2,
          minItems: 2,
          prefixItems: [
            {
              type: "string",
            },
            {
              type: "integer",
            },
          ],
          title: "Pair",
          type: "array",
        },
        attrs: {
          additionalProperties: {
            anyOf: [
              {
                type: "string",
              },
              {
                type: "integer",
              },
            ],
          },
          title: "Attrs",
          type: "object",
        },
        byk: {
          additionalProperties: {
            type: "string",
          },
          propertyNames: {
            $ref: "#/$defs/Kind",
          },
          title: "Byk",
          type: "object",
        },
        pat: {
          patternProperties: {
            "^x-": {
              type: "string",
            },
          },
          title: "Pat",
          type: "object",
        },
        tags: {
          items: {
            type: "string",
          },
          title: "Tags",
          type: "array",
          uniqueItems: true,
        },
        blob: {
          format: "binary",
          title: "Blob",
          type: "string",
        },
        n: {
          exclusiveMinimum: 0,
          title: "N",
          type: "integer",
        },
      },
      required: [
        "id",
        "email",
        "created",
        "pet",
        "balance",
        "kind",
        "pair",
        "attrs",
        "byk",
        "pat",
        "tags",
        "blob",
        "n",
      ],
      title: "User",
      type: "object",
    },
  },
  properties: {
    result: {
      items: {
        $ref: "#/$defs/User",
      },
      title: "Result",
      type: "array",
    },
  },
  required: ["result"],
  title: "Out",
  type: "object",
  "x-fastmcp-wrap-result": true,
};

const user = (more: object = {}) => ({
  id: "1b4e28ba-2fa1-4d2b-883f-0016d3cca427",
  email: "ada@example.com",
  created: "2026-01-02T03:04:05Z",
  born: "1990-01-02",
  address: { street: "mail to bob@example.com", zip: null },
  manager: null,
  pet: { kind: "cat", name: "bob@example.com", born: "2020-01-02T03:04:05Z" },
  balance: "12.50",
  kind: "a",
  pair: ["ada@example.com", 7],
  attrs: { host: "10.1.2.3", n: 4 },
  byk: { a: "ada@example.com" },
  pat: { "x-owner": "ada@example.com" },
  tags: ["ada@example.com", "red"],
  blob: "raw",
  n: 3,
  ...more,
});

test("an answer under a schema of Pydantic's is masked and stays valid, whatever else the schema states", () => {
  const content = {
    result: [
      user({ manager: user() }),
      user({ address: null, pet: { kind: "dog", name: "x", tags: ["bob@example.com"] } }),
    ],
  };
  const passed = structured(pydantic, content);
  const [first] = (passed as { result: { email: string; manager: { pet: object } }[] }).result;
  assert.equal(first?.email, "<EMAIL_1>");
  assert.deepEqual(first.manager.pet, {
    kind: "cat",
    name: "<EMAIL_2>",
    born: "2020-01-02T03:04:05Z",
  });
  assertValid(pydantic, passed);
});

const strict = z.strictObject({ at: z.iso.datetime(), mail: z.email() });
const zods: Readonly<Record<string, readonly [z.ZodType, Json]>> = {
  "a union with dates": [
    z.object({ of: z.union([z.object({ at: z.iso.datetime(), by: z.string() }), z.null()]) }),
    { of: { at: "2026-01-02T03:04:05Z", by: "ada@example.com" } },
  ],
  "a union told by a word": [
    z.object({
      of: z.discriminatedUnion("t", [
        z.strictObject({ t: z.literal("a"), id: z.uuid(), by: z.string() }),
        z.strictObject({ t: z.literal("b"), at: z.iso.date(), by: z.string() }),
      ]),
    }),
    { of: { t: "b", at: "2026-01-02", by: "ada@example.com" } },
  ],
  "records and rests": [
    z.object({
      record: z.record(z.string(), z.string()),
      few: z.partialRecord(z.enum(["a", "b"]), z.string()),
      rest: z.object({ a: z.string() }).catchall(z.union([z.number(), z.string()])),
      loose: z.looseObject({ a: z.string() }),
    }),
    {
      record: { "bob@example.com": "x", b: "ada@example.com" },
      few: { a: "ada@example.com" },
      rest: { a: "ada@example.com", b: 1, c: "bob@example.com" },
      loose: { a: "ada@example.com", more: { b: "bob@example.com" } },
    },
  ],
  "lists of places": [
    z.object({ two: z.tuple([z.string(), z.number()]), more: z.tuple([z.string()], z.string()) }),
    { two: ["ada@example.com", 1], more: ["a", "bob@example.com"] },
  ],
  "both of two, and what may be missing": [
    z.object({
      both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.email().optional() })),
      never: z.never().optional(),
      none: z.nullish(z.string()),
      fallback: z.string().default("x"),
    }),
    {
      both: { a: "ada@example.com", b: "bob@example.com" },
      none: null,
      fallback: "ada@example.com",
    },
  ],
  "forms beside what was masked": [
    z.object({
      mail: z.email(),
      address: z.ipv4(),
      link: z.url(),
      id: z.uuid(),
      base: z.base64(),
      n: z.number().positive(),
      words: z.string().startsWith("a").includes("b"),
      lines: z.array(strict).min(1).max(3),
      sum: z.bigint().optional().or(z.number()),
    }),
    {
      mail: "ada@example.com",
      address: "10.1.2.3",
      link: "https://x.example/?email=ada@example.com",
      id: "1b4e28ba-2fa1-4d2b-883f-0016d3cca427",
      base: "YWJj",
      n: 4,
      words: "ab",
      lines: [{ at: "2026-01-02T03:04:05Z", mail: "bob@example.com" }],
      sum: 4,
    },
  ],
};

for (const [what, [type, content]] of Object.entries(zods)) {
  test(`an answer under a schema of Zod's with ${what} is masked and stays valid`, () => {
    for (const target of ["draft-2020-12", "draft-7"] as const) {
      const schema = z.toJSONSchema(type, { target, unrepresentable: "any" }) as Json;
      const { success, error } = type.safeParse(structured(schema, content));
      assert.ok(success, `${target}: ${error?.message}`);
    }
  });
}
