/** Messages of a client that get no answer: what it tells, and what it says to a request of its server's. */
import { tellUpstream } from "#/proxies/mcp/ask-upstream.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import { carriedNotifications } from "#/proxies/mcp/methods.ts";
import { statelessVersion } from "#/proxies/mcp/wire/check-headers.ts";
import { idKey, type Message, MessageProblem, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { isTransport } from "#/proxies/mcp/wire/transport-meta.ts";

export async function carryNotification(
  message: Extract<Message, { kind: "notification" }>,
  body: Uint8Array,
  context: RequestContext,
): Promise<void> {
  const { session, client } = context;
  if (!carriedNotifications.has(message.method)) {
    throw new MessageProblem(rpcCodes.methodNotFound, "The gateway does not carry this method.");
  }
  if (message.method === "notifications/cancelled" && !isServersToCancel(message, context)) {
    client.empty(202);
    return;
  }
  if (message.method === "notifications/progress" && session.asked.size === 0) {
    // It is on the way to an answer that nobody waits for.
    client.empty(202);
    return;
  }
  session.usedAt = context.enforcement.clock.now();
  const { method } = message;
  const mirrored = { "mcp-protocol-version": statelessVersion, "mcp-method": method };
  const changed = context.isStateless ? { ...mirrored, "mcp-name": null } : {};
  await accepted(happened.has(method) ? plainly(message, body) : body, context, changed);
}

/** They tell that it happened, and nothing else. */
const happened: ReadonlySet<string> = new Set([
  "notifications/initialized",
  "notifications/roots/list_changed",
]);

/** In the gateway's own words, where there is more in it. */
function plainly(
  { method, params }: Extract<Message, { kind: "notification" }>,
  body: Uint8Array,
): Uint8Array {
  const meta = memberOf(params, "_meta");
  const said = params === null ? [] : params.members.filter(({ key }) => key !== "_meta");
  const isBare =
    said.length === 0 &&
    (meta === null ||
      (meta.kind === "object" && meta.members.every(({ key, value }) => isTransport(key, value))));
  return isBare ? body : Buffer.from(JSON.stringify({ jsonrpc: "2.0", method }));
}

/** What waits for people is the gateway's to cancel; what was sent, the server's; without a session nobody knows whose request is meant. */
function isServersToCancel(
  { params, text }: Extract<Message, { kind: "notification" }>,
  { session }: RequestContext,
): boolean {
  const id = memberOf(params, "requestId");
  if (session.shownId === null || (id?.kind !== "string" && id?.kind !== "number")) return false;
  const cancel = session.running.get(idKey(text.slice(id.start, id.end)));
  return cancel === undefined || !cancel();
}

/** Only to what was asked of this client. */
export async function carryResponse(
  { id }: Extract<Message, { kind: "response" }>,
  body: Uint8Array,
  context: RequestContext,
): Promise<void> {
  if (!context.session.asked.delete(idKey(id))) {
    throw new MessageProblem(rpcCodes.invalidRequest, "Nothing was asked under this id.");
  }
  await accepted(body, context);
}

async function accepted(
  body: Uint8Array,
  context: RequestContext,
  changed: Readonly<Record<string, string | null>> = {},
): Promise<void> {
  const { left: signal } = context.client;
  const answer = await tellUpstream(context, { method: "POST", body, signal, changed });
  context.client.empty(answer.status < 300 ? 202 : answer.status);
}
