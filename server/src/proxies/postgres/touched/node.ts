/** Nodes of the parser's trees, looked at without their types. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null;
}

/** What is in the wrapper of this type; null for a node of another. */
export function partOf(node: unknown, type: string): Fields | null {
  return fieldsOf(fieldsOf(node)?.[type]);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The strings of a list of names; what is none, such as a star, is left out. */
export function namesOf(value: unknown): readonly string[] {
  return listOf(value).flatMap((node) => textOf(partOf(node, "String")?.["sval"]) ?? []);
}
