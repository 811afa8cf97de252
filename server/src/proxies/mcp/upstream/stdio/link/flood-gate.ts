/** Holds a server up that says more by itself than anybody could read: for the rest of the second. */
import type { Clock } from "#/platform/clock.ts";

/** Notifications and requests of one server. Answers are not counted: they were asked for. */
const unaskedPerSecondMax = 1_000;
/** Theirs, and what is no message: blank lines, one that is too long. */
const unaskedPerSecondBytesMax = 16 * 1024 * 1024;
const secondMs = 1_000;

export interface FloodGate {
  /** One more came. */
  readonly count: (bytes: number) => void;
  readonly countBytes: (bytes: number) => void;
  readonly close: () => void;
}

export function openFloodGate(clock: Clock, hold: () => void, release: () => void): FloodGate {
  let messages = 0;
  let bytes = 0;
  let startedAt = Number.NEGATIVE_INFINITY;
  let takeBack: (() => void) | null = null;
  const add = (moreMessages: number, moreBytes: number) => {
    const now = clock.now();
    if (now - startedAt >= secondMs) {
      startedAt = now;
      messages = 0;
      bytes = 0;
    }
    messages += moreMessages;
    bytes += moreBytes;
    const isFlood = messages >= unaskedPerSecondMax || bytes >= unaskedPerSecondBytesMax;
    if (!isFlood || takeBack !== null) return;
    hold();
    takeBack = clock.after(startedAt + secondMs - now, () => {
      takeBack = null;
      release();
    });
  };
  return {
    count: (length) => add(1, length),
    countBytes: (length) => add(0, length),
    close: () => takeBack?.(),
  };
}
