import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { finder } from "#/masking/finder.test-support.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { maskJson } from "./mask-json.ts";

const mask = (text: string) => maskJson(finder, redact, text)?.text ?? null;

const leaf = fc.oneof(
  fc.constantFrom(
    "ada@example.com",
    "4111111111111111",
    4_111_111_111_111_111,
    "call (415) 555-0132",
    'quote " and \\ and \u0000',
    "",
  ),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const key = fc.oneof(
  fc.constantFrom("email", "ssn", "note", "items", "ada@example.com"),
  fc.string({ maxLength: 6 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
  ),
}));

test("masked JSON has the same shape and the same types", () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const masked = mask(text);
      assert.deepEqual(shapeOf(JSON.parse(masked ?? "")), shapeOf(JSON.parse(text)));
    }),
    { numRuns: 300 },
  );
});

test("JSON in which nothing is found is the same to the byte, also numbers that no double holds", () => {
  const text = '{ "a" : [1.0, 12345678901234567890, 1e400, -0], "b":{"c":"\\u00e9\\n"} ,"d":null}';
  assert.equal(mask(text), text);
});

test("JSON in a string is looked into, twice", () => {
  const inner = JSON.stringify({ email: "nobody", deep: JSON.stringify({ ssn: "x" }) });
  const masked = JSON.parse(mask(JSON.stringify({ body: inner })) ?? "") as { body: string };
  const body = JSON.parse(masked.body) as { email: string; deep: string };
  assert.equal(body.email, "<EMAIL>");
  assert.deepEqual(JSON.parse(body.deep), { ssn: "<US_SSN>" });
});

test("a key that is a secret itself is replaced", () => {
  assert.equal(mask('{"ada@example.com": 1}'), '{"<EMAIL>": 1}');
});

test("lists have the key that they stand under", () => {
  assert.equal(
    mask('{"emails": 1, "email": ["a", ["b"], {"x": "c"}]}'),
    '{"emails": 1, "email": ["<EMAIL>", ["<EMAIL>"], {"x": "c"}]}',
  );
});

test("a key that names what is not looked for masks nothing, and its value is looked into", () => {
  const onlyEmail = finder.only(new Set(["email"]));
  const text = '{"ssn": 78051120, "phone": "415-555-0132", "password": "ada@example.com"}';
  const masked = maskJson(onlyEmail, redact, text);
  assert.deepEqual(masked, {
    text: '{"ssn": 78051120, "phone": "415-555-0132", "password": "<EMAIL>"}',
    entities: ["email"],
  });
  const nested = JSON.stringify({ token: JSON.stringify({ email: "nobody", pin: 4711 }) });
  assert.equal(
    maskJson(onlyEmail, redact, nested)?.text,
    JSON.stringify({ token: JSON.stringify({ email: "<EMAIL>", pin: 4711 }) }),
  );
});

test("JSON of any depth and of megabytes is masked to its end", () => {
  const depth = 2000;
  const deep = `${"[".repeat(depth)}"ada@example.com"${"]".repeat(depth)}`;
  assert.equal(mask(deep), deep.replace("ada@example.com", "<EMAIL>"));
  const wide = JSON.stringify(
    Array.from({ length: 20_000 }, (_, index) => ({
      id: index,
      email: "x",
      note: "nothing to see",
    })),
  );
  assert.equal(mask(wide)?.match(/<EMAIL>/g)?.length, 20_000);
});

test("what is no JSON is null", () => {
  for (const text of ["", "{", "{a:1}", '"a', "[1,]", "nul"]) assert.equal(mask(text), null, text);
});

/** Types in their places; keys by their number, since one may be replaced. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value === "object" && value !== null) return Object.values(value).length;
  return value === null ? "null" : typeof value;
}
