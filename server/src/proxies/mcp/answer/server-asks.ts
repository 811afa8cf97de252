/** What a server asks of a client in the middle of its answers: passed on where its connection allows it, else answered here. */
import { tellUpstream } from "#/proxies/mcp/ask-upstream.ts";
import type { RequestContext } from "#/proxies/mcp/context.ts";
import { plainAsk } from "#/proxies/mcp/masked/asked-text.ts";
import { askedFreely, asks } from "#/proxies/mcp/methods.ts";
import { idCharsMax, idKey, type RpcId, rpcCodes } from "#/proxies/mcp/wire/codec.ts";
import { errorText } from "#/proxies/mcp/wire/reply.ts";

/** Requests of one server to one session that wait for an answer. One more is refused. */
const askedMax = 1_000;

/** Refusals that are on their way to a server for one of its answers. What it asks beyond them gets none. */
const refusalsAtOnceMax = 8;

/** Null where it is not to be passed on: without a session nobody knows whose answer comes back. */
export function onServerAsks(
  context: RequestContext,
): (method: string, id: RpcId, message: Buffer) => Buffer | null {
  const { connection, session, enforcement } = context;
  let refusing = 0;
  let isTold = false;
  return (method, id, message) => {
    // It is kept until it is answered, and would come back with a refusal.
    if (id.length > idCharsMax) return null;
    const mayAsk = session.shownId !== null && session.asked.size < askedMax;
    const passed =
      mayAsk && isAllowed(method, connection.allow) ? plainlyAsked(method, message) : null;
    if (passed !== null) {
      session.asked.set(idKey(id), { id, method });
      return passed;
    }
    // Once for each answer: how often a server asks is not for the log.
    if (!isTold) {
      enforcement.log.info("mcp.ask_refused", { connection: connection.resource.connection });
    }
    isTold = true;
    // The revision without sessions knows no way to answer it.
    if (context.isStateless || refusing >= refusalsAtOnceMax) return null;
    refusing += 1;
    void answerRefused(id, context).finally(() => {
      refusing -= 1;
    });
    return null;
  };
}

function plainlyAsked(method: string, message: Buffer): Buffer | null {
  return Object.hasOwn(asks, method) ? plainAsk(method, message) : message;
}

export function isAllowed(method: string, allow: RequestContext["connection"]["allow"]): boolean {
  const kind = Object.hasOwn(asks, method) ? asks[method] : undefined;
  return kind === undefined ? askedFreely.has(method) : allow[kind];
}

async function answerRefused(id: RpcId, context: RequestContext): Promise<void> {
  const message = "The gateway does not pass this request on to clients.";
  const body = Buffer.from(errorText(id, rpcCodes.methodNotFound, message));
  const { signal } = new AbortController();
  await tellUpstream(context, { method: "POST", body, signal }).catch(() => undefined);
}
