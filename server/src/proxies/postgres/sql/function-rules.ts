/** What calling a function means, also where a call is spelled as something else. */
import type { A_Indirection, CoalesceExpr, ColumnRef, FuncCall, Node } from "libpg-query";
import { dotted } from "#/core/dotted-name.ts";
import { comparedColumn } from "./columns.ts";
import { builtinRule, type FunctionRule, functionRule } from "./effects.ts";
import { isKnownAttribute, isSafeFunction } from "./safe-functions.ts";
import { type SettingValue, settingRule } from "./settings.ts";
import { asWritten, syntaxFunction, syntaxTypes } from "./syntax-functions.ts";
import { stringOf, stringsOf } from "./tree.ts";
import { type Findings, markOpaque, type Place, type Rule, type Rules, type Walk } from "./walk.ts";

export const functionRules: Rules = [
  ["A_Indirection", indirection],
  ["CoalesceExpr", coalesce],
  ["ColumnRef", columnReference],
  ["FuncCall", call],
  ...syntaxTypes.map((type) => [type, syntaxCall(type)] as const),
];

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

/** `t.name` may be a function of the row, which only the catalogue can tell. */
function columnReference({ fields = [] }: ColumnRef, _: Place, { findings }: Walk): void {
  const name = fields.length > 1 ? stringOf(fields.at(-1)) : null;
  if (name === null) return;
  findings.attributes.add(name);
  if (name.startsWith("pg_") && !isSafeFunction(name)) applyAttribute(name, findings);
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
  const rule = builtinRule(name);
  if (rule === null) {
    findings.parts.add(name);
    return;
  }
  findings.functions.add(name);
  applyRule(rule, [], findings);
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
    case "extension":
      findings.extensionFunctions.add(rule.name);
      findings.provable = false;
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
