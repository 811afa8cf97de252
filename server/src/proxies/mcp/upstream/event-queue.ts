/** Events between a server that sends and a client that takes them: a bounded number, then the server waits. */
import type { StreamEvent } from "./upstream.ts";

export interface EventQueue extends AsyncIterable<StreamEvent> {
  /** For the server's side: true where it has to stop until `onRoom`. */
  push(events: readonly StreamEvent[]): boolean;
  end(): void;
  fail(error: Error): void;
}

/** Of events that wait to be taken; the bytes that one read brings come on top. */
const queuedBytesMax = 64 * 1024;
/** What one costs besides its data: many have none. */
const eventOwnBytes = 256;

/** `onLeft`: whoever took them takes no more. */
export function eventQueue(onRoom: () => void, onLeft: () => void): EventQueue {
  const waiting: StreamEvent[] = [];
  let bytes = 0;
  let isFull = false;
  let ending: { readonly error: Error | null } | null = null;
  let wake: (() => void) | null = null;

  const awaken = () => {
    wake?.();
    wake = null;
  };
  const take = (): StreamEvent | undefined => {
    const event = waiting.shift();
    if (event === undefined) return undefined;
    bytes -= costOf(event);
    if (isFull && bytes < queuedBytesMax) {
      isFull = false;
      onRoom();
    }
    return event;
  };
  const next = async (): Promise<IteratorResult<StreamEvent, void>> => {
    for (;;) {
      const event = take();
      if (event !== undefined) return { done: false, value: event };
      if (ending !== null) {
        if (ending.error !== null) throw ending.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  /** Of no generator, which would wait for the event that comes next. */
  const leave = (): Promise<IteratorResult<StreamEvent, void>> => {
    const isLeft = ending === null;
    ending = { error: null };
    waiting.length = 0;
    awaken();
    if (isLeft) onLeft();
    return Promise.resolve({ done: true, value: undefined });
  };

  return {
    push(pushed) {
      for (const event of pushed) {
        waiting.push(event);
        bytes += costOf(event);
      }
      isFull = bytes >= queuedBytesMax;
      awaken();
      return isFull;
    },
    end() {
      ending ??= { error: null };
      awaken();
    },
    fail(error) {
      ending ??= { error };
      awaken();
    },
    [Symbol.asyncIterator]: () => ({ next, return: leave }),
  };
}

function costOf({ id, data }: StreamEvent): number {
  return eventOwnBytes + (id?.length ?? 0) + data.length;
}
