/**
 * The list of a server's tools as an agent sees it: without what policy never permits it, and with the definition that is pinned where the
 * server has come to say another.
 *
 * Guarantees that no model reads a changed definition, or one that is there to deceive, before a person has accepted it; whatever else is in the
 * list passes as it came. A list that can't be read strictly has no tools.
 */
import type { Json } from "#/core/json.ts";
import type { JsonArray, JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, objectOf } from "#/proxies/mcp/json/json-value.ts";
import { parseJson } from "#/proxies/mcp/json/parse-json.ts";

/** What stands in a tool's place: itself, nothing, or another definition. */
export type Shown = "as it is" | "left out" | { readonly instead: Json };

/** The whole message; null where it passes as it came. */
export function shownList(message: string, shown: (tool: Json) => Shown): string | null {
  const list = listIn(message);
  if (list === null) return null;
  if (list === "unreadable") return emptyList(message);
  const texts = list.items.map((item) => {
    const what = item.kind === "object" ? shown(objectOf(item)) : "left out";
    if (what === "as it is") return message.slice(item.start, item.end);
    return what === "left out" ? null : JSON.stringify(what.instead);
  });
  const isSame = list.items.every(({ start, end }, at) => texts[at] === message.slice(start, end));
  if (isSame) return null;
  const kept = texts.filter((text) => text !== null);
  return `${message.slice(0, list.start)}[${kept.join()}]${message.slice(list.end)}`;
}

function listIn(message: string): JsonArray | "unreadable" | null {
  let root: JsonNode;
  try {
    root = parseJson(message);
  } catch {
    return "unreadable";
  }
  const result = memberOf(root, "result");
  if (result === null) return null;
  const tools = memberOf(result, "tools");
  return tools?.kind === "array" ? tools : null;
}

/** Its id stays, by which the client knows what it answers. */
function emptyList(message: string): string {
  const { id } = JSON.parse(message) as { readonly id?: Json };
  return JSON.stringify({ jsonrpc: "2.0", id: id ?? null, result: { tools: [] } });
}
