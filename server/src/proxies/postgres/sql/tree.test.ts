import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { rules } from "./rules.ts";
import { fieldRules, leafNodes, transparentNodes } from "./tree-fields.ts";

/** The parser's own description of its trees, in TypeScript. */
const declarations = readFileSync(
  createRequire(createRequire(import.meta.url).resolve("libpg-query")).resolve(
    "@pgsql/types/types.d.ts",
  ),
  "utf8",
);

const ruled = new Set(rules.map(([type]) => type));
const known = new Set([...ruled, ...leafNodes, ...transparentNodes]);

const fieldsOf = new Map(
  [...declarations.matchAll(/export interface (\w+) \{([^}]*)\}/g)].map(([, type, body]) => [
    type ?? "",
    [...(body ?? "").matchAll(/(\w+)\?: (\w+)(\[\])?;/g)].map(
      ([, field = "", fieldType = "", list]) => ({ field, fieldType, isList: list !== undefined }),
    ),
  ]),
);

test("a field that holds a bare node is known for what it holds, in every type that is walked", () => {
  const seen = new Map([...known].map((type) => [type, fieldsOf.get(type) ?? []]));
  for (const [type, fields] of seen) {
    for (const { field, fieldType, isList } of fields) {
      if (fieldType === "Node" || !fieldsOf.has(fieldType)) continue;
      const rule = fieldRules.get(type)?.get(field);
      const isSeenTo =
        rule?.bare === fieldType || seenToByRule.has(`${type}.${field}`) || fieldType === "Query";
      assert.ok(isSeenTo && !isList, `${type}.${field} holds a bare ${fieldType}`);
    }
  }
});

/** The rules of these types look into them by themselves. */
const seenToByRule = new Set([
  "A_Const.bsval",
  "A_Const.boolval",
  "A_Const.fval",
  "A_Const.ival",
  "A_Const.sval",
  "CallStmt.funcexpr",
]);

test("a type has one meaning at most", () => {
  const all = [...rules.map(([type]) => type), ...leafNodes, ...transparentNodes];
  assert.deepEqual(
    all.filter((type, index) => all.indexOf(type) !== index),
    [],
  );
});

test("every statement of the grammar has a rule, but those that only stand in function bodies", () => {
  const statements = [...fieldsOf.keys()].filter((type) => type.endsWith("Stmt"));
  const without = statements.filter((type) => !ruled.has(type));
  assert.deepEqual(without.toSorted(), [
    "PLAssignStmt",
    "RawStmt",
    "ReplicaIdentityStmt",
    "ReturnStmt",
    "SetOperationStmt",
  ]);
});
