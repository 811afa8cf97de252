import assert from "node:assert/strict";
import { test } from "node:test";
import { besidesText, relationText, touchesSensitive } from "./touched-text.ts";
import type { Touched } from "./wire/effect.ts";

const relation = {
  name: "public.customers",
  isView: false,
  columns: [
    { name: "email", sensitive: true },
    { name: "id", sensitive: false },
  ],
  columnsMore: 0,
};
const touched: Touched = {
  relations: [relation],
  relationsMore: 0,
  besides: [],
  at: "2026-11-26T08:00:00.000Z",
};

test("a relation is said with its columns, which of them are marked, and how many more there are", () => {
  assert.equal(relationText(relation), "public.customers: email (sensitive), id");
  assert.equal(
    relationText({ ...relation, isView: true, columnsMore: 3 }),
    "public.customers (view): email (sensitive), id and 3 more",
  );
  assert.equal(
    relationText({ ...relation, columns: [] }),
    "public.customers: no column of its own",
  );
});

test("what is not known is never said like nothing", () => {
  assert.equal(besidesText(touched), "");
  assert.equal(besidesText({ ...touched, relationsMore: 1 }), "1 more relation.");
  assert.equal(besidesText({ ...touched, relations: [] }), "It touches no relation.");
  const unknown = { ...touched, relations: null, besides: ["It can't be read."] };
  assert.equal(besidesText(unknown), "It is not known what it touches. It can't be read.");
  assert.equal(touchesSensitive(unknown), false);
  assert.equal(touchesSensitive(touched), true);
});
