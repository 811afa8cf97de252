/** What the server calls an output that has no name of its own. */
import { fieldsOf, namesOf, partOf } from "./node.ts";

/** Null where that is not known: it may then be called anything. */
export function outputName(expression: unknown): string | null {
  const column = partOf(expression, "ColumnRef");
  if (column !== null) return namesOf(column["fields"]).at(-1) ?? null;
  const call = partOf(expression, "FuncCall");
  if (call !== null) return namesOf(call["funcname"]).at(-1) ?? null;
  const collated = partOf(expression, "CollateClause");
  if (collated !== null) return outputName(collated["arg"]);
  const cast = partOf(expression, "TypeCast");
  if (cast !== null) {
    const inner = outputName(cast["arg"]);
    return inner === "?column?" ? null : inner;
  }
  if (partOf(expression, "CoalesceExpr") !== null) return "coalesce";
  if (partOf(expression, "A_ArrayExpr") !== null) return "array";
  const link = partOf(expression, "SubLink");
  if (link?.["subLinkType"] === "EXISTS_SUBLINK") return "exists";
  const isUnnamed = ["A_Expr", "A_Const", "BoolExpr", "NullTest", "BooleanTest", "ParamRef"].some(
    (type) => fieldsOf(expression)?.[type] !== undefined,
  );
  return isUnnamed ? "?column?" : null;
}
