import assert from "node:assert/strict";
import { test } from "node:test";
import { isColumn, type MaskTarget, targetText } from "./obligation.ts";

test("a masked column is found in whatever case the database and the policy write it", () => {
  const target = { schema: "public", table: "customers", column: "phone" };
  assert(isColumn(target, { schema: "Public", table: "Customers", column: "PHONE" }));
  for (const other of ["schema", "table", "column"]) {
    assert(!isColumn(target, { ...target, [other]: "else" }), other);
  }
});

test("two targets have one text only if they are one target", () => {
  const column = (schema: string, table: string, name: string): MaskTarget => ({
    kind: "column",
    schema,
    table,
    column: name,
  });
  const texts = [
    column("a", "b", "c"),
    column("a.b", "c", "d"),
    column("a", "b.c", "d"),
    column("a", 'b"."c', "d"),
    column('a"', "b", "c"),
    column("a", "b", "c d"),
    { kind: "entity", entity: "email" } as const,
  ].map(targetText);
  assert.equal(new Set(texts).size, texts.length);
  assert.deepEqual(texts.slice(0, 2), ["a.b.c", '"a.b".c.d']);
});
