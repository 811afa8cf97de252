/** The wait itself. */
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { leaveReview } from "./change-review.ts";
import type { Waiting } from "./waiting.ts";

export interface Waited {
  readonly review: Review;
  /** Whether the caller has left, or was let go. */
  readonly left: boolean;
}

/** Waits until the review is no longer pending, the caller departs, or it has waited long enough. */
export async function wait(
  review: Review,
  { attempt, watch, time }: Waiting,
  deps: EnforcementDeps,
): Promise<Waited> {
  const waiting = new AbortController();
  const depart = () => waiting.abort();
  attempt.signal.addEventListener("abort", depart, { once: true });
  if (attempt.signal.aborted) depart();
  const stopClock = deps.clock.after(time.until - deps.clock.now(), depart);
  try {
    let latest = review;
    while (latest.state === "pending" && !waiting.signal.aborted) {
      watch.look(latest);
      latest = await changeOf(latest, waiting.signal, deps);
    }
    if (!waiting.signal.aborted) return { review: latest, left: false };
    return { review: await leaveReview(latest, attempt, deps), left: true };
  } finally {
    stopClock();
    // A measurement that still runs would lock rows that the approved statement needs.
    watch.pause();
    attempt.signal.removeEventListener("abort", depart);
  }
}

/** The same review where the wait was given up. */
async function changeOf(
  review: Review,
  signal: AbortSignal,
  deps: EnforcementDeps,
): Promise<Review> {
  try {
    return await deps.feed.next(review.id, review.version, signal);
  } catch (error) {
    if (signal.aborted) return review;
    throw error;
  }
}
