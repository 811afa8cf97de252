/** What the statements that change rows do. */
import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  ResTarget,
  TruncateStmt,
  UpdateStmt,
} from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { mentionsColumn, visitInColumns } from "./columns.ts";
import { changes, looksAt } from "./relation-rules.ts";
import { stringsOf, unwrap } from "./tree.ts";
import type { Place, Rules, Walk } from "./walk.ts";
import { scopeOf } from "./with-names.ts";

export const changeRules: Rules = [
  ["DeleteStmt", remove],
  ["InsertStmt", insert],
  ["MergeStmt", merge],
  ["OnConflictClause", onConflict],
  ["TruncateStmt", truncate],
  ["UpdateStmt", update],
];

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
    visitInColumns(clause.values ?? [], columns, place, walk);
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
