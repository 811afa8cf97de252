/**
 * What only the gateway says, taken out of what a tool server sends, so that whoever hears it knows who has said it.
 *
 * Pure. Guarantees that no key of the gateway's namespace (`countersign/…`) and no code of its refusals passes in what a server says, in
 * whatever spelling of JSON; and that a text which names the gateway's own tool or a review is told to be the server's. What a tool returns
 * as its data (`structuredContent`) and how it is defined is left as it is: nobody reads the gateway's word there.
 */
import { plainText } from "#/proxies/mcp/definitions/plain-text.ts";
import type { JsonNode, JsonObject } from "#/proxies/mcp/json/json-node.ts";
import { refusedCode } from "#/proxies/mcp/wire/reply.ts";
import { type Edits, edit, noEdits, write } from "./edits.ts";
import { memberOf, parseJson } from "./json-tree.ts";

/** JSON-RPC's for whatever a server means by it. */
const serversCode = -32_000;

const saidByServer = "The tool server says, and not the gateway: ";
const namespace = "countersign/";
const imitated = /countersign_status|\brev_[0-9a-z]{26}\b/;

/** Null where it has none of it; `unreadable` where that can't be told. */
export function withoutOwnWords(message: Buffer): Buffer | "unreadable" | null {
  if (!mayHoldOwnWords(message)) return null;
  const text = message.toString("utf8");
  const root = parseJson(text);
  if (typeof root === "string") return "unreadable";
  const edits = noEdits();
  removeKeys(root, edits);
  tellTexts(root, edits);
  const code = memberOf(memberOf(root, "error"), "code");
  if (code?.kind === "number" && Number(text.slice(code.start, code.end)) === refusedCode) {
    edit(edits, code, { kind: "value", value: serversCode });
  }
  return edits.changed.size === 0 ? null : Buffer.from(write(text, root, edits), "utf8");
}

/** Signs of it, as they are or as JSON may escape them. */
function mayHoldOwnWords(message: Buffer): boolean {
  const text = message.toString("latin1");
  return plainSign.test(text) || (text.includes("\\u00") && escapedSign.test(text));
}

const plainSign = /ountersign|rev_|"error"/i;

/** Letters, digits, `/` and `_`, which no writer of JSON has to escape. */
const escapedSign = /\\u00(?:2f|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\da])/i;

function removeKeys(node: JsonNode, edits: Edits): void {
  if (node.kind === "array") for (const item of node.items) removeKeys(item, edits);
  if (node.kind !== "object") return;
  for (const { key, value } of node.members) {
    if (plainText(key).startsWith(namespace)) edit(edits, value, { kind: "removed" });
    else if (key === "tools" && value.kind === "array") value.items.forEach(removeMeta);
    else if (key !== "structuredContent") removeKeys(value, edits);
  }

  function removeMeta(tool: JsonNode): void {
    const meta = memberOf(tool, "_meta");
    if (meta !== undefined) removeKeys(meta, edits);
  }
}

/** Where a client shows a model or a person what a server says. */
function tellTexts(root: JsonNode, edits: Edits): void {
  const result = memberOf(root, "result");
  const params = memberOf(root, "params");
  const spoken = [
    memberOf(memberOf(root, "error"), "message"),
    memberOf(result, "instructions"),
    memberOf(result, "statusMessage"),
    ...textsOf(memberOf(result, "content")),
    ...textsOf(memberOf(result, "messages")),
    memberOf(params, "message"),
    memberOf(params, "data"),
    memberOf(params, "systemPrompt"),
    ...textsOf(memberOf(params, "messages")),
  ];
  for (const node of spoken) {
    if (node?.kind !== "string" || !imitated.test(plainText(node.value))) continue;
    edit(edits, node, { kind: "value", value: `${saidByServer}${node.value}` });
  }
}

/** Of content, or of messages that have content. */
function textsOf(node: JsonNode | undefined): readonly (JsonNode | undefined)[] {
  const items: readonly JsonNode[] =
    node?.kind === "array" ? node.items : node?.kind === "object" ? [node] : [];
  return items.filter(isObject).flatMap((item) => {
    const content = memberOf(item, "content");
    return [memberOf(item, "text"), ...(content === undefined ? [] : textsOf(content))];
  });
}

function isObject(node: JsonNode): node is JsonObject {
  return node.kind === "object";
}
