import { expect, test } from "vitest";
import { blankStretch } from "./blank-stretch.ts";

test("a command that goes on after a long blank stretch says so", () => {
  expect(blankStretch(`delete from a${"\n".repeat(500)}where true`)).toMatch(/^500 blank lines/);
  expect(blankStretch(`delete from a${" \n".repeat(20)}or true`)).toMatch(/^20 blank lines/);
  expect(blankStretch(`delete from a${" ".repeat(200)}or true`)).toMatch(/^200 blanks/);
});

test("ordinary layout and blanks at the end are nothing to speak of", () => {
  expect(blankStretch("select 1;\n\n\n        select 2;\n")).toBe(null);
  expect(blankStretch(`select 1${"\n".repeat(500)}`)).toBe(null);
});

test("a long text is looked through in linear time", () => {
  // So long that the square of it would take hours.
  expect(blankStretch(" a".repeat(5_000_000))).toBe(null);
});
