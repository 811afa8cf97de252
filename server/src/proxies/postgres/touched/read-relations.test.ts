import assert from "node:assert/strict";
import { test } from "node:test";
import { namesIn } from "./read-relations.ts";

test("a relation behind a list of hundreds of thousands is found", () => {
  const list = Array.from({ length: 300_000 }, () => ({ A_Const: { ival: { ival: 1 } } }));
  const names = namesIn([[{ RangeVar: { relname: "items" } }, ...list]]);
  assert.deepEqual(names, [[null, "items"]]);
});
