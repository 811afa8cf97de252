/** Messages of a client that get no answer: what it tells, and what it says to a request of its server's. */
import { tellUpstream } from "#/proxies/mcp/ask-upstream.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import { asks, carriedNotifications } from "#/proxies/mcp/methods.ts";
import { statelessVersion } from "#/proxies/mcp/wire/check-headers.ts";
import {
  idKey,
  type Message,
  MessageProblem,
  type RpcId,
  rpcCodes,
} from "#/proxies/mcp/wire/codec.ts";
import { toldAnswer } from "./told-answer.ts";

export async function carryNotification(
  message: Extract<Message, { kind: "notification" }>,
  body: Uint8Array,
  context: RequestContext,
): Promise<void> {
  const { session, client } = context;
  if (!carriedNotifications.has(message.method)) {
    throw new MessageProblem(rpcCodes.methodNotFound, "The gateway does not carry this method.");
  }
  const told = toldServer(message, body, context);
  // It is about nothing of the server's.
  if (told === null) return client.empty(202);
  session.usedAt = context.enforcement.clock.now();
  const { method } = message;
  const mirrored = { "mcp-protocol-version": statelessVersion, "mcp-method": method };
  const changed = context.isStateless ? { ...mirrored, "mcp-name": null } : {};
  await accepted(told, context, changed);
}

type Notification = Extract<Message, { kind: "notification" }>;

/** In the gateway's own words, but for progress on the way to an answer that the owner of the connection lets a server ask for. */
function toldServer(
  message: Notification,
  body: Uint8Array,
  context: RequestContext,
): Uint8Array | null {
  const { method } = message;
  switch (method) {
    case "notifications/cancelled": {
      const requestId = serversToCancel(message, context);
      if (requestId === null) return null;
      return Buffer.from(
        `{"jsonrpc":"2.0","method":"${method}","params":{"requestId":${requestId}}}`,
      );
    }
    case "notifications/progress": {
      const asked = [...context.session.asked.values()];
      return asked.some((each) => Object.hasOwn(asks, each.method)) ? body : null;
    }
    default:
      // It tells that it happened.
      return Buffer.from(JSON.stringify({ jsonrpc: "2.0", method }));
  }
}

/**
 * Under which id its server was asked. What waits for people is the gateway's to cancel; what was sent, the server's; without a session nobody
 * knows whose request is meant. Why is the agent's own text.
 */
function serversToCancel(
  { params, text }: Notification,
  { session }: RequestContext,
): RpcId | null {
  const id = memberOf(params, "requestId");
  if (session.shownId === null || (id?.kind !== "string" && id?.kind !== "number")) return null;
  const named = text.slice(id.start, id.end);
  const cancel = session.running.get(idKey(named));
  return cancel?.() === true ? null : session.askedIds.latest(named);
}

/** Only to what was asked of this client. */
export async function carryResponse(
  { id, result }: Extract<Message, { kind: "response" }>,
  body: Uint8Array,
  context: RequestContext,
): Promise<void> {
  const { session, sessions, enforcement } = context;
  const asked = session.asked.get(idKey(id));
  if (asked === undefined) {
    throw new MessageProblem(rpcCodes.invalidRequest, "Nothing was asked under this id.");
  }
  session.asked.delete(idKey(id));
  const { roots } = sessions.shared(session.agent, session.connection);
  const isAllowed = Object.hasOwn(asks, asked.method);
  const told = { roots, now: enforcement.clock.now() };
  await accepted(isAllowed ? body : toldAnswer(asked, result, told), context);
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
