/** How soon a command is started again whose servers end as soon as they begin. */
import type { Clock } from "#/platform/clock.ts";

const firstPauseMs = 500;
const pauseMaxMs = 30_000;
/** A server that has run for so long has not failed to start. */
const settledMs = 10_000;

export interface BackOff {
  /** For how long nothing is started; 0: now. */
  pauseMs(): number;
  /** A start failed, or a server ended by itself that began at `startedAt`. */
  failed(startedAt: number): void;
}

export function createBackOff(clock: Clock): BackOff {
  let failures = 0;
  let nextAt = 0;
  return {
    pauseMs: () => Math.max(0, nextAt - clock.now()),
    failed(startedAt) {
      const now = clock.now();
      failures = now - startedAt >= settledMs ? 0 : failures + 1;
      // The first is chance: what was a session may begin again at once.
      if (failures > 1) nextAt = now + Math.min(pauseMaxMs, firstPauseMs * 2 ** (failures - 2));
    },
  };
}
