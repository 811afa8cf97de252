/** An argument of a call, as rules name it. */
import { pathText } from "#/core/json-leaves.ts";

export type ArgumentType =
  | "any"
  | "Bool"
  | "Long"
  | "String"
  | "decimal"
  | "Set<Bool>"
  | "Set<Long>"
  | "Set<String>";

/** `any`: only asked for whether it is there. */
export interface ArgumentPath {
  readonly keys: readonly string[];
  readonly type: ArgumentType;
}

/** As it is written in rules: `context.args.customer.email`. */
export function argumentText(keys: readonly string[]): string {
  return ["context.args", ...(keys.length === 0 ? [] : [pathText(keys)])].join(".");
}

export const typeWords: Readonly<Record<ArgumentType, string>> = {
  any: "anything",
  Bool: "true or false",
  Long: "a whole number",
  String: "a text",
  decimal: "a number with at most four decimal places",
  "Set<Bool>": "a list of true and false",
  "Set<Long>": "a list of whole numbers",
  "Set<String>": "a list of texts",
};
