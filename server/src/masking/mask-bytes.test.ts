import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { catalogue } from "./catalogue.ts";
import { finder } from "./finder.test-support.ts";
import { maskBytes } from "./mask-bytes.ts";
import { leadOf, maskBehind } from "./mask-text.ts";
import { hashUnder, redact } from "./replacement/replace.ts";

const hash = hashUnder(Buffer.alloc(32, 1));
const examples = Object.values(catalogue).flatMap((entry) => entry.examples);
const names = ["", "phone", "note", "password", "ssn", "Größe", "card number", "token"];

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...examples),
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.stringMatching(/^[ ,.:=@+\d-]{0,16}$/),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(" ").toWellFormed());

test("bytes are masked as their text is, whatever name stands before them", () => {
  fc.assert(
    fc.property(texts, fc.constantFrom(...names), (text, name) => {
      const lead = leadOf(name);
      const masked = maskBytes(finder, hash, Buffer.from(lead), Buffer.from(text));
      const { text: expected, entities } = maskBehind(finder, hash, lead, text);
      assert.equal(masked?.bytes.toString("utf8") ?? text, expected);
      assert.equal(masked?.entity, entities[0]);
    }),
    { numRuns: 2000 },
  );
});

test("bytes that are no text stay around what was found", () => {
  const text = Buffer.from("caf\xe9 of ada@example.com, \xe9\xe9", "latin1");
  const masked = maskBytes(finder, redact, Buffer.alloc(0), text);
  assert.equal(masked?.bytes.toString("latin1"), "caf\xe9 of <EMAIL>, \xe9\xe9");
});
