import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { clientStatements } from "./client-statements.test-support.ts";
import { createClassifier } from "./facts.ts";
import { tokenize } from "./sql-tokens.ts";
import { templateKey, toTemplate } from "./template.ts";

const corpus = JSON.parse(
  readFileSync(new URL("./corpus.json", import.meta.url), "utf8"),
) as readonly { readonly sql: string }[];
const texts = [...corpus, ...clientStatements].map(({ sql }) => sql);

function keyOf(sql: string): string {
  const bytes = Buffer.from(sql);
  return templateKey(bytes, tokenize(bytes));
}

/** The text with other values for its plain constants. */
const revalued = (sql: string) => {
  const bytes = Buffer.from(sql);
  const { kinds, starts, ends } = tokenize(bytes);
  const value = fc.record({
    string: fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("\0")),
    number: fc.nat({ max: 999_999_999 }),
  });
  return fc.array(value, { minLength: kinds.length, maxLength: kinds.length }).map((values) => {
    let text = "";
    let from = 0;
    for (const [index, kind] of kinds.entries()) {
      const [start = 0, end = 0] = [starts[index], ends[index]];
      const written = bytes.toString("utf8", start, end);
      const { string = "", number = 0 } = values[index] ?? {};
      let other: string | null = null;
      if (kind === "string" && written.startsWith("'")) other = `'${string.replaceAll("'", "''")}'`;
      if (kind === "number" && /^\d+$/.test(written)) other = String(number);
      if (other === null) continue;
      text += bytes.toString("utf8", from, start) + other;
      from = end;
    }
    return text + bytes.toString("utf8", from);
  });
};

test("a text that was filled into a template is classified as if it had been parsed", async () => {
  const remembering = await createClassifier({ bytesMax: 10_000_000 });
  const forgetful = await createClassifier({ bytesMax: 0 });
  for (const sql of texts) remembering.classify(sql);
  // What the grammar takes only as a small number, or not at all as a string, is no text of a server's.
  const sound = texts.filter((sql) => !/\(\d+|json_table|interval/i.test(sql));
  const pairs = fc.constantFrom(...sound).chain(revalued);
  fc.assert(
    fc.property(pairs, (sql) => {
      assert.deepEqual(remembering.classify(sql), forgetful.classify(sql), sql);
    }),
    { numRuns: 800 },
  );
});

test("texts have one key only if they differ in plain constants", () => {
  assert.equal(keyOf("select 1, 'a' from t"), keyOf("select 22, 'b''c' from t"));
  const others = [
    "select 1, 'a'  from t",
    "select 1, 'a' FROM t",
    "select 1, 'a' from u",
    "select 1.5, 'a' from t",
    "select 1, E'a' from t",
    "select 1, $$a$$ from t",
    "select 1, U&'a' from t",
    "select 1, b'0' from t",
    "select 0x1, 'a' from t",
    "select 1e1, 'a' from t",
    "select 'a', 1 from t",
    "select $1, 'a' from t",
    'select 1, "a" from t',
    "select 1, 'a' from t --'a'",
    "select 1, 'a from t",
    "select 1, 'a'' from t",
    "select -1, 'a' from t",
    "select 1, 'a' from t;",
  ];
  assert.equal(new Set(["select 1, 'a' from t", ...others].map(keyOf)).size, others.length + 1);
});

test("a constant's column and sign follow it to its new place", async () => {
  const { classify } = await createClassifier({ bytesMax: 100_000 });
  const spans = (sql: string) => {
    const bytes = Buffer.from(sql);
    const { facts, statements } = classify(sql);
    return {
      literals: facts.literals.map(({ start, end, column }) => [
        bytes.toString("utf8", start, end),
        column,
      ]),
      statement: bytes.toString("utf8", statements[0]?.start, statements[0]?.end),
    };
  };
  spans("select é from t where a = 'x' and b = - 1 and c = -(2);");
  assert.deepEqual(spans("select é from t where a = 'ünlike' and b = - 12345 and c = -(77);"), {
    literals: [
      ["'ünlike'", "a"],
      ["- 12345", "b"],
      ["77", "c"],
    ],
    statement: "select é from t where a = 'ünlike' and b = - 12345 and c = -(77)",
  });
});

test("a text of a hundred thousand constants is not searched again for each of them", async () => {
  const sql = `select array[${"1,".repeat(100_000)}1]`;
  const bytes = Buffer.from(sql);
  const tokens = tokenize(bytes);
  const { classify } = await createClassifier({ bytesMax: 100_000_000 });
  const classified = classify(sql);
  assert.equal(classified.facts.literals.length, 100_001);
  let looks = 0;
  const ends = new Proxy(tokens.ends, {
    get(target, key, receiver) {
      looks += 1;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  assert.notEqual(toTemplate(classified, { ...tokens, ends }), null);
  assert.ok(looks < 5 * ends.length, String(looks));
});
