import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Entity } from "#/core/entity.ts";
import type { Json } from "#/core/json.ts";
import type { Mask, Masker } from "#/core/obligation.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { atOnce } from "#/masking/in-steps.ts";
import { replacementsOf } from "#/masking/replacement/replacements.ts";
import {
  type AnswerMasker,
  answerMasks,
  createAnswerMasker,
  maskedMessageBytesMax,
  type PassedMessage,
} from "./answer-masker.ts";
import { createCredentialScrub } from "./credential.ts";
import { jsonDepthMax } from "./json-tree.ts";

const nothing = createCredentialScrub([]);
const image = Buffer.from("89504e470d0a1a0a0000000d49484452ff00fe", "hex").toString("base64");

function masks(masker: Masker, ...entities: readonly Entity[]): readonly Mask[] {
  return entities.map((entity) => ({ target: { kind: "entity", entity }, masker }));
}

const personal = masks("tokenise", "email", "phone_number", "us_ssn", "person", "credit_card");

function maskerFor(
  wanted: readonly Mask[] = personal,
  secrets: readonly string[] = [],
): AnswerMasker {
  return createAnswerMasker({
    masks: answerMasks(finder, replacementsOf(Buffer.alloc(32, 1)), wanted),
    scrub: secrets.length === 0 ? nothing : createCredentialScrub(secrets),
    outputSchema: null,
  });
}

function pass(masker: AnswerMasker, message: Json | string): PassedMessage {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return atOnce(masker.mask(Buffer.from(text)));
}

function shown(message: Json | string, masker = maskerFor()): string {
  const passed = pass(masker, message);
  assert.equal(passed.kind, "changed");
  return passed.kind === "changed" ? passed.bytes.toString("utf8") : "";
}

const answer = (result: { readonly [key: string]: Json }): Json => ({
  jsonrpc: "2.0",
  id: 7,
  result,
});
const said = (text: string): Json => answer({ content: [{ type: "text", text }] });

test("a value is the same pseudonym in content, in JSON within content, and in structuredContent", () => {
  const record = { email: "ada@example.com", phone: "555-0100" };
  const message = shown(
    answer({
      content: [
        { type: "text", text: "Ada's address is ada@example.com." },
        { type: "text", text: JSON.stringify({ record }) },
      ],
      structuredContent: { record },
    }),
  );
  assert.deepEqual(JSON.parse(message).result, {
    content: [
      { type: "text", text: "Ada's address is <EMAIL_1>." },
      { type: "text", text: '{"record":{"email":"<EMAIL_1>","phone":"<PHONE_NUMBER_1>"}}' },
    ],
    structuredContent: { record: { email: "<EMAIL_1>", phone: "<PHONE_NUMBER_1>" } },
  });
});

test("what only its key tells to be sensitive is replaced wherever else it stands, before and behind", () => {
  const message = shown(
    answer({
      content: [
        {
          type: "text",
          text: "Call Ada Lovelace at 555-0100, or https://x.example/?q=Ada%20Lovelace",
        },
      ],
      structuredContent: { full_name: "Ada Lovelace", phone: "555-0100", "call 555-0100": true },
      _meta: { note: "Ada Lovelace", nested: JSON.stringify({ for: "Ada Lovelace" }) },
    }),
  );
  assert.doesNotMatch(message, /Ada|Lovelace|555-0100/);
});

test("a value that was replaced in progress or a log message stands in no later message of the answer", () => {
  const masker = maskerFor();
  const log = shown(
    {
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "info", data: { full_name: "Ada Lovelace" } },
    },
    masker,
  );
  assert.equal(JSON.parse(log).params.level, "info");
  assert.doesNotMatch(log, /Ada/);
  const progress = shown(
    {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: {
        progressToken: "ada@example.com",
        progress: 1,
        message: "Ada Lovelace, ada@example.com",
      },
    },
    masker,
  );
  // Its token is the client's own, which it has to know again.
  assert.deepEqual(JSON.parse(progress).params, {
    progressToken: "ada@example.com",
    progress: 1,
    message: "<PERSON_1>, <EMAIL_1>",
  });
});

