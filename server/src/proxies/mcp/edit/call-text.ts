/** A call's command with other arguments, written as every command is. */
import type { JsonNode, JsonObject } from "#/proxies/mcp/json/json-node.ts";

/** Without white space, keys in their order, numbers with the digits that they were written with. */
export function textIn(node: JsonNode, text: string): string {
  switch (node.kind) {
    case "object": {
      let members = "";
      for (const { key, value } of node.members) {
        members += `${members === "" ? "" : ","}${member(key, textIn(value, text))}`;
      }
      return `{${members}}`;
    }
    case "array":
      return `[${node.items.map((item) => textIn(item, text)).join()}]`;
    case "string":
      return JSON.stringify(node.value);
    case "number":
      return text.slice(node.start, node.end);
    case "literal":
      return String(node.value);
  }
}

/** Arguments stand third; what has none gets them there. */
export function commandText(sent: JsonObject, text: string, argumentsText: string): string {
  const members = sent.members.map(({ key, value }) => [key, textIn(value, text)] as const);
  const at = members.findIndex(([key]) => key === "arguments");
  const placed = at < 0 ? 2 : at;
  const before = members.slice(0, placed);
  const after = members.slice(at < 0 ? placed : placed + 1);
  const all = [...before, ["arguments", argumentsText] as const, ...after];
  return `{${all.map(([key, value]) => member(key, value)).join()}}`;
}

function member(key: string, value: string): string {
  return `${JSON.stringify(key)}:${value}`;
}
