/**
 * What a server says with a status of refusal, to the request that it was asked by: servers name an id of their own there, or none, because
 * they refused before they had read one (`"server-error"` in the Python SDK's first line), and some say something else than JSON-RPC.
 */
import { memberIn, shallowObject } from "#/proxies/mcp/json/shallow.ts";
import { splice } from "#/proxies/mcp/upstream/stdio/link/splice.ts";
import type { RpcId } from "#/proxies/mcp/wire/codec.ts";

export function isRefusal(status: number): boolean {
  return status >= 400;
}

/** Its message, under the id of the request; null where it is none. */
export function refusalOf(bytes: Uint8Array, id: RpcId): Uint8Array | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const whole = shallowObject(text, 0);
  const error = whole.members?.get("error");
  if (error === undefined) return whole.members?.has("result") === true ? bytes : null;
  if (text[error.start] !== "{") return null;
  const at = whole.members?.get("id");
  if (at === undefined || memberIn(whole, "id") === "null") return bytes;
  return splice(bytes, [{ at, text: Buffer.from(id, "utf8").toString("latin1") }]);
}
