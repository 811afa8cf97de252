/**
 * A client that speaks over standard input and output, in front of a gateway that speaks HTTP: every line becomes a
 * request, every message of an answer a line.
 *
 * Guarantees that every request is answered, once: by what the gateway said, or by an error that says whether anything may
 * have run. It decides nothing and keeps nothing; what a session is, the gateway knows.
 */
import { ask, type Bridge } from "./ask.ts";
import { failureLine, malformed, noAnswer, serverEnded } from "./failures.ts";
import { listen, pause } from "./listen.ts";
import { type Message, parseMessage, type Request } from "./message.ts";
import { createSession } from "./session.ts";

export interface BridgeDeps extends Omit<Bridge, "session"> {
  /** From when on nothing more can be asked; what is under way may still be answered. */
  readonly lost: Promise<void>;
}

export type BridgeEnd = "client_left" | "session_over" | "lost" | "aborted";

/** One request that is not answered yet. */
interface Running {
  readonly request: Request;
  /** Its client has taken it back, and hears no more of it. */
  readonly stop: AbortController;
  readonly over: Promise<boolean>;
}

/** For what is under way when the server is lost, which the gateway is about to be told too. */
const lastAnswersMs = 2_000;
const leaveMs = 2_000;

/** Runs until the client leaves, or there is nothing any more to be asked. */
export async function runBridge(
  lines: AsyncIterable<Buffer | null>,
  deps: BridgeDeps,
  signal: AbortSignal,
): Promise<BridgeEnd> {
  const { say } = deps;
  const bridge: Bridge = { ...deps, session: createSession() };
  const running = new Map<string, Running>();
  const closing = new AbortController();
  const ended = Promise.withResolvers<BridgeEnd>();
  let isLost = false;
  signal.addEventListener("abort", () => ended.resolve("aborted"), { once: true });
  void deps.lost.then(async () => {
    isLost = true;
    const answered = Promise.all([...running.values()].map(({ over }) => over));
    await Promise.race([pause(lastAnswersMs, closing.signal), answered]);
    ended.resolve("lost");
  });

  const start = async (request: Request) => {
    if (isLost) return say(failureLine(request.id, serverEnded));
    const key = JSON.stringify(request.id);
    const stop = new AbortController();
    const over = ask(request, bridge, AbortSignal.any([stop.signal, closing.signal]));
    const entry = { request, stop, over };
    running.set(key, entry);
    if (await over) ended.resolve("session_over");
    if (running.get(key) === entry) running.delete(key);
  };
  const tell = async (message: Exclude<Message, Request>) => {
    const isNotification = message.kind === "notification";
    if (isNotification && message.method === cancelled && bridge.session.hasNone()) {
      running.get(JSON.stringify(message.params["requestId"]))?.stop.abort();
      return;
    }
    const headers = { ...(await deps.headers()), ...bridge.session.headersOf(message) };
    const asked = { method: "POST", headers, body: message.bytes, signal: closing.signal } as const;
    const { messages } = await deps.gateway.ask(asked);
    for await (const _ of messages);
    if (isNotification && message.method === "notifications/initialized") {
      void listen(bridge, closing.signal);
    }
  };
  const read = async (): Promise<BridgeEnd> => {
    for await (const line of lines) {
      const message = line === null ? null : parseMessage(line);
      if (message === null) await say(failureLine(null, malformed));
      else if (message.kind === "request") void start(message);
      // What nobody answers can't be told that it was lost.
      else void tell(message).catch(() => {});
    }
    return "client_left";
  };

  const end = await Promise.race([read(), ended.promise]);
  const unanswered = [...running.values()].filter(({ stop }) => !stop.signal.aborted);
  closing.abort();
  if (end === "lost") {
    for (const { request } of unanswered) await say(failureLine(request.id, noAnswer));
  }
  if (bridge.session.isBegun() && end !== "session_over") await leave(bridge);
  return end;
}

const cancelled = "notifications/cancelled";

async function leave({ gateway, session, headers: own }: Bridge): Promise<void> {
  const headers = { ...(await own().catch(() => ({}))), ...session.headersToListen(null) };
  const signal = AbortSignal.timeout(leaveMs);
  await gateway.ask({ method: "DELETE", headers, body: null, signal }).catch(() => {});
}
