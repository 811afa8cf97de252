/** What the statements that read and change rows do. */
import type {
  CommonTableExpr,
  DeleteStmt,
  InsertStmt,
  IntoClause,
  LockingClause,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  ResTarget,
  SelectStmt,
  TruncateStmt,
  UpdateStmt,
  WithClause,
} from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { mentionsColumn } from "./columns.ts";
import { changes, looksAt } from "./expression-rules.ts";
import { outputsOf } from "./named-setting.ts";
import { stringsOf, unwrap } from "./tree.ts";
import type { Place, Rule, Scope, Walk } from "./walk.ts";

export const queryRules: readonly (readonly [type: string, rule: Rule])[] = [
  ["DeleteStmt", remove],
  ["InsertStmt", insert],
  ["IntoClause", into],
  ["LockingClause", () => {}],
  ["MergeStmt", merge],
  ["OnConflictClause", onConflict],
  ["SelectStmt", select],
  ["TruncateStmt", truncate],
  ["UpdateStmt", update],
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
  visitOutputs(outputs, outer.columns, place, walk);
  for (const list of node.valuesLists ?? []) {
    const values = "List" in list ? (list.List.items ?? []) : [list];
    visitValues(values, outer.columns, place, walk);
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

/**
 * The names that WITH gives, and a visit to their queries. Without RECURSIVE a name is not visible in its own query
 * nor before it: there it is a relation.
 */
function scopeOf(clause: WithClause | undefined, place: Place, walk: Walk): Scope | null {
  if (clause === undefined) return place.scope;
  const names = new Map<string, number>();
  const tables = (clause.ctes ?? []).flatMap((node) =>
    "CommonTableExpr" in node ? [node.CommonTableExpr] : [],
  );
  for (const [index, { ctename }] of tables.entries()) {
    if (!names.has(ctename ?? "")) names.set(ctename ?? "", index);
  }
  const outer = place.scope;
  for (const [index, table] of tables.entries()) {
    const count = clause.recursive === true ? tables.length : index;
    const scope: Scope = { names, count, outer };
    visitTable(table, { ...place, scope, access: "read", column: null, columns: null }, walk);
  }
  return { names, count: tables.length, outer };
}

function visitTable(table: CommonTableExpr, place: Place, walk: Walk): void {
  walk.visitFields("CommonTableExpr", table, place);
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

function insert(node: InsertStmt, outer: Place, walk: Walk): void {
  const place = writing("insert", node, outer, walk);
  const columns = (node.cols ?? []).map(targetName);
  walk.visit(node.selectStmt, { ...place, columns: columns.length === 0 ? null : columns });
  walk.visitBare("OnConflictClause", node.onConflictClause, place);
  walk.visitFields("InsertStmt", node, place, [
    "cols",
    "onConflictClause",
    "relation",
    "selectStmt",
    "withClause",
  ]);
  for (const column of node.cols ?? []) walk.visit(column, place);
}

function onConflict(node: OnConflictClause, place: Place, walk: Walk): void {
  if (node.action === "ONCONFLICT_UPDATE" && place.runs) walk.findings.kinds.add("upsert");
  visitAssignments(node.targetList ?? [], place, walk);
  walk.visitFields("OnConflictClause", node, place, ["targetList"]);
}

function update(node: UpdateStmt, outer: Place, walk: Walk): void {
  const place = writing("update", node, outer, walk);
  if (place.runs && !mentionsColumn(node.whereClause)) walk.findings.filtered = false;
  visitAssignments(node.targetList ?? [], place, walk);
  walk.visitFields("UpdateStmt", node, place, ["relation", "targetList", "withClause"]);
}

function remove(node: DeleteStmt, outer: Place, walk: Walk): void {
  const place = writing("delete", node, outer, walk);
  if (place.runs && !mentionsColumn(node.whereClause)) walk.findings.filtered = false;
  walk.visitFields("DeleteStmt", node, place, ["relation", "withClause"]);
}

function merge(node: MergeStmt, outer: Place, walk: Walk): void {
  const place = writing("merge", node, outer, walk);
  for (const clause of node.mergeWhenClauses ?? []) {
    if ("MergeWhenClause" in clause) mergeAction(clause.MergeWhenClause, node, place, walk);
    else walk.visit(clause, place);
  }
  walk.visitFields("MergeStmt", node, place, ["mergeWhenClauses", "relation", "withClause"]);
}

function mergeAction(
  clause: MergeWhenClause,
  { joinCondition }: MergeStmt,
  place: Place,
  walk: Walk,
): void {
  const { findings } = walk;
  const kind = mergeKinds[clause.commandType ?? ""];
  const isChange = kind === "update" || kind === "delete";
  if (place.runs && kind !== undefined) findings.kinds.add(kind);
  // What no row of the source matches is everything else, unless the clause says which.
  const condition =
    clause.matchKind === "MERGE_WHEN_NOT_MATCHED_BY_SOURCE" ? clause.condition : joinCondition;
  if (place.runs && isChange && !mentionsColumn(condition)) findings.filtered = false;
  if (kind === "insert") {
    const columns = (clause.targetList ?? []).map(targetName);
    visitValues(clause.values ?? [], columns, place, walk);
    walk.visit(clause.targetList, place);
  } else {
    visitAssignments(clause.targetList ?? [], place, walk);
    walk.visit(clause.values, place);
  }
  walk.visit(clause.condition, place);
}

const mergeKinds: Readonly<Record<string, string>> = {
  CMD_DELETE: "delete",
  CMD_INSERT: "insert",
  CMD_UPDATE: "update",
};

/** What the statements that change rows have in common. RETURNING shows rows of the target: that is a read too. */
function writing(
  kind: string,
  node: InsertStmt | UpdateStmt | DeleteStmt | MergeStmt,
  outer: Place,
  walk: Walk,
): Place {
  const { findings } = walk;
  const { relation, returningClause, withClause } = node;
  findings.provable = false;
  if (outer.runs) {
    findings.changes += 1;
    findings.kinds.add(kind);
    findings.verbs.add("sql.write");
    changes(findings, relation);
  }
  if (!outer.runs || returningClause !== undefined) looksAt(findings, relation);
  const scope = scopeOf(withClause, outer, walk);
  return { ...outer, scope, access: "read", column: null, columns: null };
}

function truncate(node: TruncateStmt, place: Place, { findings }: Walk): void {
  findings.kinds.add("truncate");
  findings.verbs.add("sql.write");
  findings.filtered = false;
  for (const relation of node.relations ?? []) {
    if (place.runs && "RangeVar" in relation) changes(findings, relation.RangeVar);
  }
}

function visitOutputs(
  targets: readonly Node[],
  columns: Place["columns"],
  place: Place,
  walk: Walk,
): void {
  for (const [index, target] of targets.entries()) {
    walk.visit(target, { ...place, column: columns?.[index] ?? null });
  }
}

function visitValues(
  values: readonly Node[],
  columns: Place["columns"],
  place: Place,
  walk: Walk,
): void {
  for (const [index, value] of values.entries()) {
    walk.visit(value, { ...place, column: columns?.[index] ?? null });
  }
}

/** `set a = …` and `set (a, b) = (…, …)`. */
function visitAssignments(targets: readonly Node[], place: Place, walk: Walk): void {
  for (const node of targets) {
    if (!("ResTarget" in node)) {
      walk.visit(node, place);
      continue;
    }
    const { indirection, val } = node.ResTarget;
    const inner: Place = { ...place, column: targetName(node) };
    walk.visit(indirection, place);
    if (val === undefined || !("MultiAssignRef" in val)) {
      walk.visit(val, inner);
      continue;
    }
    // The tree repeats the right side for each column; a row is visited item by item.
    const { source, colno = 1 } = val.MultiAssignRef;
    const row = source !== undefined && "RowExpr" in source ? source.RowExpr.args : undefined;
    if (row !== undefined) walk.visit(row[colno - 1], inner);
    else if (colno === 1) walk.visit(source, place);
  }
}

/** The column that is assigned to, with the path into it where one is written. */
function targetName(node: Node): string | null {
  const target = unwrap(node);
  if (target?.type !== "ResTarget") return null;
  const { name, indirection } = target.node as ResTarget;
  return name === undefined ? null : dotted([name, ...stringsOf(indirection)]);
}
