/**
 * Brings what masking has changed back under the output schema of its tool: by the same pseudonym in the format that is asked, by null, by leaving
 * an optional member out. What fits in no way is told, and the answer is withheld.
 */
import type { Json } from "#/core/json.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { type Edit, type Edits, edit } from "./edits.ts";
import { inFormat } from "./masked-formats.ts";
import { brokenIn } from "./output-schema.ts";

type Way = (masked: string | number | null, node: JsonNode, root: JsonNode) => Edit | null;

const inFormatOf =
  (format: "email" | "uri" | "ipv4" | "ipv6" | "hostname"): Way =>
  (masked) => {
    const value = typeof masked === "string" ? inFormat(format, masked) : null;
    return value === null ? null : { kind: "value", value };
  };

/** In this order: what tells most comes first. */
const ways: readonly Way[] = [
  inFormatOf("email"),
  inFormatOf("uri"),
  inFormatOf("ipv4"),
  inFormatOf("ipv6"),
  inFormatOf("hostname"),
  () => ({ kind: "value", value: null }),
  (_, node, root) => (node !== root && node.parent?.kind === "object" ? { kind: "removed" } : null),
];

/** False where the schema can't be kept. */
export function fitSchema(schema: Json, text: string, root: JsonNode, edits: Edits): boolean {
  const leaves = [...edits.values].flatMap(([node, change]) =>
    change.kind === "value" && isWithin(root, node) ? [{ node, masked: change.value }] : [],
  );
  let broken = brokenIn(schema, text, root, edits);
  for (const way of ways) {
    if (broken.size === 0) return true;
    for (const { node, masked } of beneath(broken, leaves)) {
      const change = way(masked, node, root);
      if (change !== null) edit(edits, node, change);
    }
    broken = brokenIn(schema, text, root, edits);
  }
  return broken.size === 0;
}

interface MaskedLeaf {
  readonly node: JsonNode;
  readonly masked: string | number | null;
}

/** Those that a broken value holds, or is. */
function beneath(
  broken: ReadonlyMap<JsonNode, unknown>,
  leaves: readonly MaskedLeaf[],
): readonly MaskedLeaf[] {
  return leaves.filter(({ node }) => {
    for (let each: JsonNode | null = node; each !== null; each = each.parent) {
      if (broken.has(each)) return true;
    }
    return false;
  });
}

function isWithin(root: JsonNode, node: JsonNode): boolean {
  for (let each: JsonNode | null = node; each !== null; each = each.parent) {
    if (each === root) return true;
  }
  return false;
}
