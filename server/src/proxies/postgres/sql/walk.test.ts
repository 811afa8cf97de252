import assert from "node:assert/strict";
import { test } from "node:test";
import { rules } from "./rules.ts";
import { walkTree } from "./walk.ts";

const ruleOf = new Map(rules);

function opaqueIn(tree: object): string | null {
  const { opaque, verbs } = walkTree(tree, ruleOf);
  assert.equal(opaque !== null, verbs.has("sql.opaque"));
  return opaque;
}

test("a node that no table names makes the statement opaque, wherever it stands", () => {
  const target = (val: object) => ({ SelectStmt: { targetList: [{ ResTarget: { val } }] } });
  assert.equal(opaqueIn(target({ A_Const: { location: 1 } })), null);
  assert.match(opaqueIn(target({ FutureExpr: {} })) ?? "", /FutureExpr/);
  assert.match(opaqueIn({ SelectStmt: { futureClause: [{ FutureClause: {} }] } }) ?? "", /FutureC/);
  assert.match(opaqueIn({ FutureStmt: {} }) ?? "", /FutureStmt/);
});

test("a bare node in a field that is not known to hold one makes the statement opaque", () => {
  const bare = { relname: "t", relpersistence: "p" };
  assert.notEqual(opaqueIn({ SelectStmt: { futureRelation: bare } }), null);
});

test("a tree may be as deep as it likes", () => {
  let tree: object = { FuncCall: { funcname: [{ String: { sval: "purge" } }] } };
  for (let depth = 0; depth < 100_000; depth += 1) tree = { NullTest: { arg: tree } };
  assert.notEqual(opaqueIn(tree), null);
});
