/** Messages and answers between the proxy, which speaks of HTTP, and servers on standard input and output, which do not. */
import type { UpstreamAnswer } from "#/proxies/mcp/upstream/upstream.ts";
import { byId } from "./by-id.ts";
import { isPlain, memberAt, type RpcLine, readLine } from "./link/rpc-line.ts";

/** As it is written; null of what is no error, or not said at once. */
export function errorCodeOf({ body }: UpstreamAnswer): string | null {
  const line = body.kind === "json" && mayBeError(body.bytes) ? readLine(body.bytes) : null;
  if (line?.kind !== "response" || !line.outcome.isError) return null;
  return memberAt(line, line.outcome, ["code"])?.text ?? "";
}

/** Most are none, and are not read for that: a key in escapes is no member that counts. */
function mayBeError(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"error"');
}

export function lineOf(body: Uint8Array | null): RpcLine | null {
  const line = body === null ? null : readLine(body);
  return line !== null && isPlain(line) ? line : null;
}

export function empty(status: number): UpstreamAnswer {
  return { status, headers: {}, body: { kind: "empty" }, source: byId };
}

export const unreadable = failure(400, "null", {
  code: -32_600,
  message: "The message can't be passed on by line.",
});

/** `id` is Latin-1, as it was read. */
export function failure(status: number, id: string, error: object): UpstreamAnswer {
  const bytes = Buffer.concat([
    Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":`, "latin1"),
    Buffer.from(`${JSON.stringify(error)}}`, "utf8"),
  ]);
  return { status, headers: {}, body: { kind: "json", bytes }, source: byId };
}
