/** What the parts of statements mean: relations, functions, operators, types, and the constants beside columns. */
import type {
  A_Const,
  A_Expr,
  A_Indirection,
  CaseExpr,
  CoalesceExpr,
  ColumnRef,
  FuncCall,
  JoinExpr,
  Node,
  ParamRef,
  RangeTableSample,
  RangeVar,
  SortBy,
  SubLink,
  TypeCast,
  TypeName,
} from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { comparedColumn } from "./columns.ts";
import { builtinRule, type FunctionRule, functionRule } from "./effects.ts";
import { isKnownAttribute, isSafeFunction, isSafeSampling } from "./safe-functions.ts";
import { type SettingValue, settingRule } from "./settings.ts";
import { asWritten, syntaxFunction, syntaxTypes } from "./syntax-functions.ts";
import { stringOf, stringsOf } from "./tree.ts";
import { type Findings, markOpaque, type Place, type Rule, type Scope, type Walk } from "./walk.ts";

export const expressionRules: readonly (readonly [type: string, rule: Rule])[] = [
  ["A_Const", constant],
  ["A_Expr", expression],
  ["A_Indirection", indirection],
  ["CaseExpr", caseExpression],
  ["CoalesceExpr", coalesce],
  ["ColumnRef", columnReference],
  ["FuncCall", call],
  ["JoinExpr", join],
  ["ParamRef", parameter],
  ["RangeTableSample", sampling],
  ["RangeVar", relation],
  ["SortBy", sorting],
  ["SubLink", subquery],
  ["TypeCast", cast],
  ["TypeName", typeName],
  ...syntaxTypes.map((type) => [type, syntaxCall(type)] as const),
];

function relationName({ schemaname, relname }: RangeVar): string {
  return dotted(schemaname === undefined ? [relname ?? ""] : [schemaname, relname ?? ""]);
}

/** A relation that the statement changes, whatever names WITH gives. */
export function changes(findings: Findings, relation: RangeVar | undefined): void {
  if (relation === undefined) return;
  const name = relationName(relation);
  findings.writes.add(name);
  findings.relations.add(name);
  // The system's own relations decide what everybody may do; `update pg_settings` is a SET.
  if (isSystemRelation(relation)) findings.verbs.add("sql.admin");
}

export function looksAt(findings: Findings, relation: RangeVar | undefined): void {
  if (relation === undefined) return;
  const name = relationName(relation);
  findings.reads.add(name);
  findings.relations.add(name);
}

/** What it means to give a setting this value. */
export function changeSetting(findings: Findings, name: string, value: SettingValue): void {
  const setting = name.toLowerCase();
  const { verb, refused } = settingRule(setting, value);
  findings.settings.add(setting);
  if (refused !== null) {
    findings.refused ??= refused;
    markOpaque(findings, "It changes how the text of statements is read.");
  } else {
    findings.verbs.add(verb);
  }
}

function isSystemRelation({ schemaname, relname }: RangeVar): boolean {
  if (schemaname === undefined) return (relname ?? "").startsWith("pg_");
  return ["information_schema", "pg_catalog", "pg_toast"].includes(schemaname);
}

function relation(node: RangeVar, { scope, access, runs }: Place, { findings }: Walk): void {
  const isNamedByWith = node.schemaname === undefined && finds(scope, node.relname ?? "");
  if (isNamedByWith && access !== "write") return;
  if (access !== "write" || !runs) looksAt(findings, node);
  if (access !== "read" && runs) changes(findings, node);
}

function finds(scope: Scope | null, name: string): boolean {
  for (let at = scope; at !== null; at = at.outer) {
    const index = at.names.get(name);
    if (index !== undefined && index < at.count) return true;
  }
  return false;
}

function join(node: JoinExpr, place: Place, walk: Walk): void {
  walk.visit(node.quals, { ...place, access: "read" });
  walk.visitFields("JoinExpr", node, place, ["quals"]);
}

function call(node: FuncCall, place: Place, walk: Walk): void {
  const parts = asWritten(stringsOf(node.funcname));
  const args = node.args ?? [];
  walk.findings.functions.add(dotted(parts));
  applyRule(functionRule(parts), args, walk.findings);
  const column = place.column ?? firstColumn(args);
  walk.visitFields("FuncCall", node, { ...place, column, access: "read" }, ["funcname"]);
}

