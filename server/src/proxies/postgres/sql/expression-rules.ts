/** What expressions mean that call nothing by name: operators, types, subqueries, and the constants beside columns. */
import type {
  A_Const,
  A_Expr,
  CaseExpr,
  Node,
  ParamRef,
  SortBy,
  SubLink,
  TypeCast,
  TypeName,
} from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { comparedColumn } from "./columns.ts";
import { stringsOf } from "./tree.ts";
import { type Findings, markOpaque, type Place, type Rules, type Walk } from "./walk.ts";

export const expressionRules: Rules = [
  ["A_Const", constant],
  ["A_Expr", expression],
  ["CaseExpr", caseExpression],
  ["ParamRef", parameter],
  ["SortBy", sorting],
  ["SubLink", subquery],
  ["TypeCast", cast],
  ["TypeName", typeName],
];

function expression(node: A_Expr, place: Place, walk: Walk): void {
  noteOperator(stringsOf(node.name), walk.findings);
  const { lexpr, rexpr } = node;
  const [row, rows] = [rowOf(lexpr), rowsOf(rexpr)];
  if (row !== null && rows !== null) {
    visitBeside(row, rows[0] ?? [], place, walk);
    for (const other of rows) visitBeside(other, row, place, walk);
    return;
  }
  const [left, right] = [comparedColumn(lexpr), comparedColumn(rexpr)];
  walk.visit(lexpr, { ...place, column: right ?? place.column });
  walk.visit(rexpr, { ...place, column: left ?? place.column });
}

/** The items of a row, each compared with the one that stands in the same place. */
function visitBeside(
  row: readonly Node[],
  others: readonly Node[],
  place: Place,
  walk: Walk,
): void {
  for (const [index, item] of row.entries()) {
    walk.visit(item, { ...place, column: comparedColumn(others[index]) ?? place.column });
  }
}

function rowOf(node: Node | undefined): readonly Node[] | null {
  return node !== undefined && "RowExpr" in node ? (node.RowExpr.args ?? []) : null;
}

/** One row, or a list of nothing but rows. */
function rowsOf(node: Node | undefined): readonly (readonly Node[])[] | null {
  const row = rowOf(node);
  if (row !== null) return [row];
  if (node === undefined || !("List" in node)) return null;
  const rows = (node.List.items ?? []).map(rowOf);
  return rows.every((item) => item !== null) ? rows : null;
}

function noteOperator(parts: readonly string[], findings: Findings): void {
  if (parts.length === 0) return;
  findings.operators.add(dotted(parts));
  const schema = parts.length > 1 ? parts.at(-2) : undefined;
  if (schema !== undefined && schema !== "pg_catalog") {
    findings.provable = false;
    markOpaque(findings, "It calls an operator that is not known to be free of effects.");
  }
}

function caseExpression(node: CaseExpr, place: Place, walk: Walk): void {
  const column = comparedColumn(node.arg) ?? place.column;
  for (const when of node.args ?? []) {
    if ("CaseWhen" in when) {
      walk.visit(when.CaseWhen.expr, { ...place, column });
      walk.visit(when.CaseWhen.result, place);
    } else {
      walk.visit(when, place);
    }
  }
  walk.visitFields("CaseExpr", node, place, ["args"]);
}

function constant(node: A_Const, { column }: Place, { findings }: Walk): void {
  findings.constants.set(node.location ?? 0, column);
}

function parameter(node: ParamRef, { column }: Place, { findings }: Walk): void {
  findings.constants.set(node.location ?? 0, column);
}

function sorting(node: SortBy, place: Place, walk: Walk): void {
  noteOperator(stringsOf(node.useOp), walk.findings);
  walk.visitFields("SortBy", node, place, ["useOp"]);
}

function subquery(node: SubLink, place: Place, walk: Walk): void {
  noteOperator(stringsOf(node.operName), walk.findings);
  const inner: Place = { ...place, access: "read", column: null, columns: null };
  walk.visitFields("SubLink", node, inner, ["operName"]);
}

function cast(node: TypeCast, place: Place, walk: Walk): void {
  walk.visitFields("TypeCast", node, place, ["typeName"]);
  walk.visitBare("TypeName", node.typeName, { ...place, column: null });
}

function typeName(node: TypeName, place: Place, walk: Walk): void {
  const parts = stringsOf(node.names);
  walk.findings.types.add(dotted(parts));
  if (parts.length > 1 && parts.at(-2) !== "pg_catalog") walk.findings.provable = false;
  walk.visitFields("TypeName", node, place, ["names"]);
}
