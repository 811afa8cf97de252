/**
 * The arguments of a call while they are edited: text of JSON in which single arguments are put, changed and left out.
 *
 * Guarantees that what nobody touched stays as it is written, masked values and digits of numbers included.
 */
import {
  type CallBranch,
  type CallNode,
  parseCallTree,
  readCall,
  withArguments,
} from "@countersign/sdk/call-tree";
import type { FieldKind } from "../tools/schema-fields.ts";

/** Null where the call has none that could be edited by themselves: then it is edited as text. */
export function argumentsOf(command: string): string | null {
  const call = readCall(command);
  if (call === null) return null;
  if (call.arguments === null) return "{}";
  return call.arguments.kind === "object"
    ? command.slice(call.arguments.start, call.arguments.end)
    : null;
}

/** Stands in no command: JSON escapes it. */
const mark = "\n";

/** What was typed in their place and is no JSON yet: the rest of the command is as it was. */
export function typedArguments(command: string, held: string): string {
  const [before = "", after = ""] = withArguments(held, mark).split(mark);
  return command.slice(before.length, command.length - after.length);
}

export interface Argument {
  readonly name: string;
  /** As it is written. */
  readonly text: string;
  readonly node: CallNode;
}

/** Null while it is no object. */
export function readArguments(text: string): readonly Argument[] | null {
  const root = parseCallTree(text);
  if (root?.kind !== "object") return null;
  return root.items.map((node) => ({
    name: node.key ?? "",
    text: text.slice(node.start, node.end),
    node,
  }));
}

/** Null in place of its text leaves it out. One that is not there comes last. */
export function withArgument(text: string, name: string, value: string | null): string {
  const root = parseCallTree(text);
  if (root?.kind !== "object") return text;
  const node = root.items.find(({ key }) => key === name);
  if (node !== undefined && value !== null) {
    return `${text.slice(0, node.start)}${value}${text.slice(node.end)}`;
  }
  const members = membersOf(root, text).filter(([key]) => key !== name);
  const all = value === null ? members : [...members, [name, value] as const];
  return `{${all.map(([key, each]) => `${JSON.stringify(key)}:${each}`).join(",")}}`;
}

function membersOf({ items }: CallBranch, text: string): readonly (readonly [string, string])[] {
  return items.map((node) => [node.key ?? "", text.slice(node.start, node.end)]);
}

/** In what kind of field a value can be edited: its own, where that holds it. */
export function kindFor(kind: FieldKind, node: CallNode | null): FieldKind {
  if (node === null) return kind;
  switch (node.kind) {
    case "text":
      return kind === "text" || kind === "long_text" || kind === "choice" ? kind : "json";
    case "number":
      return kind === "number" || kind === "integer" || kind === "choice" ? kind : "json";
    case "true":
    case "false":
      return kind === "boolean" ? kind : "json";
    case "object":
      return kind === "fields" ? kind : "json";
    default:
      return "json";
  }
}

/** An argument that no schema names. */
export function kindOf(node: CallNode): FieldKind {
  switch (node.kind) {
    case "text":
      return "long_text";
    case "number":
      return "number";
    case "true":
    case "false":
      return "boolean";
    default:
      return "json";
  }
}

/** As it is written for a field's text; null where the text is no value of the kind yet. */
export function writtenAs(kind: FieldKind, text: string): string | null {
  switch (kind) {
    case "text":
    case "long_text":
      return JSON.stringify(text);
    case "number":
    case "integer":
    case "boolean":
    case "choice":
    case "fields":
    case "json":
      return parseCallTree(text) === null ? null : text.trim();
  }
}

/** What a new argument of this kind begins with. */
export function firstText(kind: FieldKind, choices: readonly (string | number)[]): string {
  switch (kind) {
    case "text":
    case "long_text":
      return '""';
    case "number":
    case "integer":
      return "0";
    case "boolean":
      return "false";
    case "choice":
      return JSON.stringify(choices[0] ?? null);
    case "fields":
      return "{}";
    case "json":
      return "null";
  }
}

/** Laid out in lines, with all that is in it as it is written. */
export function prettyText(text: string): string {
  const root = parseCallTree(text);
  return root === null ? text : pretty(root, text, "");
}

function pretty(node: CallNode, text: string, indent: string): string {
  if (!("items" in node)) return text.slice(node.start, node.end);
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (node.items.length === 0) return `${open}${close}`;
  const inner = `${indent}  `;
  const lines = node.items.map((item) => {
    const name = item.key === null ? "" : `${JSON.stringify(item.key)}: `;
    return `${inner}${name}${pretty(item, text, inner)}`;
  });
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
