/** Holds a server up that says more by itself than anybody could read: for the rest of the second. */
import type { Clock } from "#/platform/clock.ts";

/** Notifications and requests of one server. Answers are not counted: they were asked for. */
const unaskedPerSecondMax = 1_000;
const secondMs = 1_000;

export interface FloodGate {
  /** One more came. */
  readonly count: () => void;
  readonly close: () => void;
}

export function openFloodGate(clock: Clock, hold: () => void, release: () => void): FloodGate {
  let counted = 0;
  let startedAt = Number.NEGATIVE_INFINITY;
  let takeBack: (() => void) | null = null;
  return {
    count() {
      const now = clock.now();
      if (now - startedAt >= secondMs) {
        startedAt = now;
        counted = 0;
      }
      counted += 1;
      if (counted < unaskedPerSecondMax || takeBack !== null) return;
      hold();
      takeBack = clock.after(startedAt + secondMs - now, () => {
        takeBack = null;
        release();
      });
    },
    close: () => takeBack?.(),
  };
}
