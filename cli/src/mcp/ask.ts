/** One request of the client's, asked of the gateway, and every message of its answer passed on. */
import {
  type Failure,
  failureLine,
  failureOf,
  noAnswer,
  refusedFailure,
  sessionOver,
} from "./failures.ts";
import type { Answer, GatewayHttp } from "./gateway-http.ts";
import { fieldsOf, ownVersion, parseMessage, type Request } from "./message.ts";
import type { Headers, Session } from "./session.ts";

export interface Bridge {
  readonly url: URL;
  readonly gateway: GatewayHttp;
  readonly session: Session;
  /** Those of every request. Rejects where there is nobody to ask. */
  readonly headers: () => Promise<Headers>;
  /** One line to the client; settles when it takes more. */
  readonly say: (line: string) => Promise<void>;
}

/** Answers it, once, unless it is aborted. True: the session is over. */
export async function ask(request: Request, bridge: Bridge, signal: AbortSignal): Promise<boolean> {
  const fail = (failure: Failure) => bridge.say(failureLine(request.id, failure));
  try {
    const answer = await send(request, bridge, signal);
    if (answer.status >= 300) return await refused(answer, request, bridge);
    if (request.method === "initialize") {
      const id = answer.headers["mcp-session-id"];
      bridge.session.begin(typeof id === "string" ? id : null);
    }
    if (!(await take(answer, request, bridge, signal))) await fail(noAnswer);
  } catch (error) {
    if (!signal.aborted) await fail(failureOf(error, bridge.url));
  }
  return false;
}

async function send(request: Request, bridge: Bridge, signal: AbortSignal): Promise<Answer> {
  const headers = { ...(await bridge.headers()), ...bridge.session.headersOf(request) };
  return await bridge.gateway.ask({ method: "POST", headers, body: request.bytes, signal });
}

/** Streams of a session go on where they broke off. False: its answer never came. */
async function take(
  { messages }: Answer,
  request: Request,
  bridge: Bridge,
  signal: AbortSignal,
): Promise<boolean> {
  let stream: Answer["messages"] | null = messages;
  let lastEvent: string | null = null;
  while (stream !== null) {
    for await (const { id, data } of stream) {
      lastEvent = id ?? lastEvent;
      if (data !== "" && (await pass(data, request, bridge))) return true;
    }
    stream = lastEvent === null ? null : await resume(lastEvent, bridge, signal);
  }
  return false;
}

/** True where it is the answer. */
async function pass(data: string, request: Request, { session, say }: Bridge): Promise<boolean> {
  const message = parseMessage(Buffer.from(data));
  const answers = message?.kind === "response" && message.id === request.id;
  if (answers) session.learn(request, message);
  await say(data);
  return answers;
}

async function resume(
  lastEvent: string,
  { gateway, session, headers: own }: Bridge,
  signal: AbortSignal,
): Promise<Answer["messages"] | null> {
  const headers = { ...(await own()), ...session.headersToListen(lastEvent) };
  const { status, messages } = await gateway.ask({ method: "GET", headers, body: null, signal });
  return status === 200 ? messages : null;
}

/** In the gateway's words, where it has any. */
async function refused(
  { status, messages }: Answer,
  request: Request,
  { session, say, url }: Bridge,
): Promise<boolean> {
  for await (const { data } of messages) {
    const { id, error } = fieldsOf(parseJson(data));
    if (error === undefined) continue;
    await say(id === request.id ? data : JSON.stringify({ jsonrpc: "2.0", id: request.id, error }));
    return false;
  }
  const isOver = status === 404 && session.isBegun() && ownVersion(request.params) === null;
  await say(failureLine(request.id, isOver ? sessionOver : refusedFailure(status, url)));
  return isOver;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
