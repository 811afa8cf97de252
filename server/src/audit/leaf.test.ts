import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { leafHash } from "@countersign/tlog/merkle";
import * as fc from "fast-check";
import { canonicalize } from "#/core/canonical.ts";
import type { ActionId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import { type RecordDraft, recordTypes } from "#/core/record.ts";
import { joinLeaf, leafBytesMax, parseLeaf, spellLeaf } from "./leaf.ts";
import { draft, seal } from "./log.test-support.ts";
import type { PayloadReference } from "./payload-format.ts";
import { createSpelling } from "./spell-record.ts";

function formatLeaf(record: RecordDraft, payload: PayloadReference | null): Uint8Array {
  const at = new Date(record.at).toISOString();
  const { head, tail } = spellLeaf({ ...record, payload: payload === null ? null : {} }, at);
  return joinLeaf(Buffer.from(head), Buffer.from(tail), payload);
}

const spellRecord = createSpelling();
const reference = { commitment: "c".repeat(64), sealed: "5".repeat(64) };

const golden =
  '{"action":"act_1","at":"2026-11-22T03:04:05.006Z","body":{"a":[1,"é"],"b":null},' +
  `"payload":{"commitment":"${"c".repeat(64)}","sealed":"${"5".repeat(64)}"},` +
  '"review":"rev_1","type":"review.verdict","v":1}';

test("a leaf is these bytes and no others, and its hash is that of RFC 6962", () => {
  const leaf = formatLeaf(draft({ body: { b: null, a: [1, "é"] } }), reference);
  assert.equal(Buffer.from(leaf).toString(), golden);
  // Computed with `printf '\0%s' '…' | sha256sum`.
  const expected = "cc8d7d0de81bc7667416bd0b3b34a466b0a883670aa72aa478b7e0972ea115f4";
  assert.equal(createHash("sha256").update(`\0${golden}`).digest("hex"), expected);
  assert.equal(Buffer.from(leafHash(leaf)).toString("hex"), expected);
});

const json = fc.jsonValue().filter((value) => {
  return JSON.stringify(value).isWellFormed() && !JSON.stringify(value).includes("\\ud");
}) as fc.Arbitrary<Json>;
const anyDraft = fc.record({
  type: fc.constantFrom(...recordTypes),
  at: fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }),
  body: fc.dictionary(fc.stringMatching(/^[a-zA-Z0-9é_]{0,8}$/), json, { maxKeys: 5 }),
  isBare: fc.boolean(),
  payload: fc.option(fc.constant(reference)),
});

test("a leaf is canonical JSON (RFC 8785) and is read back as what was written", () => {
  fc.assert(
    fc.property(anyDraft, ({ type, at, body, isBare, payload }) => {
      fc.pre(canonicalize(body).length < 2000);
      const ids = isBare ? { action: null, review: null } : {};
      const written = draft({ type, at: at.getTime(), body, ...ids });
      const leaf = formatLeaf(written, payload);
      const { action, review } = written;
      const fields = { v: 1, type, at: at.toISOString(), action, review, body, payload };
      assert.equal(Buffer.from(leaf).toString(), canonicalize(fields as unknown as Json));
      assert.equal(
        canonicalize({ ...parseLeaf(leaf) } as unknown as Json),
        canonicalize(fields as unknown as Json),
      );
    }),
  );
});

test("a draft that is spelled at all becomes a leaf, and what the leaf says is what the draft said", () => {
  const word = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom(
      "\ud800",
      "\\ud800",
      "\\\ud83d",
      "\ud83d\ude00",
      "x".repeat(1900),
      "é".repeat(1000),
    ),
  );
  const value = fc.dictionary(word, fc.oneof(word, fc.integer(), fc.array(word)), { maxKeys: 3 });
  const at = fc.oneof(fc.integer(), fc.constantFrom(8.64e15, 8.65e15, -9e15));
  let yes = 0;
  let no = 0;
  fc.assert(
    fc.property(at, value, value, word, (time, body, payload, action) => {
      const own = { ...draft({ body, payload, at: time }), action: action as ActionId };
      try {
        spellRecord(own);
      } catch {
        no += 1;
        return;
      }
      yes += 1;
      const leaf = parseLeaf(seal(own).leaf);
      assert.equal(leaf?.action, action);
      assert.equal(canonicalize(leaf.body), canonicalize(body));
    }),
    { numRuns: 1000 },
  );
  assert.ok(yes > 100 && no > 100, `${yes} and ${no}`);
});

test("a payload that has no canonical form is not spelled", () => {
  assert.throws(() => spellRecord(draft({ payload: { lost: undefined as never } })));
  assert.throws(() => spellRecord(draft({ payload: { lone: "\ud800" } })));
});

test("a leaf over the bound is refused with its type and size, and one at the bound is not", () => {
  const padded = (length: number) => formatLeaf(draft({ body: { pad: "x".repeat(length) } }), null);
  const room = leafBytesMax - padded(0).length;
  assert.equal(padded(room).length, leafBytesMax);
  assert.throws(
    () => padded(room + 1),
    /leaf of type review\.verdict has 4097 bytes; at most 4096/,
  );
});

test("a time that is none, and a body that JSON can't carry, are refused", () => {
  assert.throws(() => formatLeaf(draft({ at: Number.NaN }), null));
  assert.throws(() => formatLeaf(draft({ body: { lost: undefined as never } }), null));
});

const others: readonly (readonly [string, string])[] = [
  ["another order of the members", golden.replace(/^\{("action":"act_1"),(.*)\}$/, "{$2,$1}")],
  ["white space", golden.replace('"v":1', '"v": 1')],
  ["another spelling of a number", golden.replace("[1,", "[1.0,")],
  ["another spelling of a string", golden.replace("é", "\\u00e9")],
  ["a member twice", golden.replace('"v":1', '"v":1,"v":1')],
  ["a member more", golden.replace('"v":1', '"v":1,"w":1')],
  ["a member less", golden.replace('"review":"rev_1",', "")],
  ["another version", golden.replace('"v":1', '"v":2')],
  ["a time of another form", golden.replace(".006Z", "Z")],
  ["a day that does not exist", golden.replace("11-22", "11-31")],
  ["a type of another form", golden.replace("review.verdict", "Review Verdict")],
  ["an id that is no text", golden.replace('"act_1"', "1")],
  ["a body that is a list", golden.replace(/"body":\{.*?\},"payload/, '"body":[],"payload')],
  ["a commitment that is no hash", golden.replace("cc", "CC")],
  ["a reference with a member more", golden.replace('"sealed"', '"nonce":1,"sealed"')],
  ["a byte order mark", `\ufeff${golden}`],
  ["text behind", `${golden}\n`],
  ["no JSON", golden.slice(0, -1)],
  ["nesting without end", "[".repeat(4000)],
  ["nothing", ""],
];
for (const [what, text] of others) {
  test(`a leaf is not read with ${what}`, () => {
    assert.notEqual(text, golden);
    assert.equal(parseLeaf(Buffer.from(text)), null);
  });
}

test("a leaf is not read with bytes that are no UTF-8, or over the bound", () => {
  assert.notEqual(parseLeaf(Buffer.from(golden)), null);
  assert.equal(parseLeaf(Buffer.from(golden, "latin1")), null);
  const long = golden.replace("é", "x".repeat(leafBytesMax));
  assert.equal(parseLeaf(Buffer.from(long)), null);
});
