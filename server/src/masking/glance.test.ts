import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { finder, rules } from "./finder.test-support.ts";
import { createFolder } from "./fold/fold.ts";
import { createDraw, texts, tokenOf } from "./sample-texts.test-support.ts";
import { startScan } from "./scan/scan.ts";
import { topicWords } from "./topics.ts";

const names = Object.values(topicWords).flatMap((words) => words.split(";"));
const leads = fc.constantFrom("", ...names.map((name) => `${name}: `), "password: ", "note: ");

/** By the scan alone, which is asked whatever a glance says. */
function isFound(text: Uint8Array, lead: Uint8Array): boolean {
  let found = false;
  const scan = startScan({ rules, onFinding: () => (found = true) });
  scan.push(text, lead);
  scan.end();
  return found;
}

const shortTexts = fc.oneof(
  texts,
  fc.stringMatching(/^[A-Za-z àéßжд\d.,@:/=_-]{0,120}$/).map((text) => Buffer.from(text)),
  fc.base64String({ maxLength: 60 }).map((text) => Buffer.from(`so ${text} it`)),
  fc.integer().map((seed) => Buffer.from(tokenOf("ghp_<A36>", createDraw(seed)))),
);

test("a text that holds nothing at a glance holds nothing, whatever name stands before it", () => {
  let skipped = 0;
  fc.assert(
    fc.property(shortTexts, leads, (text, name) => {
      const lead = Buffer.from(name);
      if (finder.glanceBehind(lead)(text, 0, text.length)) return;
      skipped += 1;
      assert.equal(isFound(text, lead), false, `${name}${text.toString()}`);
    }),
    { numRuns: 8000 },
  );
  assert.ok(skipped > 400, `a glance told but ${skipped} times that nothing is there`);
});

test("most sentences are told at a glance, and no secret is missed by one", () => {
  const mayHold = finder.glanceBehind(Buffer.alloc(0));
  const glance = (text: string) => mayHold(Buffer.from(text), 0, Buffer.byteLength(text));
  assert.equal(glance("the order was late again and the customer asks for a refund"), false);
  assert.equal(glance("Søren and José met Zoë in Gdańsk, and came back to Malmö at 17:30"), false);
  for (const text of [
    "write to ada@example.com",
    "write to ada\u200b%40example.com",
    "4111 1111 1111 1111",
    Buffer.from("the password is 'k2m9x7q1' now").toString("base64"),
  ])
    assert.equal(glance(text), true, text);
});

test("letters of Latin scripts are never read as something else", () => {
  for (let point = 0xc0; point < 0x300; point += 1) {
    const text = Buffer.from(`a${String.fromCodePoint(point)}1`);
    assert.deepEqual(Buffer.from(createFolder().push(text, true)), text);
  }
});
