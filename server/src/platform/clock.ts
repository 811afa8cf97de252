/** Time as an argument: real in the gateway, turned by hand in tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after `ms`; the result takes it back. Never keeps the process alive. */
  after(ms: number, call: () => void): () => void;
}

/** setTimeout takes no longer delay than this and would fire at once. */
const delayMaxMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.min(Math.max(0, ms), delayMaxMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves on and calls what has come due, in order. */
  advance(ms: number): void;
}

export function manualClock(start: number): ManualClock {
  let now = start;
  let due: readonly { readonly at: number; readonly call: () => void }[] = [];
  return {
    now: () => now,
    after(ms, call) {
      const entry = { at: now + ms, call };
      due = [...due, entry];
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = due.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        due = due.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.call();
      }
      now = end;
    },
  };
}
