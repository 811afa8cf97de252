/**
 * Counts what strangers may do as often as they like, so that it is told of once for each key and span of time: that it
 * happens leaves a trace, but how many traces there are is not for them to choose.
 */
import type { Clock } from "./clock.ts";

/** What happened under one key within a span. */
export interface Counted {
  readonly count: number;
  /** ISO-8601, UTC: when it happened first. */
  readonly since: string;
  readonly now: number;
}

export interface CountTogether<Key> {
  note(key: Key): void;
  /** Tells at once of what was counted. */
  readonly close: () => Promise<void>;
}

/** Keys are the same where their JSON is. They come from a list that the caller bounds. */
export function countTogether<Key>(
  spanMs: number,
  clock: Clock,
  tell: (key: Key, counted: Counted) => void,
): CountTogether<Key> {
  const counts = new Map<string, { count: number; readonly end: () => void }>();
  return {
    note(key) {
      const name = JSON.stringify(key);
      const known = counts.get(name);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      const since = new Date(clock.now()).toISOString();
      const end = () => {
        stopClock();
        counts.delete(name);
        tell(key, { count: counting.count, since, now: clock.now() });
      };
      const counting = { count: 1, end };
      const stopClock = clock.after(spanMs, end);
      counts.set(name, counting);
    },
    async close() {
      for (const { end } of counts.values()) end();
    },
  };
}
