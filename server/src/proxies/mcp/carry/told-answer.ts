/**
 * What a client says to a request of its server's, as that hears it. What the owner of the connection allows a server to ask passes as it
 * was said; what any server may ask is answered in words that have no room for an agent's own.
 */
import type { Json } from "#/core/json.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import type { RpcId } from "#/proxies/mcp/wire/codec.ts";
import type { Wordings } from "./wordings.ts";

export interface AskedOfClient {
  /** As the server wrote it. */
  readonly id: RpcId;
  readonly method: string;
}

/** Folders of one answer. */
const rootsMax = 32;
/** UTF-16 code units. */
const rootCharsMax = 1_024;
const rootForm = /^file:\/\/[^\s?#\p{C}]*$/u;

/** Of what any server may ask. */
export function toldAnswer(
  { id, method }: AskedOfClient,
  result: JsonNode | null,
  { roots, now }: { readonly roots: Wordings; readonly now: number },
): Buffer {
  if (result === null) return refused(id);
  if (method === "ping") return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
  const plain = rootsOf(memberOf(result, "roots"));
  if (plain === null) return refused(id);
  const text = JSON.stringify({ roots: plain });
  if (plain.length > 0 && !roots.admit(text, now)) return refused(id);
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${text}}`);
}

/** With the name of its folder, which is all that it says of one. */
function rootsOf(node: JsonNode | null): readonly Json[] | null {
  if (node?.kind !== "array" || node.items.length > rootsMax) return null;
  const uris = node.items.map((item) => textOf(memberOf(item, "uri")));
  if (!uris.every((uri) => uri !== null && uri.length <= rootCharsMax && rootForm.test(uri)))
    return null;
  return uris.map((uri) => ({ uri }));
}

function refused(id: RpcId): Buffer {
  const error = { code: -32_603, message: "The client does not say." };
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`);
}
