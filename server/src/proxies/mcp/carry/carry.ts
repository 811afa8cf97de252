/** What is carried without a decision: what asks about a server, opens and ends sessions, and listens. */

import { GatewayError } from "#/core/errors.ts";
import type { Json } from "#/core/json.ts";
import { maskerFor } from "#/proxies/mcp/answer/answer-masks.ts";
import { notAllowedInput } from "#/proxies/mcp/answer/input-required.ts";
import type { Answered } from "#/proxies/mcp/answer/read-answer.ts";
import { relay } from "#/proxies/mcp/answer/relay.ts";
import { onServerAsks } from "#/proxies/mcp/answer/server-asks.ts";
import { addSessionMasks, saidMasker, wasMasked } from "#/proxies/mcp/answer/session-masks.ts";
import { askUpstream, type Sent, tellUpstream } from "#/proxies/mcp/ask-upstream.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { memberOf, textOf } from "#/proxies/mcp/json/json-value.ts";
import type { ShallowObject } from "#/proxies/mcp/json/shallow.ts";
import type { AnswerMasker } from "#/proxies/mcp/masked/answer-masker.ts";
import { carriedRequests, taskRequests } from "#/proxies/mcp/methods.ts";
import { tellEventId } from "#/proxies/mcp/sessions.ts";
import type { UpstreamAnswer } from "#/proxies/mcp/upstream/upstream.ts";
import { answerTask } from "#/proxies/mcp/wait/tasks.ts";
import { withAskedId } from "#/proxies/mcp/wire/asked-ids.ts";
import { MessageProblem, type Request, type RpcId, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { errorText, refusalText } from "#/proxies/mcp/wire/reply.ts";
import { decideAbout, isAbout } from "./asks-about.ts";
import { checkCursor, noteCursor } from "./cursors.ts";
import { heardList } from "./list-shown.ts";
import { checkTaken } from "./taken.ts";
import { writtenAnew } from "./written-anew.ts";

export async function carryRequest(
  request: Request,
  sent: Uint8Array,
  context: RequestContext,
): Promise<void> {
  const { id, method } = request;
  if (taskRequests.has(method) && (await answerTask(request, context))) return;
  if (!carriedRequests.has(method)) {
    const message = "The gateway does not carry this method.";
    throw new MessageProblem(rpcCodes.methodNotFound, message, { id, status: 404 });
  }
  checkTaken(request);
  checkCursor(request, context);
  const decided = await decideAbout(request, context);
  if (decided.kind === "refused") {
    const { isStateless, client } = context;
    const told = { id, isTool: false, isStateless, hasOutputSchema: false };
    return client.message(200, refusalText(decided.refusal, told));
  }
  const { masks } = decided;
  await addSessionMasks(masks, context);
  const { left: signal } = context.client;
  const askedId = context.session.askedIds.under(id);
  const body = isAbout(method) ? withAskedId(sent, askedId) : inOwnWords(request, askedId, context);
  const sending = { method: "POST", body, signal, changed: unnamed } as const;
  const asked = { id, askedId };
  if (method === "initialize") return beginSession(asked, sending, context);
  const answer = await askUpstream(context, sending);
  const isFirstPage = textOf(memberOf(request.params, "cursor")) === null;
  const masker = await maskerFor(
    { masks, outputSchema: null, session: context.session },
    context.connection,
  );
  await pass(
    answer,
    asked,
    { ...context, masker },
    method === "tools/list" ? { isFirstPage } : null,
  );
}

/** None of them has a name by which a header would be checked: one that comes is a text of the agent's own. */
const unnamed = { "mcp-name": null } as const;

/** A session that begins in words that can't be passed on has not begun, and takes no other's place. */
function inOwnWords(request: Request, asked: RpcId, context: RequestContext): Buffer {
  try {
    return writtenAnew(request, asked, context);
  } catch (cause) {
    if (request.method === "initialize") context.sessions.end(context.session);
    throw cause;
  }
}

/** Its id is shown with the answer that begins it: a client that has gone before that can't use it, nor end it. */
async function beginSession(asked: Asked, sending: Sent, context: RequestContext): Promise<void> {
  const { session, sessions, client } = context;
  const answer = await askUpstream(context, sending).catch((cause: unknown) => {
    sessions.endUnheard(session);
    throw cause;
  });
  session.upstreamId = answer.headers["mcp-session-id"] ?? null;
  if (answer.status === 200 && session.shownId !== null) {
    client.setHeaders({ "mcp-session-id": session.shownId });
  }
  const answered = await pass(
    answer,
    asked,
    { ...context, masker: context.connection.unmasked },
    null,
  );
  if (answered.kind !== "result") sessions.end(session);
  else if (client.isSentAway || client.hasLeft) sessions.endUnheard(session);
}

interface Asked extends Pick<Request, "id"> {
  /** Under which its server was asked. */
  readonly askedId: RpcId;
}

async function pass(
  answer: UpstreamAnswer,
  { id, askedId }: Asked,
  context: RequestContext & { readonly masker: AnswerMasker },
  /** Of the server's tools; null where something else was asked. */
  list: { readonly isFirstPage: boolean } | null,
): Promise<Answered> {
  const { client } = context;
  const answered = await relay(answer, {
    client,
    clock: context.enforcement.clock,
    id,
    askedId,
    askedIds: context.session.askedIds,
    canResume: !context.isStateless,
    onEventId: (event) => tellEventId(context.session, event),
    masker: context.masker,
    saidMasker: saidMasker(context),
    onChanged: () => {
      context.connection.listing.at = null;
    },
    onAsked: onServerAsks(context),
    onResult: (message, result) => {
      noteCursor(result, context);
      return list === null
        ? notAllowed(message, result, id, context)
        : heardList(message, context, list);
    },
    withheld: withheldText,
  });
  if (answered.kind === "none" && !client.isOver) {
    client.message(502, errorText(id, rpcCodes.internalError, "The tool server gave no answer."));
  }
  return answered;
}

/** Which request it answers is not known there: what has tools is a list of them. */
function heardResumed(
  message: Buffer,
  result: ShallowObject,
  context: RequestContext,
): Buffer | null {
  noteCursor(result, context);
  return result.members?.has("tools") === true
    ? heardList(message, context, { isFirstPage: false })
    : notAllowed(message, result, idOf(message), context);
}

function notAllowed(
  message: Buffer,
  result: ShallowObject,
  id: RpcId,
  { connection }: RequestContext,
) {
  return notAllowedInput(message, result, { id, masks: [], allow: connection.allow });
}

function withheldText(id: string): string {
  return errorText(id, rpcCodes.internalError, "The gateway can't look through this answer.");
}

/** What a server says by itself, or what is left of a stream that was cut off. */
export async function carryStream(context: RequestContext): Promise<void> {
  const { client, headers, session } = context;
  const { left: signal } = client;
  const last = headers["last-event-id"];
  // A server may not know whose an event was.
  const isOwn = typeof last === "string" && session.eventIds.has(last);
  const changed = isOwn ? { "last-event-id": last } : {};
  const answer = await askUpstream(context, { method: "GET", body: null, signal, changed });
  const isResumed = isOwn && !wasMasked(context);
  await relay(answer, {
    client,
    clock: context.enforcement.clock,
    id: null,
    canResume: true,
    onEventId: (event) => tellEventId(session, event),
    isResumed,
    askedIds: session.askedIds,
    masker: context.connection.unmasked,
    saidMasker: saidMasker(context),
    onChanged: () => {
      context.connection.listing.at = null;
    },
    onAsked: onServerAsks(context),
    onResult: (message, result) => heardResumed(message, result, context),
    withheld: withheldText,
  });
  client.empty(502);
}

function idOf(message: Buffer): RpcId {
  const { id } = JSON.parse(message.toString("utf8")) as { readonly id?: Json };
  return JSON.stringify(id ?? null);
}

export async function endSession(context: RequestContext): Promise<void> {
  const { client, session, sessions } = context;
  const { signal } = new AbortController();
  const isShared = session.shownId === null;
  const answer = await tellUpstream(context, { method: "DELETE", body: null, signal }).catch(
    (error: unknown) => {
      if (isShared || !(error instanceof GatewayError)) throw error;
      return null;
    },
  );
  if (answer === null || (answer.status >= failing && !isShared)) {
    // Nobody goes on with it, whatever its server knows.
    sessions.endUnheard(session);
    return client.empty(200);
  }
  // A server may keep sessions to itself; without one of its own it is not asked.
  if (session.upstreamId !== null && answer.status === 405) return client.empty(405);
  sessions.end(session);
  client.empty(200);
}

const failing = 500;
