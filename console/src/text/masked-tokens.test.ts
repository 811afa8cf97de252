import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commandLines } from "./command-lines.ts";
import { maskedIndex, maskedTokens } from "./masked-tokens.ts";
import { sqlTokens } from "./sql-tokens.ts";

const spans = fc.array(
  fc.record({ start: fc.nat(60), end: fc.nat(60), title: fc.constant("e-mail address") }),
  { maxLength: 6 },
);

test("whatever is masked, the tokens are the text, in order", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 50 }), spans, (text, masked) => {
      const tokens = maskedTokens(sqlTokens(text), masked);
      expect(tokens.map((token) => token.text).join("")).toBe(text);
      expect(tokens.every((token) => token.text !== "" || text === "")).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("a masked part is one token, also within a string and over several", () => {
  const text = "select '<EMAIL_1>', <CREDIT_CARD_1> from t";
  const at = (part: string) => {
    const start = text.indexOf(part);
    return { start, end: start + part.length, title: "" };
  };
  const masked = [at("<CREDIT_CARD_1>"), at("<EMAIL_1>")];
  const found = maskedTokens(sqlTokens(text), masked).flatMap(({ kind, text: part }) => {
    const index = maskedIndex(kind);
    return index === null ? [] : [[index, part]];
  });
  expect(found).toEqual([
    [1, "<EMAIL_1>"],
    [0, "<CREDIT_CARD_1>"],
  ]);
  const pieces = commandLines(text, maskedTokens(sqlTokens(text), masked)).flat();
  expect(pieces.map((piece) => (piece.kind === "mark" ? "?" : piece.text)).join("")).toBe(text);
});

test("of what is cut off, overlaps or is no part of the text nothing is masked", () => {
  const span = (start: number, end: number) => ({ start, end, title: "" });
  const masked = [span(2, 9), span(-1, 2), span(1, 1), span(0, 2), span(1, 3), span(3, 4)];
  const tokens = maskedTokens([{ kind: "other", text: "abcdef" }], masked);
  expect(tokens).toEqual([
    { kind: "masked-3", text: "ab" },
    { kind: "other", text: "c" },
    { kind: "masked-5", text: "d" },
    { kind: "other", text: "ef" },
  ]);
});
