import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Entity } from "#/core/entity.ts";
import { createMemoryVault, createPseudonyms, startRestoring } from "./pseudonyms.ts";
import { tokeniseIn } from "./replace.ts";

const kinds: readonly Entity[] = [
  "email",
  "credit_card",
  "us_ssn",
  "phone_number",
  "provider_token",
];
const secrets = fc.tuple(fc.constantFrom(...kinds), fc.stringMatching(/^[a-z0-9@.$&<>\\-]{3,24}$/));
const words = fc.stringMatching(/^[a-z <>&_\\0-9.,]{0,20}$/);

/** A text of words and values, and the same with pseudonyms in place of the values. */
const replies = fc.array(fc.tuple(words, secrets), { minLength: 1, maxLength: 12 });

function tokenised(parts: readonly (readonly [string, readonly [Entity, string]])[]) {
  const pseudonyms = createPseudonyms(createMemoryVault());
  const replace = tokeniseIn(pseudonyms);
  const texts = parts.map(
    ([word, [entity, value]]) => [word, replace(entity, value), value] as const,
  );
  return { pseudonyms, texts };
}

/** What models do to a pseudonym that they repeat. */
const perturbations: readonly (readonly [
  string,
  (token: string) => string,
  (value: string) => string,
])[] = [
  ["lower case", (token) => token.toLowerCase(), (value) => value],
  ["a capital", (token) => `<${token[1]}${token.slice(2).toLowerCase()}`, (value) => value],
  ["a blank before the end", (token) => token.replace(">", " >"), (value) => value],
  ["a blank after the beginning", (token) => token.replace("<", "< "), (value) => value],
  ["a blank before the number", (token) => token.replace(/_(\d)/, "_ $1"), (value) => value],
  ["Markdown's escapes", (token) => token.replaceAll("_", "\\_"), (value) => value],
  ["escaped brackets", (token) => token.replace("<", "\\<").replace(">", "\\>"), (value) => value],
  [
    "HTML's references",
    (token) => token.replace("<", "&lt;").replace(">", "&gt;"),
    (value) => value,
  ],
  ["blanks for underscores", (token) => token.replaceAll("_", " "), (value) => value],
  ["a possessive", (token) => `**${token}**'s`, (value) => `**${value}**'s`],
];

test("what is repeated exactly is led back to the byte", () => {
  fc.assert(
    fc.property(replies, (parts) => {
      const { pseudonyms, texts } = tokenised(parts);
      const echo = texts.map(([, token]) => `${token} `).join("");
      // Values that are written differently and mean the same have one pseudonym, and come back as they first were.
      const first = new Map(texts.toReversed().map(([, token, value]) => [token, value]));
      assert.equal(
        pseudonyms.restore(echo),
        texts.map(([, token]) => `${first.get(token)} `).join(""),
      );
    }),
  );
});

test("ten ways in which models repeat a pseudonym lead back all the same", () => {
  let restored = 0;
  let all = 0;
  for (const [, perturb, expected] of perturbations) {
    for (const [index, kind] of kinds.entries()) {
      for (let count = 0; count < 40; count += 1) {
        const pseudonyms = createPseudonyms(createMemoryVault());
        const replace = tokeniseIn(pseudonyms);
        let token = "";
        const value = `value-${index}-${count}@example.com`;
        for (let before = 0; before < count; before += 1) replace(kind, `other ${before}`);
        token = replace(kind, value);
        const text = `see ${perturb(token)}, and answer`;
        all += 1;
        if (pseudonyms.restore(text) === `see ${expected(value)}, and answer`) restored += 1;
      }
    }
  }
  assert.ok(restored >= 0.995 * all, `${restored} of ${all}`);
});

test("a pseudonym of one session is nothing in another", () => {
  fc.assert(
    fc.property(replies, (parts) => {
      const { texts } = tokenised(parts);
      const other = createPseudonyms(createMemoryVault());
      const echo = texts.map(([, token]) => token).join(" ");
      assert.equal(other.restore(echo), echo);
    }),
  );
});

test("any cut of a text is led back to the same", () => {
  fc.assert(
    fc.property(
      replies,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (parts, sizes) => {
        const { pseudonyms, texts } = tokenised(parts);
        const text = texts
          .map(([word, token], index) => `${word}${perturbations[index % 10]?.[1](token)}`)
          .join("");
        let out = "";
        const stream = startRestoring(pseudonyms, (piece) => {
          out += piece;
        });
        for (let at = 0, step = 0; at < text.length; step += 1) {
          const size = sizes[step % sizes.length] ?? 1;
          stream.push(text.slice(at, at + size));
          at += size;
        }
        stream.end();
        assert.equal(out, pseudonyms.restore(text));
      },
    ),
    { numRuns: 500 },
  );
});
