/** How long a review can still be decided, live, with the time itself beside it. */
import { useNow } from "./clock.tsx";
import styles from "./text.module.css";
import { clockTime, countdown, dateTime } from "./times.ts";

/** When it is counted by the second. */
const soonMs = 10 * 60_000;
const slowStepMs = 15_000;

export function TimeLeft({ until }: { readonly until: string }) {
  const end = Date.parse(until);
  const isSoon = end - useNow(slowStepMs) < soonMs + slowStepMs;
  return <Left end={end} stepMs={isSoon ? 1_000 : slowStepMs} />;
}

function Left({ end, stepMs }: { readonly end: number; readonly stepMs: number }) {
  const left = end - useNow(stepMs);
  return (
    <time
      dateTime={new Date(end).toISOString()}
      title={dateTime(end)}
      className={styles.time}
      data-soon={left < soonMs || undefined}
    >
      {left > 0 ? `${countdown(left)} left, until ${clockTime(end)}` : "time is up"}
    </time>
  );
}
