/**
 * Whether one statement provably does no more than another: the same statement with conditions added by AND,
 * or with a smaller LIMIT (SEMANTICS §5, "Override").
 *
 * A proof on the trees of the server's own grammar, so that comments, spaces and quotes count for nothing.
 * Conservative: whatever is not known here to do less does not narrow. What an added condition may hold is a
 * closed list in which nothing has an effect, calls a function or takes a parameter: a parameter could change
 * the type, and so the meaning, of the same parameter elsewhere.
 *
 * It knows no catalogue: that names and operators stand for the same, and for built-in ones, its caller shows.
 */
import type { A_Expr, DeleteStmt, Node, RawStmt, SelectStmt, UpdateStmt } from "libpg-query";
import { stringOf } from "#/proxies/postgres/sql/tree.ts";

export function narrows(before: readonly RawStmt[], after: readonly RawStmt[]): boolean {
  const [one, other] = [before[0]?.stmt, after[0]?.stmt];
  if (before.length !== 1 || after.length !== 1 || one === undefined || other === undefined) {
    return false;
  }
  if ("DeleteStmt" in one && "DeleteStmt" in other) {
    return changesLess("DeleteStmt", one.DeleteStmt, other.DeleteStmt);
  }
  if ("UpdateStmt" in one && "UpdateStmt" in other) {
    // Of several rows that FROM finds for a row, a condition could choose whose values are written.
    if (one.UpdateStmt.fromClause !== undefined) return false;
    return changesLess("UpdateStmt", one.UpdateStmt, other.UpdateStmt);
  }
  if ("SelectStmt" in one && "SelectStmt" in other) {
    return readsLess(one.SelectStmt, other.SelectStmt);
  }
  return false;
}

/** A query in WITH may change rows by itself, which what is below it then has to keep up with. */
function changesLess(
  type: string,
  one: DeleteStmt | UpdateStmt,
  other: DeleteStmt | UpdateStmt,
): boolean {
  if (one.withClause !== undefined) return false;
  const rest = { whereClause: undefined };
  return (
    isSame({ type, ...one, ...rest }, { type, ...other, ...rest }) &&
    addsConditions(one.whereClause, other.whereClause)
  );
}

function readsLess(one: SelectStmt, other: SelectStmt): boolean {
  if (one.withClause !== undefined || one.intoClause !== undefined) return false;
  const rest = { whereClause: undefined, limitCount: undefined, limitOption: undefined };
  if (!isSame({ ...one, ...rest }, { ...other, ...rest })) return false;
  const [limit, smaller] = [limitOf(one), limitOf(other)];
  if (limit === null || smaller === null) return false;
  if (isSame(one.whereClause, other.whereClause)) return smaller < limit;
  // Under a LIMIT, or where rows are put together, fewer rows below are other rows above.
  return (
    limit === Infinity &&
    showsRowsAsTheyAre(one) &&
    addsConditions(one.whereClause, other.whereClause)
  );
}

/** Infinity where there is none; null where it is not a plain number. */
function limitOf({ limitCount, limitOption }: SelectStmt): number | null {
  if (limitOption === "LIMIT_OPTION_WITH_TIES") return null;
  if (limitCount === undefined) return Infinity;
  if (!("A_Const" in limitCount)) return null;
  const { isnull, ival } = limitCount.A_Const;
  if (isnull === true) return Infinity;
  return ival === undefined ? null : (ival.ival ?? 0);
}

/** Its outputs are columns and constants, and each row of it stands for itself. */
function showsRowsAsTheyAre(node: SelectStmt): boolean {
  const known = Object.keys(node).every((field) => plainSelectFields.has(field));
  const isFlat = (node.op ?? "SETOP_NONE") === "SETOP_NONE";
  return (
    known &&
    isFlat &&
    (node.targetList ?? []).every(
      (target) =>
        "ResTarget" in target &&
        target.ResTarget.indirection === undefined &&
        target.ResTarget.val !== undefined &&
        ("ColumnRef" in target.ResTarget.val || "A_Const" in target.ResTarget.val),
    )
  );
}

const plainSelectFields: ReadonlySet<string> = new Set([
  "fromClause",
  "limitOption",
  "op",
  "sortClause",
  "targetList",
  "whereClause",
]);

/** Each condition from before is there still, in its order, and what is new beside them is plain. */
function addsConditions(one: Node | undefined, other: Node | undefined): boolean {
  const before = conditionsOf(one);
  const after = conditionsOf(other);
  let kept = 0;
  for (const condition of after) {
    if (kept < before.length && isSame(before[kept], condition)) kept += 1;
    else if (!isPlain(condition)) return false;
  }
  return kept === before.length && after.length > before.length;
}

/** What is joined by AND on the outermost level. */
function conditionsOf(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  if (!("BoolExpr" in node) || node.BoolExpr.boolop !== "AND_EXPR") return [node];
  return (node.BoolExpr.args ?? []).flatMap(conditionsOf);
}

function isPlain(node: Node): boolean {
  if ("BoolExpr" in node) return (node.BoolExpr.args ?? []).every(isPlain);
  if ("NullTest" in node) {
    return node.NullTest.arg !== undefined && isColumn(node.NullTest.arg);
  }
  if ("A_Expr" in node) return isPlainComparison(node.A_Expr);
  if ("A_Const" in node) return node.A_Const.boolval !== undefined;
  return isColumn(node);
}

function isPlainComparison({ kind, name = [], lexpr, rexpr }: A_Expr): boolean {
  const operator = name.length === 1 ? stringOf(name[0]) : null;
  const operators = plainOperators[kind ?? ""];
  if (operator === null || operators?.includes(operator) !== true) return false;
  if (lexpr === undefined || rexpr === undefined || !isOperand(lexpr)) return false;
  if ("List" in rexpr) return (rexpr.List.items ?? []).every(isConstant);
  return isOperand(rexpr);
}

const plainOperators: Readonly<Record<string, readonly string[]>> = {
  AEXPR_BETWEEN: ["BETWEEN"],
  AEXPR_IN: ["=", "<>"],
  AEXPR_LIKE: ["~~", "!~~"],
  AEXPR_NOT_BETWEEN: ["NOT BETWEEN"],
  AEXPR_OP: ["<", "<=", "<>", "=", ">", ">="],
};

function isOperand(node: Node): boolean {
  return isColumn(node) || isConstant(node);
}

function isColumn(node: Node): boolean {
  if (!("ColumnRef" in node)) return false;
  const fields = node.ColumnRef.fields ?? [];
  return (
    fields.length >= 1 && fields.length <= 2 && fields.every((field) => stringOf(field) !== null)
  );
}

function isConstant(node: Node): boolean {
  return "A_Const" in node;
}

/** In everything but where it stands in its text. */
function isSame(one: unknown, other: unknown): boolean {
  return withoutPlaces(one) === withoutPlaces(other);
}

/** The parser writes fields in the order of its own definitions, so that equal trees are equal texts. */
function withoutPlaces(tree: unknown): string {
  return JSON.stringify(tree ?? null, (key, value: unknown) =>
    typeof value === "number" && places.test(key) ? undefined : value,
  );
}

const places = /(?:^|_)(?:location|list_start|list_end)$/;
