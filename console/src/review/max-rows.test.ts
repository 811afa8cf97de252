import { expect, test } from "vitest";
import { review } from "../review.fixture.ts";
import { maxRowsDraft, readMaxRows } from "./max-rows.ts";

const effect = {
  rows: 3,
  at: "2026-11-26T08:01:00.000Z",
  reason: null,
  caveat: null,
  sample: null,
} as const;

test("what was measured is proposed, what was only estimated or can't be kept is not", () => {
  expect(maxRowsDraft({ ...review, effect: { ...effect, basis: "measured" } })).toBe("3");
  expect(maxRowsDraft({ ...review, effect: { ...effect, basis: "measured", rows: 0 } })).toBe("");
  expect(maxRowsDraft({ ...review, effect: { ...effect, basis: "estimated" } })).toBe("");
  expect(
    maxRowsDraft({ ...review, effect: { ...effect, basis: "measured" }, uncounted: "It does." }),
  ).toBe("");
});

test("a number of rows is read as people write it, and nothing else is one", () => {
  expect([readMaxRows("3"), readMaxRows(" 1,000 "), readMaxRows("")]).toEqual([3, 1000, null]);
  expect([readMaxRows("1 000 000"), readMaxRows("1_000")]).toEqual([1_000_000, 1000]);
  for (const text of ["0", "-1", "1.5", "1e3", "many", "99999999999", "1,5", "10,00", "1,0000"]) {
    expect(readMaxRows(text)).toBe("wrong");
  }
});
