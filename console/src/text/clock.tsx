/** The time, as an argument: pages that count down take it from here. */
import { createContext, use, useEffect, useState } from "react";

export interface PageClock {
  readonly now: () => number;
  readonly every: (ms: number, callback: () => void) => () => void;
}

const browserClock: PageClock = {
  now: Date.now,
  every(ms, callback) {
    const timer = setInterval(callback, ms);
    return () => clearInterval(timer);
  },
};

export const ClockContext = createContext<PageClock>(browserClock);

/** Renders again each `stepMs`. */
export function useNow(stepMs: number): number {
  const clock = use(ClockContext);
  const [now, setNow] = useState(clock.now);
  useEffect(() => clock.every(stepMs, () => setNow(clock.now())), [clock, stepMs]);
  return now;
}
