/**
 * One person's event stream: what changed since the event before, as server-sent events.
 *
 * Guarantees that every change after the cursor is told, in order, at the latest with the event after the
 * next: many changes are one event. One chunk is made at a time, when the one before has been taken, so that
 * a slow reader holds nothing else. The session is looked at again at the beginning and with each heartbeat,
 * and is not kept from becoming idle.
 */
import type { StreamEvent } from "@countersign/sdk/wire/event";
import type { Clock } from "#/platform/clock.ts";
import type { Store } from "#/store/store.ts";
import type { Changes } from "#/store/stored.ts";

export const heartbeatMs = 15_000;
/** From one event with changes to the next; the first comes at once. */
export const eventsGapMs = 100;
/** After which a browser connects again. */
const retryMs = 2_000;
/** The same for a stream that made room for a newer one of the same person. */
const crowdedRetryMs = 60_000;

/** `bye`: its session is over. `crowded`: it makes room. `stop`: the gateway is stopping. */
export type Ending = "bye" | "crowded" | "stop";

export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** At once; one whose reader does not take what was sent is cut off. */
  readonly end: (ending: Ending) => void;
}

export interface EventStreamOptions {
  readonly store: Pick<Store, "changesSince">;
  readonly clock: Clock;
  /** The cursor to go on from. */
  readonly after: number;
  readonly isSignedIn: () => Promise<boolean>;
  /** Drops the connection. */
  readonly cut: () => void;
  /** Once, whoever ended it. */
  readonly onEnd: () => void;
}

export function openEventStream(options: EventStreamOptions): EventStream {
  const { store, clock, isSignedIn, cut } = options;
  const encoder = new TextEncoder();
  let cursor = options.after;
  let heartbeatAt = clock.now() + heartbeatMs;
  let quietUntil = 0;
  let ending: Ending | null = null;
  let hasGreeted = false;
  let hasParted = false;
  let isDone = false;
  let isAsked = false;
  let wake = () => {};

  /** The next chunk, when there is one; null at the end. */
  async function next(): Promise<string | null> {
    if (!hasGreeted) {
      hasGreeted = true;
      // Who signed out while the stream was opened has ended all streams but this one.
      if (await isSignedIn()) return `retry: ${retryMs}\n${eventText({ event: "hello" }, cursor)}`;
      ending ??= "bye";
    }
    for (;;) {
      if (isDone || hasParted) return null;
      if (ending !== null) {
        hasParted = true;
        return farewell(ending, cursor);
      }
      const now = clock.now();
      if (now >= heartbeatAt) {
        heartbeatAt = now + heartbeatMs;
        if (await isSignedIn()) return ": \n\n";
        ending ??= "bye";
      } else if (now < quietUntil) {
        await untilAt(Math.min(quietUntil, heartbeatAt), (signal) => aborted(signal));
      } else {
        const changes = await untilAt(heartbeatAt, (signal) => store.changesSince(cursor, signal));
        if (changes.reviews.length > 0) return tell(changes);
      }
    }
  }

  function tell(changes: Changes): string {
    cursor = changes.cursor;
    quietUntil = clock.now() + eventsGapMs;
    return eventText({ event: "changes", reviews: changes.reviews }, cursor);
  }

  /** Waits, but no longer than until then, nor past the stream's end. */
  async function untilAt<Result>(
    at: number,
    wait: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const waiting = new AbortController();
    wake = () => waiting.abort();
    const takeBack = clock.after(at - clock.now(), wake);
    try {
      return await wait(waiting.signal);
    } finally {
      takeBack();
      wake = () => {};
    }
  }

  function finish(): void {
    if (isDone) return;
    isDone = true;
    wake();
    options.onEnd();
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        isAsked = true;
        // A store that fails says so on every other route; whoever reads this connects again.
        const chunk = await next().catch(() => null);
        isAsked = false;
        // Whoever asked has left meanwhile.
        if (isDone) return;
        if (chunk !== null) return controller.enqueue(encoder.encode(chunk));
        finish();
        controller.close();
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
  return {
    body,
    end(how) {
      if (isDone) return;
      ending ??= how;
      if (isAsked) return wake();
      cut();
      finish();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

function farewell(ending: Ending, cursor: number): string | null {
  switch (ending) {
    case "bye":
      return eventText({ event: "bye" }, cursor);
    case "crowded":
      return `retry: ${crowdedRetryMs}\n\n`;
    case "stop":
      return null;
  }
}

/** As the HTML standard reads it (§9.2.6); JSON has no line break. */
function eventText(event: StreamEvent, cursor: number): string {
  const reviews = event.event === "changes" ? event.reviews : [];
  return `id: ${cursor}\nevent: ${event.event}\ndata: ${JSON.stringify({ reviews })}\n\n`;
}
