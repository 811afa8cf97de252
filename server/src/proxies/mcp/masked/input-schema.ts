/**
 * Whether arguments break the schema that their tool states for them, as far as that is known for sure: what can't be told (a pattern, a
 * format, a keyword that is not known) is left to the tool, which checks what it takes.
 */
import type { Json } from "#/core/json.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { type Edits, noEdits } from "./edits.ts";
import { parseJson } from "./json-tree.ts";
import { brokenIn } from "./output-schema.ts";

/** The keys that lead to the first value that is surely wrong; null where none is. */
export function invalidUnder(schema: Json, text: string): readonly string[] | null {
  const root = parseJson(text);
  if (typeof root === "string") return [];
  const broken = brokenIn(schema, text, root, allChanged(root));
  for (const [node, verdict] of broken) if (verdict === "invalid") return keysTo(node);
  return null;
}

/** Every value counts. */
function allChanged(root: JsonNode): Edits {
  const edits = noEdits();
  const visit = (node: JsonNode): void => {
    edits.changed.add(node);
    if (node.kind === "array") node.items.forEach(visit);
    if (node.kind === "object") for (const { value } of node.members) visit(value);
  };
  visit(root);
  return edits;
}

function keysTo(node: JsonNode): readonly string[] {
  const keys: string[] = [];
  for (let each: JsonNode = node; each.parent !== null; each = each.parent) {
    if (each.parent.kind === "object") keys.unshift(each.key);
  }
  return keys;
}
