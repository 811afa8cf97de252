import assert from "node:assert/strict";
import { test } from "node:test";
import { rowFate, sampleText, sampleTitle, valueWord } from "./sample-text.ts";

const value = [{ text: "a", isMasked: false, isCut: false }];
const goes = { before: value, after: null, changed: [] };
const comes = { before: null, after: value, changed: [] };
const changes = { before: value, after: value, changed: [0] };

test("a row's fate, and the title over several, says what would happen to it", () => {
  assert.deepEqual([goes, comes, changes].map(rowFate), ["goes", "comes", "changes"]);
  assert.equal(sampleTitle({ rows: [goes, goes] }), "Rows that would go");
  assert.equal(sampleTitle({ rows: [comes] }), "Rows that would come");
  assert.equal(sampleTitle({ rows: [changes] }), "Rows before and after");
  assert.equal(sampleTitle({ rows: [comes, goes] }), "Rows before and after");
});

test("how much of it is shown is said: of the rows and of the columns", () => {
  const sample = { relation: "public.items", columns: [], columnsMore: 0, rows: [goes] };
  assert.equal(sampleText(sample, { rows: 1 }), "1 row of public.items, as measured; masked.");
  assert.equal(
    sampleText({ ...sample, columnsMore: 2 }, { rows: 1200 }),
    "1 of 1,200 rows of public.items, as measured; masked. 2 more columns not shown.",
  );
});

test("nothing and emptiness are told apart", () => {
  assert.deepEqual(
    [null, "", "a"].map((text) => valueWord({ text })),
    ["NULL", "empty", null],
  );
});
