/** The system's clock, which a test can move on: what has come due by then is called at once. */
import { type ManualClock, systemClock } from "#/platform/clock.ts";

interface Due {
  readonly at: number;
  readonly call: () => void;
}

export function movedClock(): ManualClock {
  let ahead = 0;
  const waiting = new Map<Due, () => void>();
  const now = () => systemClock.now() + ahead;
  const take = (due: Due) => {
    waiting.get(due)?.();
    return waiting.delete(due);
  };
  return {
    now,
    after(ms, call) {
      const due = { at: now() + ms, call };
      const fire = () => {
        if (take(due)) call();
      };
      waiting.set(due, systemClock.after(ms, fire));
      return () => void take(due);
    },
    advance(ms) {
      ahead += ms;
      const ripe = [...waiting.keys()].filter(({ at }) => at <= now());
      for (const due of ripe.toSorted((one, other) => one.at - other.at)) {
        if (take(due)) due.call();
      }
    },
  };
}
