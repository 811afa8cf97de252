/** What happens to a review, from the side of the caller that waits on it. */
import type { Attempt } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import type { ReviewEvent } from "#/review/event.ts";
import { applyEvent } from "#/review/life.ts";

/** The review after the event, or as it stands where the event came too late to count. */
export async function changeReview(
  review: Review,
  event: ReviewEvent,
  deps: EnforcementDeps,
): Promise<Review> {
  const result = await applyEvent(deps.reviews, review.id, event);
  return result.kind === "refused" ? currentReview(review, deps) : result.review;
}

export async function currentReview(review: Review, deps: EnforcementDeps): Promise<Review> {
  return (await deps.reviews.store.review(review.id)) ?? review;
}

/** The client's own leaving cancels; the hold limit and the gateway's own loss detach (SEMANTICS §2). */
export function leaveReview(
  review: Review,
  { signal, caller }: Attempt,
  deps: EnforcementDeps,
): Promise<Review> {
  const isCancelled = signal.aborted && signal.reason === "cancelled";
  return changeReview(review, { kind: isCancelled ? "cancel" : "detach", caller }, deps);
}