/** Its parts mean what they mean; the name is for the catalogue to look at. */
function syntaxCall(type: string): Rule {
  return (node: object, place, walk) => {
    const name = syntaxFunction(type, node);
    if (name !== null) walk.findings.functions.add(name);
    walk.visitFields(type, node, place);
  };
}

function coalesce(node: CoalesceExpr, place: Place, walk: Walk): void {
  const column = place.column ?? firstColumn(node.args ?? []);
  walk.visitFields("CoalesceExpr", node, { ...place, column });
}

function firstColumn(nodes: readonly Node[]): string | null {
  return nodes.reduce<string | null>((found, node) => found ?? comparedColumn(node), null);
}

function applyRule(rule: FunctionRule, args: readonly Node[], findings: Findings): void {
  switch (rule.kind) {
    case "safe":
      return;
    case "harmless":
      findings.verbs.add("sql.read");
      findings.lingers = true;
      return;
    case "effect":
      findings.verbs.add(rule.verb);
      findings.kinds.add(rule.tag);
      return;
    case "set_config":
      setConfig(args, findings);
      return;
    case "opaque":
      markOpaque(findings, rule.reason);
      return;
  }
}

function setConfig([name, value]: readonly Node[], findings: Findings): void {
  findings.kinds.add("set");
  findings.provable = false;
  const setting = literalText(name);
  if (setting === null) {
    findings.verbs.add("sql.admin");
    markOpaque(findings, "It changes a setting that the text does not name.");
    return;
  }
  const text = literalText(value);
  changeSetting(
    findings,
    setting,
    text === null ? { kind: "unknown" } : { kind: "values", values: [text] },
  );
}

/** The text of a string constant, cast or not. */
function literalText(node: Node | undefined): string | null {
  let at = node;
  while (at !== undefined && "TypeCast" in at) at = at.TypeCast.arg;
  if (at === undefined || !("A_Const" in at) || at.A_Const.sval === undefined) return null;
  return at.A_Const.sval.sval ?? "";
}

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

/** `t.name` may be a function of the row, which only the catalogue can tell. */
function columnReference({ fields = [] }: ColumnRef, _: Place, { findings }: Walk): void {
  const name = fields.length > 1 ? stringOf(fields.at(-1)) : null;
  if (name === null) return;
  findings.attributes.add(name);
  if (name.startsWith("pg_")) applyAttribute(name, findings);
}

/**
 * `(expression).name` is a function of one argument wherever the expression has no such column:
 * `('/etc/passwd'::text).pg_read_file` reads the file.
 */
function indirection(node: A_Indirection, place: Place, walk: Walk): void {
  for (const item of node.indirection ?? []) {
    const name = stringOf(item);
    if (name === null) {
      walk.visit(item, { ...place, column: null });
      continue;
    }
    walk.findings.attributes.add(name);
    if (!isSafeFunction(name) && !isKnownAttribute(name)) applyAttribute(name, walk.findings);
  }
  walk.visitFields("A_Indirection", node, place, ["indirection"]);
}

function applyAttribute(name: string, findings: Findings): void {
  const rule = builtinRule(name) ?? (isSafeFunction(name) ? null : attributeMayCall);
  if (rule !== null) {
    findings.functions.add(name);
    applyRule(rule, [], findings);
  }
}

const attributeMayCall: FunctionRule = {
  kind: "opaque",
  reason: "It takes a part of an expression by name, which may call a function.",
};

function constant(node: A_Const, { column }: Place, { findings }: Walk): void {
  findings.constants.set(node.location ?? 0, column);
}

function parameter(node: ParamRef, { column }: Place, { findings }: Walk): void {
  findings.constants.set(node.location ?? 0, column);
}

function sampling(node: RangeTableSample, place: Place, walk: Walk): void {
  const parts = stringsOf(node.method);
  const isBuiltin = parts.length === 1 || (parts.length === 2 && parts[0] === "pg_catalog");
  if (!isBuiltin || !isSafeSampling(parts.at(-1) ?? "")) {
    markOpaque(walk.findings, "It samples by a method that is not known to be free of effects.");
  }
  walk.visitFields("RangeTableSample", node, place, ["method"]);
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
