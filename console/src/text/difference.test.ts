import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type DifferenceLine, differenceOf } from "./difference.ts";
import { stepsBetween } from "./shortest-edit.ts";

const pieces = fc.constantFrom(
  ..."delete from customers where id = 7 ; -- ' a\u0301 😀 \ud83d \u202e \r \t _x 12".split(" "),
  " ",
  "\n",
  "",
);
const texts = fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 60 });

test("both sides can be put together again from any difference", () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const [before, after] = [one.join(""), other.join("")];
      const difference = differenceOf(before, after);
      expect(side(difference, "removed")).toBe(before);
      expect(side(difference, "added")).toBe(after);
    }),
    { numRuns: 3_000 },
  );
});

test("an edit of a text leaves what it does not touch unmarked, wherever it is", () => {
  fc.assert(
    fc.property(texts, texts, texts, (start, middle, end) => {
      const before = `${start.join("")}\n${end.join("")}`;
      const after = `${start.join("")}\n${middle.join("")}\n${end.join("")}`;
      expect(differenceOf(before, after).some(({ kind }) => kind === "removed")).toBe(false);
    }),
  );
});

test("the steps between two lists are as few as can be", () => {
  const items = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 9 });
  fc.assert(
    fc.property(items, items, (one, other) => {
      const shared = stepsBetween(one, other, 20).filter((step) => step === "same").length;
      expect(shared).toBe(longestShared(one, other));
    }),
    { numRuns: 1_000 },
  );
});

test("of a changed line the words that changed are marked, and no others", () => {
  expect(differenceOf("delete from customers", "delete from customers where id = 7")).toEqual([
    { kind: "removed", parts: [{ kind: "kept", text: "delete from customers" }] },
    {
      kind: "added",
      parts: [
        { kind: "kept", text: "delete from customers" },
        { kind: "changed", text: " where id = 7" },
      ],
    },
  ]);
});

test("of lines that have little in common no word is marked", () => {
  const marked = differenceOf("delete from customers;", "select 1;").flatMap(({ parts }) =>
    parts.filter(({ kind }) => kind === "changed"),
  );
  expect(marked).toEqual([]);
});

test("a difference of very long texts is whole, and takes bounded time", () => {
  // So many that the square of them would take hours.
  const long = (word: string) => Array.from({ length: 200_000 }, (_, at) => `${word}${at}`);
  for (const joint of [" ", "\n"]) {
    const [before, after] = [long("a").join(joint), long("b").join(joint)];
    const difference = differenceOf(before, after);
    expect(side(difference, "removed") === before).toBe(true);
    expect(side(difference, "added") === after).toBe(true);
  }
});

function side(difference: readonly DifferenceLine[], kind: "removed" | "added"): string {
  return difference
    .filter((line) => line.kind === "same" || line.kind === kind)
    .map(({ parts }) => parts.map(({ text }) => text).join(""))
    .join("\n");
}

function longestShared(one: readonly string[], other: readonly string[]): number {
  const [first, ...rest] = one;
  if (first === undefined || other.length === 0) return 0;
  const at = other.indexOf(first);
  const without = longestShared(rest, other);
  return at === -1 ? without : Math.max(without, 1 + longestShared(rest, other.slice(at + 1)));
}
