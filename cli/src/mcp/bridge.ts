/**
 * A client that speaks over standard input and output, in front of a gateway that speaks HTTP: every line becomes a
 * request, every message of an answer a line.
 *
 * Guarantees that every request is answered, once: by what the gateway said, or by an error that says whether anything may
 * have run. It decides nothing and keeps nothing; what a session is, the gateway knows.
 */
import {
  failureLine,
  failureOf,
  malformed,
  noAnswer,
  refusedFailure,
  serverEnded,
  sessionOver,
} from "./failures.ts";
import { type Answer, type GatewayHttp, GatewayLost } from "./gateway-http.ts";
import { fieldsOf, type Message, ownVersion, parseMessage, type Request } from "./message.ts";
import { createMirror } from "./mirrored.ts";

export interface BridgeDeps {
  readonly url: URL;
  readonly gateway: GatewayHttp;
  /** Rejects where there is nobody to ask; called again for the next request. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** One line to the client; settles when it takes more. */
  readonly say: (line: string) => Promise<void>;
  /** From when on nothing more can be asked; what is under way may still be answered. */
  readonly lost: Promise<void>;
}

export type BridgeEnd = "client_left" | "session_over" | "lost" | "aborted";

/** One request that is not answered yet. */
interface Running {
  readonly request: Request;
  /** Its client has taken it back, and hears no more of it. */
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

const accept = "application/json, text/event-stream";
/** Between two tries to listen to what a server says by itself. */
const listenAgainMs = 1_000;
/** For what is under way when the server is lost, which the gateway is about to be told too. */
const lastAnswersMs = 2_000;

/** Runs until the client leaves, or there is nothing any more to be asked. */
export async function runBridge(
  lines: AsyncIterable<Buffer | null>,
  deps: BridgeDeps,
  signal: AbortSignal,
): Promise<BridgeEnd> {
  const { url, gateway, say } = deps;
  const mirror = createMirror();
  const running = new Map<string, Running>();
  const closing = new AbortController();
  const over = Promise.withResolvers<BridgeEnd>();
  signal.addEventListener("abort", () => over.resolve("aborted"), { once: true });
  let session: string | null = null;
  let version: string | null = null;
  let isLost = false;
  void deps.lost.then(async () => {
    isLost = true;
    const late = pause(lastAnswersMs, closing.signal);
    await Promise.race([late, Promise.all([...running.values()].map((each) => each.over))]);
    over.resolve("lost");
  });

  const headersFor = async (message: Message): Promise<Record<string, string>> => {
    const own = message.kind === "response" ? null : ownVersion(message.params);
    const base = { accept, ...(await deps.headers()) };
    if (own !== null) {
      const mirrored = message.kind === "request" ? mirror.headersOf(message) : {};
      return { ...base, "mcp-protocol-version": own, ...mirrored };
    }
    return {
      ...base,
      ...(session === null ? {} : { "mcp-session-id": session }),
      ...(version === null ? {} : { "mcp-protocol-version": version }),
    };
  };
  /** True where it is the answer. */
  const pass = async (data: string, request: Request): Promise<boolean> => {
    const message = parseMessage(Buffer.from(data));
    const answers = message?.kind === "response" && message.id === request.id;
    if (answers && request.method === "initialize") {
      const { protocolVersion } = message.result;
      if (typeof protocolVersion === "string") version = protocolVersion;
    }
    if (answers && request.method === "tools/list") mirror.learn(message);
    await say(data);
    return answers;
  };
  const take = async ({ messages }: Answer, request: Request, patience: AbortSignal) => {
    let stream: Answer["messages"] | null = messages;
    let lastEvent: string | null = null;
    while (stream !== null) {
      for await (const { id, data } of stream) {
        lastEvent = id ?? lastEvent;
        if (data !== "" && (await pass(data, request))) return true;
      }
      // Streams of a session go on where they broke off.
      stream = lastEvent === null ? null : await resume(lastEvent, patience);
    }
    return false;
  };
  const resume = async (lastEvent: string, patience: AbortSignal) => {
    const headers = { ...(await listenHeaders()), "last-event-id": lastEvent };
    const answer = await gateway.ask({ method: "GET", headers, body: null, signal: patience });
    return answer.status === 200 ? answer.messages : null;
  };
  const listenHeaders = async () => ({
    ...(await deps.headers()),
    accept: "text/event-stream",
    ...(session === null ? {} : { "mcp-session-id": session }),
    ...(version === null ? {} : { "mcp-protocol-version": version }),
  });
  const refused = async (answer: Answer, request: Request) => {
    for await (const { data } of answer.messages) {
      const { id, error } = fieldsOf(parseJson(data));
      if (error === undefined) continue;
      if (id === request.id) return say(data);
      return say(JSON.stringify({ jsonrpc: "2.0", id: request.id, error }));
    }
    if (answer.status !== 404 || session === null || ownVersion(request.params) !== null) {
      return say(failureLine(request.id, refusedFailure(answer.status, url)));
    }
    await say(failureLine(request.id, sessionOver));
    over.resolve("session_over");
  };
  const answerTo = async (request: Request, stop: AbortSignal) => {
    try {
      const headers = await headersFor(request);
      const patience = AbortSignal.any([stop, closing.signal]);
      const { bytes: body } = request;
      const answer = await gateway.ask({ method: "POST", headers, body, signal: patience });
      if (answer.status >= 300) return await refused(answer, request);
      if (request.method === "initialize") {
        const named = answer.headers["mcp-session-id"];
        session = typeof named === "string" ? named : null;
      }
      if (!(await take(answer, request, patience))) await say(failureLine(request.id, noAnswer));
    } catch (error) {
      if (stop.aborted || closing.signal.aborted) return;
      await say(failureLine(request.id, failureOf(error, url)));
    }
  };
  const askFor = async (request: Request) => {
    if (isLost) return say(failureLine(request.id, serverEnded));
    const key = JSON.stringify(request.id);
    const stop = new AbortController();
    const entry = { request, stop, over: answerTo(request, stop.signal) };
    running.set(key, entry);
    await entry.over;
    if (running.get(key) === entry) running.delete(key);
  };
  const tell = async (message: Exclude<Message, Request>) => {
    if (message.kind === "notification" && isOwnCancellation(message)) {
      running.get(JSON.stringify(message.params["requestId"]))?.stop.abort();
      return;
    }
    const asked = {
      method: "POST",
      headers: await headersFor(message),
      body: message.bytes,
    } as const;
    const { messages } = await gateway.ask({ ...asked, signal: closing.signal });
    for await (const _ of messages);
    if (message.kind === "notification" && message.method === "notifications/initialized") {
      void listen();
    }
  };
  /** Of 2026-07-28, where no request is of a session: a stream that is closed is a request that is taken back. */
  const isOwnCancellation = ({ method }: { readonly method: string }) =>
    method === "notifications/cancelled" && version === null;
  /** To what the server of a session says by itself. */
  const listen = async () => {
    let lastEvent: string | null = null;
    while (!closing.signal.aborted) {
      try {
        const again = lastEvent === null ? {} : { "last-event-id": lastEvent };
        const headers = { ...(await listenHeaders()), ...again };
        const asked = { method: "GET", headers, body: null, signal: closing.signal } as const;
        const answer = await gateway.ask(asked);
        if (answer.status !== 200) return;
        for await (const { id, data } of answer.messages) {
          lastEvent = id ?? lastEvent;
          if (data !== "") await say(data);
        }
      } catch (error) {
        if (!(error instanceof GatewayLost)) throw error;
      }
      await pause(listenAgainMs, closing.signal);
    }
  };

  const reading = (async (): Promise<BridgeEnd> => {
    for await (const line of lines) {
      const message = line === null ? null : parseMessage(line);
      if (message === null) await say(failureLine(null, malformed));
      else if (message.kind === "request") void askFor(message);
      // What nobody answers can't be told that it was lost.
      else void tell(message).catch(() => {});
    }
    return "client_left";
  })();
  const end = await Promise.race([reading, over.promise]);
  const unanswered = [...running.values()].filter(({ stop }) => !stop.signal.aborted);
  closing.abort();
  if (end === "lost") {
    for (const { request } of unanswered) await say(failureLine(request.id, noAnswer));
  }
  if (session !== null && end !== "session_over") await leave();
  return end;

  async function leave(): Promise<void> {
    const asked = { method: "DELETE", headers: await listenHeaders(), body: null } as const;
    await gateway.ask({ ...asked, signal: AbortSignal.timeout(leaveMs) }).catch(() => {});
  }
}

const leaveMs = 2_000;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
