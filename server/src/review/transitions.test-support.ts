/** Events of a review's life, and what came of one, for the tests of the machine. */
import assert from "node:assert/strict";
import { actionDigest } from "#/core/digest.ts";
import type { ErrorCode } from "#/core/errors.ts";
import type { Review } from "#/core/review.ts";
import type { ClaimEvent, OutcomeEvent, ReopenEvent, Transition } from "./event.ts";
import { apply, caller, openedAt, pendingReview, verdict } from "./fixtures.test-support.ts";

export const now = openedAt + 1000;

export function assertRefused(result: Transition, code: ErrorCode): void {
  assert.equal(result.kind, "refused");
  assert.equal(result.kind === "refused" && result.code, code);
}

export function types(result: Transition): readonly string[] {
  return result.kind === "moved" ? result.records.map(({ type }) => type) : [];
}

export const approved = (changes: Partial<Review> = {}): Review => {
  const review = pendingReview(changes);
  return apply(review, verdict(review, "ada"));
};

export const claimOf = (review: Review, changes: Partial<ClaimEvent> = {}): ClaimEvent => ({
  kind: "claim",
  caller,
  digest: review.digest,
  terms: review,
  ...changes,
});

export const claimed = (): Review => {
  const review = approved();
  return apply(review, claimOf(review));
};

export const outcome = (
  state: OutcomeEvent["state"],
  detail: string | null = null,
): OutcomeEvent => ({
  kind: "outcome",
  state,
  detail,
  rows: 1,
});

export const edited = (review: Review): ReopenEvent => {
  const changed = {
    ...review.action,
    command: "delete from orders",
    revision: review.action.revision + 1,
  };
  return {
    kind: "reopen",
    action: changed,
    digest: actionDigest(changed),
    terms: review,
    note: "The session changed.",
  };
};

export const stricter = (review: Review, obligations: Review["obligations"]): ReopenEvent => ({
  kind: "reopen",
  action: review.action,
  digest: review.digest,
  terms: { ...review, obligations },
  note: "The rules changed.",
});

// Who may vote.
