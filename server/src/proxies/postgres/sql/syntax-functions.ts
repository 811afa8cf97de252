/**
 * What this grammar reads as syntax of its own, and servers before it as calls of functions with these names: there it may
 * be one that somebody has made, as behind the name of any built-in that a server does not have.
 */
import type { Fields } from "./tree.ts";

/** The names of functions that a node of this type may call; null for a type that is no such syntax. */
export function syntaxFunction(type: string, node: object): string | null {
  if (type === "JsonFuncExpr") return byOperation[String((node as Fields)["op"])] ?? "json_query";
  return byType.get(type) ?? null;
}

/** A function's name as the text may have it: of this one the grammar adds the schema by itself. */
export function asWritten(parts: readonly string[]): readonly string[] {
  return parts.join(".") === "pg_catalog.json_object" ? ["json_object"] : parts;
}

const byOperation: Readonly<Record<string, string>> = {
  JSON_EXISTS_OP: "json_exists",
  JSON_QUERY_OP: "json_query",
  JSON_VALUE_OP: "json_value",
};

const byType: ReadonlyMap<string, string> = new Map([
  ["JsonArrayAgg", "json_arrayagg"],
  ["JsonArrayConstructor", "json_array"],
  ["JsonArrayQueryConstructor", "json_array"],
  ["JsonObjectAgg", "json_objectagg"],
  ["JsonObjectConstructor", "json_object"],
  ["JsonParseExpr", "json"],
  ["JsonScalarExpr", "json_scalar"],
  ["JsonSerializeExpr", "json_serialize"],
  ["JsonTable", "json_table"],
  ["MergeSupportFunc", "merge_action"],
]);

export const syntaxTypes: readonly string[] = ["JsonFuncExpr", ...byType.keys()];
export const syntaxNames: readonly string[] = [...Object.values(byOperation), ...byType.values()];
