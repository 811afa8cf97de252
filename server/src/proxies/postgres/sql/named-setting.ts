/**
 * `select set_config(name, 'x', false) from pg_settings where name = 'y'`: how pg_dump sets what an older server does
 * not know. It sets `y` or nothing, so that the text does name the setting.
 */
import type { FuncCall, Node, SelectStmt } from "libpg-query";
import { stringsOf } from "./tree.ts";

/** What the query puts out, with the name that its filter lets through in place of the column. */
export function outputsOf(query: SelectStmt): readonly Node[] {
  const { targetList = [] } = query;
  const name = filteredName(query);
  const [target] = targetList;
  if (name === null || targetList.length !== 1 || target === undefined) return targetList;
  if (!("ResTarget" in target)) return targetList;
  const { val } = target.ResTarget;
  if (val === undefined || !("FuncCall" in val)) return targetList;
  const [first, ...others] = val.FuncCall.args ?? [];
  if (!isSetConfig(val.FuncCall) || !isColumn(first, "name")) return targetList;
  const call = { FuncCall: { ...val.FuncCall, args: [name, ...others] } };
  return [{ ResTarget: { ...target.ResTarget, val: call } }];
}

/** The constant, where the query is over the list of settings alone and takes the one of that name. */
function filteredName({ fromClause = [], whereClause, withClause }: SelectStmt): Node | null {
  const [source] = fromClause;
  if (withClause !== undefined || fromClause.length !== 1 || source === undefined) return null;
  if (!("RangeVar" in source)) return null;
  const { schemaname = "pg_catalog", relname, alias } = source.RangeVar;
  if (schemaname !== "pg_catalog" || relname !== "pg_settings" || alias !== undefined) return null;
  if (whereClause === undefined || !("A_Expr" in whereClause)) return null;
  const { kind, name, lexpr, rexpr } = whereClause.A_Expr;
  const equals = kind === "AEXPR_OP" && stringsOf(name).join() === "=";
  if (!equals || !isColumn(lexpr, "name") || rexpr === undefined) return null;
  return "A_Const" in rexpr && rexpr.A_Const.sval !== undefined ? rexpr : null;
}

function isSetConfig({ funcname }: FuncCall): boolean {
  return ["set_config", "pg_catalog.set_config"].includes(stringsOf(funcname).join("."));
}

function isColumn(node: Node | undefined, name: string): boolean {
  if (node === undefined || !("ColumnRef" in node)) return false;
  const { fields = [] } = node.ColumnRef;
  return fields.length === 1 && stringsOf(fields).join() === name;
}
