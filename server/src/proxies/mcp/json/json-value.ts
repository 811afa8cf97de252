/** What was read, as values and as text. */
import type { Json } from "#/core/json.ts";
import type { JsonNode, JsonObject } from "./json-node.ts";

export function memberOf(node: JsonNode | null | undefined, key: string): JsonNode | null {
  if (node?.kind !== "object") return null;
  for (const member of node.members) if (member.key === key) return member.value;
  return null;
}

/** Null where there is none, or it is no text. */
export function textOf(node: JsonNode | null | undefined): string | null {
  return node?.kind === "string" ? node.value : null;
}

function toJson(node: JsonNode): Json {
  switch (node.kind) {
    case "object":
      return objectOf(node);
    case "array":
      return node.items.map(toJson);
    default:
      return node.value;
  }
}

export function objectOf({ members }: JsonObject): { readonly [key: string]: Json } {
  const object: { [key: string]: Json } = {};
  for (const { key, value } of members) {
    // Assigning it would set the prototype and lose the member.
    if (key === "__proto__") define(object, key, toJson(value));
    else object[key] = toJson(value);
  }
  return object;
}

function define(object: object, key: string, value: Json): void {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
