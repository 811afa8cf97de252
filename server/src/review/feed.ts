/**
 * Wakes those who wait on a review: one loop over the store's changes for the whole process.
 *
 * Guarantees that a waiter sees every change after the version that it knows, at the latest when the loop
 * has recovered from a failing store: the cursor moves only after everybody has been told. Nobody waits on a store
 * that takes no change any more: no verdict could end that wait.
 */
import { errorCodeOf, errorCodes, GatewayError } from "#/core/errors.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { Store } from "#/store/store.ts";
import type { StoreStatus } from "#/store/stored.ts";

export const waitersMax = 10_000;
export const retryPauseMs = 250;

export interface ReviewFeed {
  /** The review as soon as its version is above `afterVersion`; rejects with the reason of an abort. */
  next(id: ReviewId, afterVersion: number, signal: AbortSignal): Promise<Review>;
  /** When the loop has ended, because its signal was aborted or the store takes no more. Never rejects. */
  readonly ended: Promise<void>;
}

export interface ReviewFeedDeps {
  readonly store: Pick<Store, "changesSince" | "review" | "status">;
  readonly clock: Clock;
  readonly log: Log;
}

interface Waiter {
  readonly afterVersion: number;
  readonly resolve: (review: Review) => void;
  readonly reject: (reason: unknown) => void;
}

export function createReviewFeed(deps: ReviewFeedDeps, signal: AbortSignal): ReviewFeed {
  const { store, clock, log } = deps;
  const waiting = new Map<ReviewId, Set<Waiter>>();
  let waiters = 0;

  async function next(id: ReviewId, afterVersion: number, own: AbortSignal): Promise<Review> {
    signal.throwIfAborted();
    own.throwIfAborted();
    if (isDegraded()) throw degraded();
    if (waiters >= waitersMax) {
      throw new GatewayError("review.too_many_waiting", "Too many callers wait on reviews.");
    }
    const { promise, resolve, reject } = Promise.withResolvers<Review>();
    const waiter = { afterVersion, resolve, reject };
    const leave = () => reject(own.reason);
    own.addEventListener("abort", leave, { once: true });
    add(id, waiter);
    try {
      // Read only after the waiter is in place, so that no change is missed in between.
      store.review(id).then((review) => offer(review, waiter), reject);
      return await promise;
    } finally {
      remove(id, waiter);
      own.removeEventListener("abort", leave);
    }
  }

  const isDegraded = () => store.status().state === "degraded";

  function endWaiting(reason: unknown): void {
    for (const waiter of [...waiting.values()].flatMap((set) => [...set])) waiter.reject(reason);
  }

  async function tell(id: ReviewId): Promise<void> {
    const review = await store.review(id);
    for (const waiter of waiting.get(id) ?? []) offer(review, waiter);
  }

  function add(id: ReviewId, waiter: Waiter): void {
    waiting.set(id, (waiting.get(id) ?? new Set()).add(waiter));
    waiters += 1;
  }

  function remove(id: ReviewId, waiter: Waiter): void {
    const others = waiting.get(id);
    others?.delete(waiter);
    if (others?.size === 0) waiting.delete(id);
    waiters -= 1;
  }

  async function run(): Promise<void> {
    let cursor = 0;
    while (!signal.aborted && !isDegraded()) {
      try {
        const changes = await store.changesSince(cursor, signal);
        await Promise.all(changes.reviews.filter((id) => waiting.has(id)).map(tell));
        cursor = changes.cursor;
      } catch (error) {
        if (signal.aborted || isDegraded()) break;
        log.warn("review_feed.failed", { cursor, code: errorCodeOf(error) });
        await pause(clock, retryPauseMs, signal);
      }
    }
    if (signal.aborted) return endWaiting(signal.reason);
    // For good: until the next start there is nothing to wait for.
    log.error("store.degraded", reasonOf(store.status()));
    endWaiting(degraded());
  }

  return { next, ended: run() };
}

function reasonOf(status: StoreStatus) {
  return { reason: status.state === "degraded" ? status.reason : null };
}

function degraded(): GatewayError {
  return new GatewayError("store.degraded", errorCodes["store.degraded"]);
}

function offer(review: Review | null, { afterVersion, resolve, reject }: Waiter): void {
  if (review === null) reject(new GatewayError("review.not_found", "No review has this id."));
  else if (review.version > afterVersion) resolve(review);
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const takeBack = clock.after(ms, end);
    function end(): void {
      takeBack();
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end, { once: true });
  });
}
