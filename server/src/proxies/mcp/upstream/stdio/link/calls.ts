/** What one server was asked and has not answered: by its own ids, with deadlines, cancelled where nobody waits. */
import type { Clock } from "#/platform/clock.ts";
import { Call, type CallOptions } from "./call.ts";
import { cancelledMethod, listenMethod } from "./methods.ts";
import { serverLost } from "./server-lost.ts";

/** Requests that a server has not answered. One more is refused unsent. */
const callsMax = 256;
/** Without a word of the server's on it. */
const answerMs = 10 * 60_000;

export interface Calls {
  isFull(): boolean;
  nextId(): number;
  /** It was sent. Aborted: the server is told that nobody waits. */
  add(
    call: Pick<CallOptions, "id" | "clientId" | "progressToken" | "method">,
    signal: AbortSignal,
  ): Call;
  /** By the text of an id that the server wrote. */
  find(id: string): Call | undefined;
  findByClient(id: string): Call | undefined;
  /** Which end with their one answer, the oldest first. */
  answering(): readonly Call[];
  /** The server has said something on it. */
  heard(call: Call): void;
  /** The server may stop, and what it still says of it is dropped. */
  cancel(call: Call, error: Error): void;
  isEmpty(): boolean;
  failAll(error: Error): void;
}

export function createCalls(deps: {
  readonly clock: Clock;
  readonly send: (message: Buffer) => void;
  readonly holdUp: () => CallOptions["holdUp"];
}): Calls {
  const calls = new Map<number, Call>();
  /** When a server last spoke on each, the longest ago first. */
  const heardAt = new Map<Call, number>();
  /** One timer for all of them: one for each would be made and taken back for every call. */
  let stopTimer: (() => void) | null = null;
  let lastId = 0;

  const cancel = (call: Call, error: Error) => {
    const { id, method } = call.options;
    if (calls.get(id) !== call) return;
    // A client never cancels its initialize (MCP 2025-11-25, cancellation).
    if (method !== "initialize") deps.send(cancelled(id));
    call.fail(error);
  };
  const heard = (call: Call) => {
    if (call.options.method === listenMethod) return;
    heardAt.delete(call);
    heardAt.set(call, deps.clock.now());
    stopTimer ??= deps.clock.after(answerMs, look);
  };
  const look = () => {
    stopTimer = null;
    for (const [call, at] of heardAt) {
      const leftMs = at + answerMs - deps.clock.now();
      if (leftMs <= 0) {
        cancel(call, serverLost("does not answer", true));
      } else {
        stopTimer = deps.clock.after(leftMs, look);
        return;
      }
    }
  };

  return {
    isFull: () => calls.size >= callsMax,
    nextId: () => (lastId += 1),
    add(asked, signal) {
      const left = () => cancel(call, serverLost("was not waited for", true));
      const call: Call = new Call({
        ...asked,
        holdUp: deps.holdUp(),
        onLeft: left,
        onOver() {
          calls.delete(asked.id);
          heardAt.delete(call);
          signal.removeEventListener("abort", left);
        },
      });
      calls.set(asked.id, call);
      heard(call);
      signal.addEventListener("abort", left, { once: true });
      if (signal.aborted) left();
      return call;
    },
    find: (id) => (/^\d{1,15}$/.test(id) ? calls.get(Number(id)) : undefined),
    findByClient: (id) => [...calls.values()].find(({ options }) => options.clientId === id),
    answering: () => [...calls.values()].filter(({ options }) => options.method !== listenMethod),
    heard,
    cancel,
    isEmpty: () => calls.size === 0,
    failAll(error) {
      stopTimer?.();
      for (const call of calls.values()) call.fail(error);
    },
  };
}

function cancelled(requestId: number): Buffer {
  return Buffer.from(
    JSON.stringify({ jsonrpc: "2.0", method: cancelledMethod, params: { requestId } }),
  );
}
