/** One message of a client that is signed in: by which revision, in which session, and to whom it goes. */
import { asGatewayError, GatewayError } from "#/core/errors.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { call } from "#/proxies/mcp/call/call.ts";
import { carryRequest } from "#/proxies/mcp/carry/carry.ts";
import { carryNotification, carryResponse } from "#/proxies/mcp/carry/carry-untold.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { isDecided } from "#/proxies/mcp/methods.ts";
import type { ClientSession } from "#/proxies/mcp/sessions.ts";
import {
  checkHeaders,
  checkSessionVersion,
  isStateless,
} from "#/proxies/mcp/wire/check-headers.ts";
import type { ClientAnswer } from "#/proxies/mcp/wire/client-answer.ts";
import {
  type Message,
  MessageProblem,
  type Request,
  type RpcCode,
  rpcCodes,
} from "#/proxies/mcp/wire/codec.ts";
import { errorText, problemText } from "#/proxies/mcp/wire/reply.ts";

export type Base = Omit<RequestContext, "session" | "isStateless">;

/** Throws a `MessageProblem`, and rejects with one. */
export function receive(message: Message, bytes: Buffer, base: Base): Promise<void> {
  const stateless = isStateless(base.headers, message);
  if (stateless) checkHeaders(base.headers, message);
  else checkSessionVersion(base.headers, message);
  const session = stateless
    ? base.sessions.shared(base.principal.name, base.connection.resource.connection)
    : sessionOf(base, message);
  const context: RequestContext = { ...base, session, isStateless: stateless };
  switch (message.kind) {
    case "request":
      return answered(message, context, () =>
        isDecided(message.method)
          ? call(message, bytes, message.method, context)
          : carryRequest(message, bytes, context),
      );
    case "notification":
      return carryNotification(message, bytes, context);
    case "response":
      return carryResponse(message, bytes, context);
  }
}

/** Under its id, where the server could not be asked, and where nothing could be done with it. */
async function answered(
  { id }: Request,
  { client, isStateless: hasNoSession }: RequestContext,
  done: () => Promise<void>,
): Promise<void> {
  try {
    await done();
  } catch (error) {
    if (error instanceof MessageProblem) throw hasNoSession ? error : asAnswer(error);
    if (!(error instanceof GatewayError)) throw error;
    client.message(statusOf(error), errorText(id, rpcCodes.internalError, error.message));
  }
}

/**
 * By a revision with sessions a status speaks of the transport: clients make of 404 that their session is lost, and of 400 that it failed, and
 * read no message. What is wrong with a request that could be read is its answer, as of any server.
 */
function asAnswer(problem: MessageProblem): MessageProblem {
  const { code, message, id, data } = problem;
  if (id === null || !ofRequests.has(code)) return problem;
  return new MessageProblem(code, message, { status: 200, id, ...(data && { data }) });
}

const ofRequests: ReadonlySet<RpcCode> = new Set([rpcCodes.methodNotFound, rpcCodes.invalidParams]);

export function sessionOf(
  { headers, sessions, principal, connection }: Base,
  message: Message | null,
): ClientSession {
  const shownId = headers["mcp-session-id"];
  const id = message?.kind === "request" ? message.id : null;
  const { connection: name } = connection.resource;
  if (message?.kind === "request" && message.method === "initialize") {
    const session = sessions.open(principal.name, name);
    if (session !== null) return session;
    throw new MessageProblem(rpcCodes.internalError, "This agent has too many sessions open.", {
      id,
      status: 503,
    });
  }
  if (shownId === undefined) return sessions.shared(principal.name, name);
  const session = typeof shownId === "string" ? sessions.find(shownId, principal.name, name) : null;
  if (session !== null) return session;
  throw new MessageProblem(
    rpcCodes.invalidRequest,
    "There is no such session. Begin anew with initialize.",
    { id, status: 404 },
  );
}

/** What a client hears of whatever failed before there was an answer. */
export function answerFailure(
  client: ClientAnswer,
  error: unknown,
  log: EnforcementDeps["log"],
): void {
  if (error instanceof MessageProblem) return client.message(error.status, problemText(error));
  const failure = asGatewayError(error, "The gateway could not carry this message.");
  const { code } = failure;
  if (code === "internal.unexpected") log.error("mcp.failed", { code });
  client.message(statusOf(failure), errorText(null, rpcCodes.internalError, failure.message));
}

function statusOf({ code }: GatewayError): number {
  if (code === "api.origin_refused") return 403;
  return code.startsWith("upstream.") || code.startsWith("mcp.") ? 502 : 500;
}
