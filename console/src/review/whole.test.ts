import { expect, test } from "vitest";
import { review } from "../review.fixture.ts";
import { shownCharsMax, shownLinesMax, shownPart } from "../text/shown-part.ts";
import { isShownAtOnce, parametersShownMax } from "./whole.ts";

const parameter = { type: 25, format: "text", text: "a" } as const;

test("a command and values of ordinary size are shown at once", () => {
  expect(isShownAtOnce({ ...review, parameters: [parameter, { ...parameter, text: null }] })).toBe(
    true,
  );
  expect(isShownAtOnce({ ...review, command: "a\n".repeat(shownLinesMax - 1) })).toBe(true);
  expect(isShownAtOnce({ ...review, command: "a".repeat(shownCharsMax) })).toBe(true);
});

test.each([
  ["more lines", { command: `${"a\n".repeat(shownLinesMax)}a` }],
  ["more characters", { command: "a".repeat(shownCharsMax + 1) }],
  ["a long value", { parameters: [{ ...parameter, text: "a".repeat(shownCharsMax + 1) }] }],
  ["many values", { parameters: Array.from({ length: parametersShownMax + 1 }, () => parameter) }],
])("with %s, only a part is shown", (_what, more) => {
  expect(isShownAtOnce({ ...review, ...more })).toBe(false);
});

test("a part ends at a line or within the limit, and never within a character", () => {
  expect(shownPart("ab\n".repeat(1_000)).split("\n")).toHaveLength(shownLinesMax);
  expect(shownPart(`a${"😀".repeat(shownCharsMax)}`)).toHaveLength(shownCharsMax - 1);
});
