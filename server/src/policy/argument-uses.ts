/** Finds in Cedar's form of a rule where it names an argument, and what it does with it. */
import type { Clause, Expr } from "@cedar-policy/cedar-wasm/nodejs";
import type { ArgumentType } from "./argument.ts";

export interface ArgumentUse {
  readonly keys: readonly string[];
  /** Null where the use does not tell. */
  readonly type: ArgumentType | null;
  /** A list of anything: of texts, unless another use tells. */
  readonly isList?: true;
  /** Another argument that it is compared with. */
  readonly same: readonly string[] | null;
}

export function argumentsIn(conditions: readonly Clause[]): readonly ArgumentUse[] {
  const uses: ArgumentUse[] = [];
  for (const { body } of conditions) visit(body, "Bool", uses);
  return uses;
}

/** `context.args` and what is behind it, as keys; null for everything else. */
function argumentKeys(expr: Expr): readonly string[] | null {
  const keys: string[] = [];
  let rest: Expr = expr;
  while ("." in rest && !Array.isArray(rest["."])) {
    keys.unshift(rest["."].attr);
    rest = rest["."].left;
  }
  return "Var" in rest && rest.Var === "context" && keys[0] === "args" ? keys.slice(1) : null;
}

/** `expected`: what stands here has to be of this type; null where anything may. */
function visit(expr: Expr, expected: ArgumentType | null, uses: ArgumentUse[]): void {
  const keys = argumentKeys(expr);
  if (keys !== null) {
    uses.push({ keys, type: expected, same: null });
    return;
  }
  for (const [operator, operand] of Object.entries(expr)) visitOperator(operator, operand, uses);
}

function visitOperator(operator: string, operand: unknown, uses: ArgumentUse[]): void {
  if (operator === "Value" || operator === "Var" || operator === "Slot") return;
  if (Array.isArray(operand)) {
    const parts = operand as readonly Expr[];
    const type = operator === "Set" ? sharedType(parts) : (extensionTypes[operator] ?? null);
    for (const part of parts) visit(part, type, uses);
    return;
  }
  const { left, right, arg, attr, then, if: asked, else: other } = operand as Operands;
  switch (operator) {
    case "has":
      visitHas(left, attr, uses);
      return;
    case ".":
    case "is":
      if (left !== undefined) visit(left, null, uses);
      return;
    case "==":
    case "!=":
      visitSame(left, right, uses);
      return;
    case "contains":
      visitMember(left, right, uses);
      return;
    case "containsAll":
    case "containsAny":
      visitSame(left, right, uses);
      return;
    case "isEmpty":
      visitList(arg, uses);
      return;
    case "if-then-else":
      if (asked !== undefined) visit(asked, "Bool", uses);
      visitSame(then, other, uses);
      return;
    case "Record":
      for (const part of Object.values(operand as Readonly<Record<string, Expr>>))
        visit(part, null, uses);
      return;
    default:
      for (const part of [left, right, arg]) {
        if (part !== undefined) visit(part, operandTypes[operator] ?? null, uses);
      }
  }
}

interface Operands {
  readonly left?: Expr;
  readonly right?: Expr;
  readonly arg?: Expr;
  readonly attr?: string | readonly string[];
  readonly if?: Expr;
  readonly then?: Expr;
  readonly else?: Expr;
}

/** What an operator takes on either side. */
const operandTypes: Readonly<Record<string, ArgumentType>> = {
  "&&": "Bool",
  "||": "Bool",
  "!": "Bool",
  "<": "Long",
  "<=": "Long",
  ">": "Long",
  ">=": "Long",
  "+": "Long",
  "-": "Long",
  "*": "Long",
  neg: "Long",
  like: "String",
  getTag: "String",
  hasTag: "String",
};

const extensionTypes: Readonly<Record<string, ArgumentType>> = {
  lessThan: "decimal",
  lessThanOrEqual: "decimal",
  greaterThan: "decimal",
  greaterThanOrEqual: "decimal",
};

function visitList(list: Expr | undefined, uses: ArgumentUse[]): void {
  const keys = list === undefined ? null : argumentKeys(list);
  if (keys !== null) uses.push({ keys, type: null, isList: true, same: null });
  else if (list !== undefined) visit(list, null, uses);
}

function visitHas(
  left: Expr | undefined,
  attr: string | readonly string[] | undefined,
  uses: ArgumentUse[],
): void {
  if (left === undefined || attr === undefined) return;
  const keys = argumentKeys(left);
  if (keys === null) return visit(left, null, uses);
  const names = [attr].flat() as readonly string[];
  for (const count of names.keys()) {
    uses.push({ keys: [...keys, ...names.slice(0, count + 1)], type: "any", same: null });
  }
}

function visitSame(left: Expr | undefined, right: Expr | undefined, uses: ArgumentUse[]): void {
  if (left === undefined || right === undefined) return;
  const [one, other] = [argumentKeys(left), argumentKeys(right)];
  if (one !== null && other !== null) {
    uses.push({ keys: one, type: null, same: other }, { keys: other, type: null, same: one });
    return;
  }
  visit(left, typeOf(right), uses);
  visit(right, typeOf(left), uses);
}

function visitMember(left: Expr | undefined, right: Expr | undefined, uses: ArgumentUse[]): void {
  if (left === undefined || right === undefined) return;
  const element = typeOf(right);
  visit(left, element === null ? null : setOf(element), uses);
  const list = typeOf(left);
  visit(right, list === null ? null : elementOf(list), uses);
}

function setOf(element: ArgumentType): ArgumentType | null {
  const set = `Set<${element}>`;
  return set === "Set<String>" || set === "Set<Long>" || set === "Set<Bool>" ? set : null;
}

function elementOf(set: ArgumentType): ArgumentType | null {
  const element = /^Set<(.*)>$/.exec(set)?.[1];
  return element === "String" || element === "Long" || element === "Bool" ? element : null;
}

function sharedType(parts: readonly Expr[]): ArgumentType | null {
  return parts.map(typeOf).find((type) => type !== null) ?? null;
}

/** Of what is no argument. What the schema says of it is the validator's to hold the rule to. */
function typeOf(expr: Expr): ArgumentType | null {
  if ("Value" in expr) {
    const { Value: value } = expr;
    if (typeof value === "string") return "String";
    if (typeof value === "boolean") return "Bool";
    return typeof value === "number" || typeof value === "bigint" ? "Long" : null;
  }
  if ("Set" in expr && Array.isArray(expr.Set)) {
    const element = sharedType(expr.Set);
    return element === null ? null : setOf(element);
  }
  if ("decimal" in expr) return "decimal";
  const [operator = ""] = Object.keys(expr);
  if (["+", "-", "*", "neg"].includes(operator)) return "Long";
  if (operator in operandTypes || ["==", "!=", "has", "in", "is", "contains"].includes(operator))
    return "Bool";
  return attributeType(expr);
}

/** Of the attributes that rules compare arguments with. */
function attributeType(expr: Expr): ArgumentType | null {
  if (!("." in expr) || Array.isArray(expr["."])) return null;
  const { left, attr } = expr["."];
  if ("." in left) return attr === "claims" ? null : "Bool";
  if (!("Var" in left)) return null;
  if (left.Var === "resource") return "String";
  return ["server", "method", "tool", "definition", "toolClass"].includes(attr) ? "String" : null;
}
