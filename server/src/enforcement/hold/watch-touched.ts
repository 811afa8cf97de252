/**
 * Finds out, beside the wait for people, which columns the read that waits touches, and notes it on its review.
 * Once for each action that stands there; what was found out of another is left out.
 */
import { errorCodeOf } from "#/core/errors.ts";
import type { Digest, ReviewId } from "#/core/ids.ts";
import type { Attempt, TouchedFound } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { applyEvent } from "#/review/life.ts";

export interface TouchedWatch {
  look(review: Review): void;
  /** Cancels what runs. */
  stop(): void;
}

export function watchTouched(id: ReviewId, attempt: Attempt, deps: EnforcementDeps): TouchedWatch {
  let looked: Digest | null = null;
  let running = new AbortController();

  const find = async ({ action, digest }: Review, signal: AbortSignal) => {
    const found = await attempt.touched({ action, review: id, signal }).catch((error: unknown) => {
      if (!signal.aborted) logFailure(id, error, deps);
      return notAsked;
    });
    if (found === null || signal.aborted) return;
    const touched = { ...found, at: deps.clock.now() };
    await applyEvent(deps.reviews, id, { kind: "touched", digest, touched });
  };

  return {
    look(review) {
      if (review.digest === looked || review.touched !== null) return;
      looked = review.digest;
      running.abort();
      running = new AbortController();
      void find(review, running.signal).catch((error: unknown) => logFailure(id, error, deps));
    },
    stop: () => running.abort(),
  };
}

const notAsked: TouchedFound = {
  relations: null,
  relationsMore: 0,
  besides: ["The database could not be asked."],
};

function logFailure(reviewId: ReviewId, error: unknown, { log }: EnforcementDeps): void {
  log.warn("touched.unread", { reviewId, code: errorCodeOf(error) });
}
