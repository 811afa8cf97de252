import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sqlTokens } from "./sql-tokens.ts";

/** Whatever opens, closes or looks like the beginning of something. */
const pieces = fc.constantFrom(
  ..."' '' \" $$ $a$ $1 $ -- /* */ \\ E' U&' select 1.5e 1_0 . ; _x <U+202E>".split(" "),
  ..."\n|\r| |é|e\u0301|\u202e|😀|\ud83d|\0".split("|"),
);
const hostile = fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 40 });

test("the tokens of any text, put together, are the text", () => {
  fc.assert(
    fc.property(hostile, (parts) => {
      const text = parts.join("");
      const tokens = sqlTokens(text);
      expect(tokens.map((token) => token.text).join("")).toBe(text);
      expect(tokens.every((token) => token.text !== "")).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["a nested comment ends with its last end", "/* a /* b */ c */ d", ["/* a /* b */ c */"]],
  ["a line comment ends with its line", "-- a\ndelete", ["-- a"]],
  ["a comment without an end goes to the end", "/* a */ /* b", ["/* a */", "/* b"]],
  ["what stands in a string is no comment", "'--' \"/*\" $$--$$", []],
  ["a backslash ends no plain string", "'\\' -- a", ["-- a"]],
  ["a backslash hides the quote of an escape string", "E'\\' -- a'", []],
  ["a dollar string ends at its own tag", "$a$ $$ -- $b$ $a$ -- c", ["-- c"]],
  ["a dollar within a name opens nothing", "a$b$ -- c", ["-- c"]],
];

test.each(cases)("%s", (_guarantee, text, comments) => {
  const found = sqlTokens(text).filter(({ kind }) => kind === "comment");
  expect(found.map((token) => token.text)).toEqual(comments);
});

test("a long text of openings is split in linear time", () => {
  // So long that the square of it would take hours.
  const text = "/*'\"$a$".repeat(200_000);
  expect(
    sqlTokens(text)
      .map((token) => token.text)
      .join(""),
  ).toBe(text);
});
