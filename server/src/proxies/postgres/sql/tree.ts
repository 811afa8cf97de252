/**
 * The nodes of the parser's trees. A node comes wrapped in its type's name (`{ "RangeVar": { … } }`), except in fields
 * whose type the grammar fixes (`tree-fields.ts`).
 */
import type { Node } from "libpg-query";

/** Any node without its wrapper: fields hold nodes, lists of nodes, or plain values. */
export type Fields = Readonly<Record<string, unknown>>;

/** The node's type and what it holds, or null for the grammar's NULL in a list. */
export function unwrap(node: object): { readonly type: string; readonly node: object } | null {
  const types = Object.keys(node);
  const type = types[0];
  if (type === undefined) return null;
  const inner = (node as Fields)[type];
  // Two keys are no wrapper; the type that stands for it is in no table.
  if (types.length > 1 || typeof inner !== "object" || inner === null) return { type: "", node };
  return { type, node: inner };
}

/** The text of a String node, or null for any other node. */
export function stringOf(node: Node | undefined): string | null {
  if (node === undefined || !("String" in node)) return null;
  return node.String.sval ?? "";
}

export function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => stringOf(node) ?? []);
}
