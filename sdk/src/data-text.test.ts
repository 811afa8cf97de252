import assert from "node:assert/strict";
import { test } from "node:test";
import { dataMissingText, dataText } from "./data-text.ts";
import type { LoadedData } from "./wire/content.ts";

const data: LoadedData = {
  format: "csv",
  sha256: "0".repeat(64),
  bytes: 12_345,
  rows: 1_000,
  columns: ["id"],
  firstRows: [{ values: [{ type: 23, format: "text", text: "1" }], isCut: false }],
};

test("data says how much it is, and in which form", () => {
  assert.equal(dataText(data), "1,000 rows, 12,345 bytes of CSV");
  assert.equal(dataText({ ...data, rows: 1, bytes: 1, format: "text" }), "1 row, 1 byte of text");
  assert.equal(
    dataText({ ...data, rows: null, format: "binary" }),
    "12,345 bytes, which are not in COPY's binary form",
  );
});

test("whatever of it is not shown is said, and nothing where all is", () => {
  assert.match(dataMissingText(data) ?? "", /^Only its first 1 row can be shown\. An approval/);
  assert.equal(dataMissingText({ ...data, rows: 1 }), null);
  const cut = { values: [], isCut: true };
  assert.match(
    dataMissingText({ ...data, rows: 1, firstRows: [cut] }) ?? "",
    /Some of them are cut/,
  );
  assert.match(dataMissingText({ ...data, rows: null, firstRows: [] }) ?? "", /^None of its rows/);
});
