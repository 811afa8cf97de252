/**
 * All that goes on with one running server: what it was asked and by whom, what it says, and to whom that goes.
 *
 * Guarantees that an answer reaches the one request that it names and only once, under the id that its client gave; that
 * what a server says without having been asked costs at most that server; and that when it ends, everything that was
 * under way is told so, as sent: nobody knows what came of it.
 *
 * It knows nothing of processes. A server of a `session` serves one client, which may be told all that it says; a
 * `stateless` one may serve many, and each is told only what names its own request.
 */
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { protocolFailure } from "#/proxies/mcp/upstream/http-failure.ts";
import type { AnswerBody, UpstreamAnswer } from "#/proxies/mcp/upstream/upstream.ts";
import { createCalls } from "./calls.ts";
import { tellDropped } from "./dropped.ts";
import { openFloodGate } from "./flood-gate.ts";
import { createHearing, type LinkKind } from "./hearing.ts";
import type { LineChannel, LineChannelEvents } from "./line-channel.ts";
import { createListeners } from "./listeners.ts";
import { cancelledMethod, progressTokenPath } from "./methods.ts";
import { type AnswerLine, memberAt, type NotificationLine, type RequestLine } from "./rpc-line.ts";
import { serverLost } from "./server-lost.ts";
import { ontoOneLine, splice } from "./splice.ts";

export interface Link {
  /** Rejects with an `upstream.…` error. Aborted: the server is told that nobody waits. */
  ask(request: RequestLine, signal: AbortSignal, onSent?: () => void): Promise<UpstreamAnswer>;
  /** A client's notification, or its answer to what the server has asked. */
  tell(line: AnswerLine | NotificationLine): void;
  /** What the server says by itself. */
  listen(signal: AbortSignal): AnswerBody;
  isOpen(): boolean;
  isBusy(): boolean;
  close(): Promise<void>;
}

export interface LinkDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly open: (events: LineChannelEvents) => Promise<LineChannel>;
  /** Once. */
  readonly onEnded: () => void;
}

/** Rejects with `upstream.unreachable`. */
export async function openLink(kindOf: () => LinkKind, deps: LinkDeps): Promise<Link> {
  const { clock } = deps;
  const dropped = tellDropped(deps.log, clock);
  const serverRequests = new Set<string>();
  let isOpen = true;
  let holds = 0;
  let channel: LineChannel | null = null;

  const hold = () => {
    holds += 1;
    if (holds === 1) channel?.pause();
  };
  const release = () => {
    holds -= 1;
    if (holds === 0) channel?.resume();
  };
  const send = (message: Buffer) => channel?.send(message) ?? "ended";
  const gate = openFloodGate(clock, hold, release);
  const listeners = createListeners({ hold, release, dropped });
  const calls = createCalls({
    clock,
    send: (message) => void send(message),
    holdUp: () => (kindOf() === "session" ? { hold, release } : null),
  });

  const hear = createHearing({
    kindOf,
    calls,
    listeners,
    serverRequests,
    dropped,
    send: (message) => void send(message),
  });

  channel = await deps.open({
    line(bytes) {
      if (hear(bytes) === "unasked") gate.count(bytes.length);
    },
    leftOut: gate.countBytes,
    overlong(id) {
      gate.count(0);
      dropped("too_large");
      const call = id === null ? undefined : calls.find(String(id));
      call?.fail(protocolFailure("answers with a message that is too large"));
    },
    ended() {
      isOpen = false;
      gate.close();
      calls.failAll(serverLost("has ended", true));
      listeners.end();
      deps.onEnded();
    },
  });

  return {
    async ask(request, signal, onSent) {
      const token = memberAt(request, request.params, progressTokenPath);
      if (calls.isFull()) throw serverLost("is busy", false);
      const id = calls.nextId();
      const places = token === null ? [request.id] : [request.id, token];
      const edits = places.map((at) => ({ at, text: String(id) }));
      onSent?.();
      const sent = send(ontoOneLine(splice(request.bytes, edits)));
      if (sent === "full") throw serverLost("does not read what it is sent", false);
      if (sent === "ended") throw serverLost("has ended", false);
      const { method } = request;
      const asking = { id, method, clientId: request.id.text, progressToken: token?.text ?? null };
      return await calls.add(asking, signal).answer;
    },
    tell(line) {
      if (line.kind === "notification" && line.method === cancelledMethod) {
        const named = memberAt(line, line.params, ["requestId"]);
        const call = named === null ? undefined : calls.findByClient(named.text);
        if (call !== undefined) calls.cancel(call, serverLost("was told to stop", true));
        return;
      }
      // A server that has asked nothing is answered nothing.
      if (line.kind === "response" && !serverRequests.delete(line.id.text)) return;
      send(ontoOneLine(splice(line.bytes, [])));
    },
    listen: listeners.open,
    isOpen: () => isOpen,
    isBusy: () => !calls.isEmpty() || listeners.isHeard(),
    close: () => channel?.stop() ?? Promise.resolve(),
  };
}