test("error messages, their data and what _meta holds are masked", () => {
  const message = shown({
    jsonrpc: "2.0",
    id: "x",
    error: { code: -32603, message: "no such user ada@example.com", data: { ssn: "219-09-9999" } },
  });
  assert.deepEqual(JSON.parse(message).error, {
    code: -32603,
    message: "no such user <EMAIL_1>",
    data: { ssn: "<US_SSN_1>" },
  });
});

test("keys that are personal data are replaced, and two of them stay two", () => {
  const message = shown(
    answer({ structuredContent: { "ada@example.com": 1, "bob@example.com": 2, "<EMAIL>": true } }),
    maskerFor(masks("redact", "email")),
  );
  assert.deepEqual(JSON.parse(message).result.structuredContent, {
    "<EMAIL> 2": 1,
    "<EMAIL> 3": 2,
    "<EMAIL>": true,
  });
});

test("what is not replaced stays to the byte: blanks, escapes, digits that no double holds", () => {
  const text =
    '{"jsonrpc":"2.0","id":7,"result":{"content":[],"structuredContent":{ "big" : 12345678901234567890 ,"x":"\\u00e9","email":"ada@example.com","list":[1.0, 2e400]}}}';
  assert.equal(
    shown(text),
    '{"jsonrpc":"2.0","id":7,"result":{"content":[],"structuredContent":{"big" : 12345678901234567890,"x":"\\u00e9","email":"<EMAIL_1>","list":[1.0, 2e400]}}}',
  );
  assert.deepEqual(pass(maskerFor(), said("nothing here")), { kind: "unchanged" });
});

test("images, sounds and bytes that are no text are withheld, bytes that are text are looked into", () => {
  const message = shown(
    answer({
      content: [
        { type: "image", data: image, mimeType: "image/png" },
        { type: "audio", data: image, mimeType: "ada@example.com" },
        {
          type: "resource",
          resource: { uri: "file:///ada@example.com", mimeType: "application/pdf", blob: image },
        },
        {
          type: "resource",
          resource: {
            uri: "file:///a",
            blob: Buffer.from("mail ada@example.com").toString("base64"),
          },
        },
      ],
    }),
  );
  const { content } = JSON.parse(message).result;
  assert.match(content[0].text, /^\[image of 19 bytes \(image\/png\), withheld/);
  assert.match(content[1].text, /^\[audio of 19 bytes \(unknown type\), withheld/);
  assert.equal(content[2].resource.uri, "file:///<EMAIL_1>");
  assert.match(content[2].resource.text, /^\[data of 19 bytes \(application\/pdf\), withheld/);
  assert.equal(Buffer.from(content[3].resource.blob, "base64").toString(), "mail <EMAIL_1>");
  assert.doesNotMatch(message, /iVBOR/);
});

test("links are masked by the names of their parameters, and data URLs are looked into", () => {
  const data = (text: string) => `data:text/plain;base64,${Buffer.from(text).toString("base64")}`;
  const message = shown(
    answer({
      content: [
        {
          type: "resource_link",
          uri: "https://x.example/a?phone=5550100&page=2#ssn=123",
          name: "a",
        },
        {
          type: "text",
          text: `see ${data("ask ada@example.com")} and data:image/png;base64,${image}`,
        },
      ],
    }),
  );
  const { content } = JSON.parse(message).result;
  assert.equal(content[0].uri, "https://x.example/a?phone=<PHONE_NUMBER_1>&page=2#ssn=<US_SSN_1>");
  assert.equal(content[1].text, `see ${data("ask <EMAIL_1>")} and <UNSCANNED>`);
});

test("what is too long, too deep or no JSON is withheld under masks, and passes without", () => {
  const deep = `${"[".repeat(jsonDepthMax + 1)}${"]".repeat(jsonDepthMax + 1)}`;
  const long = JSON.stringify(said("x".repeat(maskedMessageBytesMax)));
  for (const [text, why] of [
    [deep, "too_deep"],
    [long, "too_long"],
    ['{"a":1,}', "malformed"],
  ] as const) {
    assert.deepEqual(pass(maskerFor(), text), { kind: "withheld", why });
    assert.deepEqual(pass(maskerFor([]), text), { kind: "unchanged" });
  }
});

test("a mask of a column says nothing here: nothing is looked at", () => {
  const target = { kind: "column", schema: "public", table: "customers", column: "email" } as const;
  const masker = maskerFor([{ target, masker: "redact" }]);
  assert.deepEqual(pass(masker, said("ada@example.com")), { kind: "unchanged" });
});

test("numbers that a key or their digits tell become 0, and are gone from texts too", () => {
  const message = shown(
    answer({
      content: [{ type: "text", text: "card 4111111111111111, ssn given as 219099999" }],
      structuredContent: { ssn: 219099999, amount: 100, paid_with: 4111111111111111 },
    }),
  );
  assert.deepEqual(JSON.parse(message).result.structuredContent, {
    ssn: 0,
    amount: 100,
    paid_with: 0,
  });
  assert.doesNotMatch(message, /219099999|4111/);
});

test("how much was replaced is counted by what it was", () => {
  const masker = maskerFor();
  pass(masker, said("ada@example.com and bob@example.com"));
  assert.deepEqual(masker.counts(), { email: 2 });
});

const planted = [
  ["email", "ada.lovelace@example.com"],
  ["full_name", "Ada Lovelace"],
  ["phone", "555-0100"],
  ["ssn", "219-09-9999"],
] as const;
const leaf = fc.oneof(
  fc.constantFrom(...planted.map(([, value]) => value)),
  fc
    .tuple(
      fc.constantFrom("about ", "(", "x="),
      fc.constantFrom(...planted.map(([, value]) => value)),
    )
    .map(([a, b]) => `${a}${b}.`),
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    leaf as fc.Arbitrary<Json>,
    fc.array(tie("tree"), { maxLength: 4 }) as fc.Arbitrary<Json>,
    fc.dictionary(
      fc.constantFrom("note", "text", "data", "content", "uri", "type", "items"),
      tie("tree"),
      { maxKeys: 4 },
    ) as fc.Arbitrary<Json>,
    tie("tree").map((inner) => JSON.stringify({ inner })),
  ),
}));

