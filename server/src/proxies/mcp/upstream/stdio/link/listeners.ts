/** The stream on which a session's client hears what its server says by itself, and what waits for one to be opened. */
import { type EventQueue, eventQueue } from "#/proxies/mcp/upstream/event-queue.ts";
import type { AnswerBody } from "#/proxies/mcp/upstream/upstream.ts";
import type { DropReason } from "./dropped.ts";

/** Messages that nobody has listened to yet. One more costs the oldest. */
const unheardMax = 100;
const unheardBytesMax = 256 * 1024;

export interface Listeners {
  push(data: Uint8Array): void;
  /** Takes the place of an earlier one, which ends: a message goes to one stream alone. */
  open(signal: AbortSignal): AnswerBody;
  isHeard(): boolean;
  /** With the server. */
  end(): void;
}

export function createListeners(deps: {
  readonly hold: () => void;
  readonly release: () => void;
  readonly dropped: (reason: DropReason) => void;
}): Listeners {
  const unheard: Uint8Array[] = [];
  let unheardBytes = 0;
  let stream: EventQueue | null = null;
  let isFull = false;

  const hasRoom = () => {
    if (isFull) deps.release();
    isFull = false;
  };
  const close = () => {
    stream?.end();
    stream = null;
    hasRoom();
  };
  const pushTo = (queue: EventQueue, data: Uint8Array) => {
    const full = queue.push([{ id: null, retryMs: null, data }]);
    if (full && !isFull) deps.hold();
    isFull = full;
  };

  return {
    push(data) {
      if (stream !== null) return pushTo(stream, data);
      unheard.push(data);
      unheardBytes += data.length;
      while (unheard.length > unheardMax || unheardBytes > unheardBytesMax) {
        unheardBytes -= unheard.shift()?.length ?? 0;
        deps.dropped("nobody_listens");
      }
    },
    open(signal) {
      close();
      const left = () => {
        if (stream === events) close();
      };
      const events: EventQueue = eventQueue(() => {
        if (stream === events) hasRoom();
      }, left);
      stream = events;
      signal.addEventListener("abort", left, { once: true });
      for (const data of unheard) pushTo(events, data);
      unheard.length = 0;
      unheardBytes = 0;
      return { kind: "stream", events };
    },
    isHeard: () => stream !== null,
    end: close,
  };
}
