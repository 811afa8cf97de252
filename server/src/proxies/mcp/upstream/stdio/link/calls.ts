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
  const deadlines = new Map<Call, () => void>();
  let lastId = 0;

  const cancel = (call: Call, error: Error) => {
    const { id, method } = call.options;
    if (calls.get(id) !== call) return;
    // A client never cancels its initialize (MCP 2025-11-25, cancellation).
    if (method !== "initialize") deps.send(cancelled(id));
    call.fail(error);
  };
  const heard = (call: Call) => {
    deadlines.get(call)?.();
    if (call.options.method === listenMethod) return;
    const late = () => cancel(call, serverLost("does not answer", true));
    deadlines.set(call, deps.clock.after(answerMs, late));
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
          deadlines.get(call)?.();
          deadlines.delete(call);
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
      for (const call of calls.values()) call.fail(error);
    },
  };
}

function cancelled(requestId: number): Buffer {
  return Buffer.from(
    JSON.stringify({ jsonrpc: "2.0", method: cancelledMethod, params: { requestId } }),
  );
}
