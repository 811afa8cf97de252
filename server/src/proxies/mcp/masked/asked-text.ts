/**
 * What a server asks of a person or a model through a client (elicitation, sampling), where its connection allows that: bounded, without signs
 * that nobody sees, and with no page but one of the web.
 *
 * Pure. What it says is still a server's word, and may be a lie: clients say whose it is.
 */

import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { type Edits, edit, noEdits, write } from "./edits.ts";
import { memberOf, parseJson } from "./json-tree.ts";

/** A larger one is not passed on. */
const askedBytesMax = 256 * 1024;
const pageUrlCharsMax = 2_048;

/** As it may pass; null where it may not. */
export function plainAsk(method: string, message: Buffer): Buffer | null {
  if (message.length > askedBytesMax) return null;
  const text = message.toString("utf8");
  const root = parseJson(text);
  if (typeof root === "string") return null;
  const params = memberOf(root, "params");
  if (method === "elicitation/create" && !asksForPage(params)) return null;
  const edits = noEdits();
  if (!makePlain(root, edits)) return null;
  return edits.changed.size === 0 ? message : Buffer.from(write(text, root, edits), "utf8");
}

/** True of what asks for no page. */
function asksForPage(params: JsonNode | undefined): boolean {
  const url = memberOf(params, "url");
  if (url === undefined) return true;
  if (url.kind !== "string" || url.value.length > pageUrlCharsMax) return false;
  const page = URL.canParse(url.value) ? new URL(url.value) : null;
  const isWeb = page?.protocol === "https:" || page?.protocol === "http:";
  return isWeb && page.username === "" && page.password === "";
}

/** False where a key has such signs: what it names would be another. */
function makePlain(node: JsonNode, edits: Edits): boolean {
  switch (node.kind) {
    case "string": {
      const plain = node.value.replaceAll(unseen, "");
      if (plain !== node.value) edit(edits, node, { kind: "value", value: plain });
      return true;
    }
    case "array":
      return node.items.every((item) => makePlain(item, edits));
    case "object":
      return node.members.every(
        ({ key, value }) => key.replaceAll(unseen, "") === key && makePlain(value, edits),
      );
    default:
      return true;
  }
}

/** Format characters, tags, fillers, controls; joiners belong to emoji and scripts, one at a time. */
const fillers = String.raw`\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u{e0100}-\u{e01ef}`;
const joiners = String.raw`\u200c\u200d`;
const unseen = new RegExp(
  `[${joiners}]{2,}|[[\\p{Cf}--[${joiners}]]${fillers}]|[\\p{Cc}--[\\t\\n\\r]]`,
  "gv",
);
