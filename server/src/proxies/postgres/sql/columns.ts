/** Which column a constant belongs to: a hint for masking, as written. */
import type { Node } from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { stringsOf } from "./tree.ts";
import type { Place, Walk } from "./walk.ts";

/** Beyond this many levels down a column is not looked for. */
const levelsMax = 8;

/** The column that an expression is about, or null: the first one in it, through casts, calls and operators. */
export function comparedColumn(node: Node | undefined, level = 0): string | null {
  if (node === undefined || level > levelsMax) return null;
  if ("ColumnRef" in node) {
    const parts = stringsOf(node.ColumnRef.fields);
    return parts.length === 0 ? null : dotted(parts);
  }
  for (const part of partsOf(node)) {
    const column = comparedColumn(part, level + 1);
    if (column !== null) return column;
  }
  return null;
}

function partsOf(node: Node): readonly (Node | undefined)[] {
  if ("TypeCast" in node) return [node.TypeCast.arg];
  if ("CollateClause" in node) return [node.CollateClause.arg];
  if ("A_Indirection" in node) return [node.A_Indirection.arg];
  if ("FuncCall" in node) return node.FuncCall.args ?? [];
  if ("CoalesceExpr" in node) return node.CoalesceExpr.args ?? [];
  if ("A_Expr" in node) return [node.A_Expr.lexpr, node.A_Expr.rexpr];
  return [];
}

/** Values or outputs, each for the column that stands in the same place. */
export function visitInColumns(
  nodes: readonly Node[],
  columns: Place["columns"],
  place: Place,
  walk: Walk,
): void {
  for (const [index, node] of nodes.entries()) {
    walk.visit(node, { ...place, column: columns?.[index] ?? null });
  }
}

/** Whether a condition looks at any column: one that does not keeps all rows or none. */
export function mentionsColumn(condition: Node | undefined): boolean {
  const pending: unknown[] = [condition];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (typeof at !== "object" || at === null) continue;
    if ("ColumnRef" in at || "CurrentOfExpr" in at) return true;
    for (const value of Object.values(at)) if (typeof value === "object") pending.push(value);
  }
  return false;
}