test("no value that is told somewhere in an answer is left anywhere in it", () => {
  fc.assert(
    fc.property(tree, tree, tree, (content, structured, meta) => {
      const message = JSON.stringify(
        answer({
          content: [content, { type: "text", text: JSON.stringify(structured) }],
          structuredContent: { structured, known: Object.fromEntries(planted) },
          _meta: { meta },
        }),
      );
      const masked = shown(message);
      JSON.parse(masked);
      for (const [, value] of planted) assert.ok(!masked.includes(value), `${value} in ${masked}`);
    }),
    { numRuns: 300 },
  );
});

test("a masked message has the shape that it had", () => {
  fc.assert(
    fc.property(tree, (structuredContent) => {
      const message = answer({ structuredContent, known: "ada@example.com" });
      assert.deepEqual(shapeOf(JSON.parse(shown(message))), shapeOf(message));
    }),
    { numRuns: 300 },
  );
});

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]);
}

test("the upstream's credential passes in no encoding, with masks and without", () => {
  const secret = 'sk/live+"Zürich"-0123456789abcdef';
  const bytes = Buffer.from(secret);
  const encodings = [
    secret,
    encodeURIComponent(secret),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    Buffer.from(`Authorization: Bearer ${secret}\r\n`).toString("base64"),
    Buffer.from(`x:${secret}`).toString("base64"),
    JSON.stringify({ header: secret }),
  ];
  for (const wanted of [personal, []]) {
    for (const encoding of encodings) {
      const masker = maskerFor(wanted, [`Bearer ${secret}`]);
      const masked = shown(
        { jsonrpc: "2.0", id: 1, error: { code: 1, message: `401 for ${encoding}!` } },
        masker,
      );
      assert.match(masked, /<CREDENTIAL>/, encoding);
      assert.doesNotMatch(masked, /0123456789|MDEyMzQ1Njc4/, encoding);
    }
  }
  const escaped = JSON.stringify(said(secret)).replaceAll(
    /(?<=text":"sk.*)[0-9a-e]/g,
    (each) => `\\u00${each.charCodeAt(0).toString(16)}`,
  );
  assert.doesNotMatch(escaped, /0123/);
  assert.match(shown(escaped, maskerFor([], [secret])), /<CREDENTIAL>/);
  assert.deepEqual(pass(maskerFor([], [secret]), said("fine, \\u00e9")), { kind: "unchanged" });
});
