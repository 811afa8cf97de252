/** The claim, which uses an approval up, and how the execution ended. */
import assert from "node:assert/strict";
import { reviewClaimedRecord, reviewOutcomeRecord } from "#/audit/execution-records.ts";
import type { Execution, ExecutionState, Review } from "#/core/review.ts";
import { approvalsThatCount } from "./eligibility.ts";
import {
  type ClaimEvent,
  moved,
  next,
  type OutcomeEvent,
  type PeopleLookup,
  refused,
  type Transition,
  termsOf,
  unchanged,
} from "./event.ts";
import { satisfied } from "./quorum.ts";
import { covers, waitAgain } from "./reopen.ts";
import { rowLimit } from "./row-limit.ts";
import { decidedBy } from "./standing.ts";

export const outcomeDetailCharsMax = 64;

/**
 * Takes the approval for one execution, or reopens the review if those who approved can't approve any more
 * or are too few for the terms of now (SEMANTICS §3). Whatever happens next, the approval is gone.
 */
export function onClaim(
  review: Review,
  event: ClaimEvent,
  now: number,
  people: PeopleLookup,
): Transition {
  const terms = termsOf(event.terms);
  if (review.execution !== null) return refused("review.already_claimed");
  if (review.state !== "approved") return refused("review.not_approved", decidedBy(review));
  if (review.caller !== event.caller) return refused("review.not_caller");
  if (review.digest !== event.digest) return refused("review.digest_mismatch");
  if (!covers(terms.obligations, review.obligations)) return refused("review.terms_changed");
  assert(review.decidedAt !== null && review.validUntil !== null, "an approval has its times");
  const validUntil = Math.min(review.validUntil, review.decidedAt + terms.obligations.validMs);
  if (now >= validUntil) return refused("review.expired");

  const execution: Execution = {
    state: "claimed",
    claimedAt: now,
    finishedAt: null,
    detail: null,
  };
  // What people were shown when they approved stays what is shown of it.
  const after = next(review, { ...terms, reads: review.reads, validUntil, execution });
  const quorum = satisfied(after.obligations, approvalsThatCount(after, people));
  if (!quorum.satisfied) {
    const note = "The approvals that still count are too few for what is asked now.";
    return waitAgain(review, { ...terms, note }, now);
  }
  const rowsMax = rowLimit(after)?.max ?? null;
  return moved(after, reviewClaimedRecord(after, quorum.slots, rowsMax, now));
}

/** What an execution in this state can become. Nothing leads back to a claim. */
const outcomesAfter: Readonly<Record<ExecutionState, readonly ExecutionState[]>> = {
  claimed: ["executed", "executed_uncommitted", "failed", "outcome_unknown"],
  executed_uncommitted: ["executed", "rolled_back", "outcome_unknown"],
  executed: [],
  rolled_back: [],
  failed: [],
  outcome_unknown: [],
};

export function onOutcome(review: Review, event: OutcomeEvent, now: number): Transition {
  const before = review.execution;
  if (before === null) return refused("review.not_claimed");
  if (before.state === event.state) return unchanged(review);
  if (!outcomesAfter[before.state].includes(event.state)) {
    return refused("review.not_claimed", `Its outcome is ${before.state}.`);
  }
  const finished = event.state !== "executed_uncommitted";
  const after = next(review, {
    execution: {
      state: event.state,
      claimedAt: before.claimedAt,
      finishedAt: finished ? now : null,
      detail: event.detail?.slice(0, outcomeDetailCharsMax).toWellFormed() ?? before.detail,
    },
    caller: finished ? null : review.caller,
  });
  return moved(after, reviewOutcomeRecord(after, before.state, event, now));
}
