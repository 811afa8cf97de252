import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { finder } from "./finder.test-support.ts";
import { maskText, startMasking } from "./mask-text.ts";
import { createMemoryVault, createPseudonyms } from "./replacement/pseudonyms.ts";
import {
  hashUnder,
  partial,
  preserveFormatUnder,
  redact,
  tokeniseIn,
} from "./replacement/replace.ts";
import { texts } from "./sample-texts.test-support.ts";

const key = Buffer.from("a key of a session");

test("a masked stream is the masked text, whatever the pieces", () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.integer({ min: 1, max: 61 }), { minLength: 1 }),
      (text, sizes) => {
        // A stream passes on bytes, a text has characters: what is no UTF-8 is another thing in each.
        const sound = Buffer.from(text.toString("utf8"));
        const pieces: Uint8Array[] = [];
        const stream = startMasking({
          finder,
          replace: redact,
          emit: (piece) => pieces.push(piece),
        });
        for (let at = 0, index = 0; at < sound.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          stream.push(sound.subarray(at, at + size));
          at += size;
        }
        stream.end();
        assert.equal(
          Buffer.concat(pieces).toString("utf8"),
          maskText(finder, redact, sound.toString("utf8")).text,
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("a letter of another script is read by the letter before it, also where the text is cut between them", () => {
  const examples = [
    "mail ad\u0430@example.com now",
    "211062-5629\u0440",
    "4111 1111 1111 111\u0410",
  ];
  for (const example of examples) {
    const text = Buffer.from(example);
    const expected = finder.find(text);
    for (let cut = 0; cut <= text.length; cut += 1) {
      const findings: unknown[] = [];
      const stream = finder.start((finding) => findings.push(finding));
      stream.push(text.subarray(0, cut));
      stream.push(text.subarray(cut));
      stream.end();
      assert.deepEqual(findings, expected, `${example}, cut at ${cut}`);
    }
  }
});

test("redacted, a value shows its kind alone", () => {
  assert.equal(maskText(finder, redact, "write to ada@example.com").text, "write to <EMAIL>");
});

test("in part, the last four of a long value are shown, and never of a secret", () => {
  assert.equal(partial("credit_card", "4111 1111 1111 1111"), "**** **** **** 1111");
  assert.equal(partial("us_bank_number", "12345678"), "<US_BANK_NUMBER>");
  assert.equal(partial("provider_token", "a".repeat(40)), "<PROVIDER_TOKEN>");
  assert.equal(partial("person", "Ada 'Countess' Lovelace"), "<PERSON>");
});

test("hashed, a value is the same under one key however it is written, and another under another", () => {
  const replace = hashUnder(key);
  assert.equal(
    replace("credit_card", "4111 1111 1111 1111"),
    replace("credit_card", "4111-1111-1111-1111"),
  );
  assert.equal(replace("email", "Ada@Example.com"), replace("email", "ada@example.com"));
  assert.match(replace("email", "ada@example.com"), /^<EMAIL:[0-9a-f]{16}>$/);
  assert.notEqual(
    replace("email", "a@b.example"),
    hashUnder(Buffer.from("other"))("email", "a@b.example"),
  );
});

test("a keyed hash is HMAC-SHA-256 as RFC 4231 has it", () => {
  // Test case 2: the message is wrapped by kind and value here, so the key and the hash are held by the construction.
  const once = hashUnder(Buffer.from("Jefe"))("provider_token", "what do ya want for nothing?");
  assert.equal(
    once,
    "<PROVIDER_TOKEN:" + hmac("Jefe", "provider_token\0what do ya want for nothing?") + ">",
  );
});

test("a pseudonym is the same for the same value within a session, and another for another", () => {
  const replace = tokeniseIn(createPseudonyms(createMemoryVault()));
  assert.equal(replace("email", "ada@example.com"), "<EMAIL_1>");
  assert.equal(replace("email", "bob@example.com"), "<EMAIL_2>");
  assert.equal(replace("email", "ADA@example.com"), "<EMAIL_1>");
  assert.equal(replace("person", "ada"), "<PERSON_1>");
});

test("what was masked can be restored in its own session alone, also where a model changed its looks", () => {
  const pseudonyms = createPseudonyms(createMemoryVault());
  const text = "Dear ada@example.com, we charged 4111 1111 1111 1111.";
  const masked = maskText(finder, tokeniseIn(pseudonyms), text).text;
  assert.equal(masked, "Dear <EMAIL_1>, we charged <CREDIT_CARD_1>.");
  assert.equal(pseudonyms.restore(masked), text);
  for (const change of [
    "<email_1>",
    "< EMAIL_1 >",
    "<EMAIL\\_1>",
    "&lt;EMAIL_1&gt;",
    "<EMAIL_ 1>",
  ]) {
    assert.equal(pseudonyms.restore(`to ${change}'s`), "to ada@example.com's", change);
  }
  assert.equal(createPseudonyms(createMemoryVault()).restore(masked), masked);
  assert.equal(pseudonyms.restore("<EMAIL_7> <NOTHING_1>"), "<EMAIL_7> <NOTHING_1>");
});

test("a vault without room leaves the value redacted", () => {
  const full = { put: () => null, get: () => null };
  assert.equal(tokeniseIn(createPseudonyms(full))("email", "ada@example.com"), "<EMAIL>");
});

test("a value that keeps its format is found as what it was, and is another", () => {
  const replace = preserveFormatUnder(key);
  for (const [entity, value] of [
    ["credit_card", "4111 1111 1111 1111"],
    ["credit_card", "378282246310005"],
    ["iban", "GB29 NWBK 6016 1331 9268 19"],
    ["iban", "DE89370400440532013000"],
    ["email", "ada@example.com"],
  ] as const) {
    const masked = replace(entity, value);
    assert.notEqual(masked, value);
    assert.equal(masked, replace(entity, value));
    if (entity === "email") continue;
    assert.deepEqual(
      finder.find(`card ${masked}`).map((finding) => finding.entity),
      [entity],
      masked,
    );
    assert.equal(masked.slice(-4) === value.slice(-4), entity === "credit_card");
  }
  assert.equal(replace("person", "Ada"), "<PERSON>");
});

test("no replacement can break out of a string that it stands in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const replacers = [redact, partial, hashUnder(key), preserveFormatUnder(key)];
      for (const replace of replacers) {
        assert.doesNotMatch(replace("email", value), /["'\\\n\r\0]/);
        assert.doesNotMatch(replace("credit_card", value), /["'\\\n\r\0]/);
      }
    }),
  );
});

function hmac(secret: string, message: string): string {
  return createHmac("sha256", secret).update(message).digest("hex").slice(0, 16);
}

test("a text that was not looked at to its end is replaced whole", () => {
  const found = [{ entity: "unscanned", start: 20, end: 40, confidence: 1, rule: "over_budget" }];
  const greedy = { ...finder, find: () => found as ReturnType<typeof finder.find> };
  const masked = maskText(greedy, redact, "a text of forty bytes, and then something");
  assert.deepEqual(masked, { text: "<UNSCANNED>", entities: ["unscanned"] });
});
