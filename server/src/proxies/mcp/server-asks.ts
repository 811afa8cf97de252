/** What a server asks of a client in the middle of its answers: passed on where its connection allows it, else answered here. */
import { askUpstream } from "./ask-upstream.ts";
import { idKey, type RpcId, rpcCodes } from "./codec.ts";
import type { RequestContext } from "./context.ts";
import { askedFreely, asks } from "./methods.ts";
import { errorText } from "./reply.ts";

/** Requests of one server to one session that wait for an answer. One more is refused. */
const askedMax = 1_000;

/** False where it is not to be passed on: without a session nobody knows whose answer comes back. */
export function onServerAsks(context: RequestContext): (method: string, id: RpcId) => boolean {
  const { connection, session, enforcement } = context;
  return (method, id) => {
    const mayAsk = session.shownId !== null && isAllowed(method, connection.allow);
    if (mayAsk && session.asked.size < askedMax) {
      session.asked.add(idKey(id));
      return true;
    }
    enforcement.log.info("mcp.ask_refused", { connection: connection.resource.connection });
    // The revision without sessions knows no way to answer it.
    if (!context.isStateless) void answerRefused(id, context);
    return false;
  };
}

export function isAllowed(method: string, allow: RequestContext["connection"]["allow"]): boolean {
  const kind = Object.hasOwn(asks, method) ? asks[method] : undefined;
  return kind === undefined ? askedFreely.has(method) : allow[kind];
}

async function answerRefused(id: RpcId, context: RequestContext): Promise<void> {
  const message = "The gateway does not pass this request on to clients.";
  const body = Buffer.from(errorText(id, rpcCodes.methodNotFound, message));
  const { signal } = new AbortController();
  await askUpstream(context, { method: "POST", body, signal }).catch(() => undefined);
}
