/** What queries do: SELECT and VALUES, by themselves or within a statement. */
import type { IntoClause, LockingClause, Node, SelectStmt } from "libpg-query";
import { visitInColumns } from "./columns.ts";
import { outputsOf } from "./named-setting.ts";
import { changes, looksAt } from "./relation-rules.ts";
import type { Place, Rules, Walk } from "./walk.ts";
import { scopeOf } from "./with-names.ts";

export const queryRules: Rules = [
  ["IntoClause", into],
  ["LockingClause", () => {}],
  ["SelectStmt", select],
];

/** A query that is a statement, or runs as one: SELECT then counts among the kinds. */
export function visitQuery(query: Node | undefined, place: Place, walk: Walk): void {
  if (query === undefined) return;
  if ("SelectStmt" in query) {
    walk.findings.verbs.add("sql.read");
    if (place.runs) walk.findings.kinds.add("select");
  }
  walk.visit(query, place);
}

function select(node: SelectStmt, outer: Place, walk: Walk): void {
  const { findings } = walk;
  const scope = scopeOf(node.withClause, outer, walk);
  const place: Place = { ...outer, scope, access: "read", column: null, columns: null };
  const locks = node.lockingClause !== undefined;
  if (locks) noteLocks(node.lockingClause ?? [], outer, walk);
  const access = locks || outer.access === "lock" ? "lock" : "read";
  walk.visit(node.fromClause, { ...place, access });
  for (const side of [node.larg, node.rarg]) {
    walk.visitBare("SelectStmt", side, { ...place, access, columns: outer.columns });
  }
  const outputs = outer.scope === null ? outputsOf(node) : (node.targetList ?? []);
  visitInColumns(outputs, outer.columns, place, walk);
  for (const list of node.valuesLists ?? []) {
    const values = "List" in list ? (list.List.items ?? []) : [list];
    visitInColumns(values, outer.columns, place, walk);
  }
  if (node.intoClause !== undefined && outer.runs) {
    findings.kinds.add("select_into");
    findings.verbs.add("sql.schema");
  }
  walk.visitFields("SelectStmt", node, place, [
    "fromClause",
    "larg",
    "lockingClause",
    "rarg",
    "targetList",
    "valuesLists",
    "withClause",
  ]);
}

/** What is locked is treated as written: others wait for it, and the server asks for the right to update it. */
function noteLocks(clauses: readonly Node[], place: Place, { findings }: Walk): void {
  findings.provable = false;
  if (!place.runs) return;
  findings.verbs.add("sql.write");
  for (const clause of clauses) {
    const { strength } = (clause as { readonly LockingClause?: LockingClause }).LockingClause ?? {};
    const shares = strength === "LCS_FORSHARE" || strength === "LCS_FORKEYSHARE";
    findings.kinds.add(shares ? "select_for_share" : "select_for_update");
  }
}

function into(node: IntoClause, place: Place, walk: Walk): void {
  if (place.runs) changes(walk.findings, node.rel);
  else looksAt(walk.findings, node.rel);
  walk.visitFields("IntoClause", node, { ...place, column: null }, ["rel"]);
}
