/**
 * Reviews over the store: reads one, asks the machine, stores what it says with a compare-and-set.
 *
 * Guarantees that what was decided on an older version is decided anew, never stored; and that a review and
 * its records become durable together. Of many claims, joins or verdicts at a time the store lets one win.
 *
 * Must not know policies or protocols. A failing store throws, and then nothing may run.
 */
import { reviewOpenedRecords } from "#/audit/review-records.ts";
import type { Action } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import { GatewayError } from "#/core/errors.ts";
import type { CallerId, Digest, ReviewId } from "#/core/ids.ts";
import type { SessionReads } from "#/core/label.ts";
import type { Review } from "#/core/review.ts";
import type { Clock } from "#/platform/clock.ts";
import { newId } from "#/platform/ids.ts";
import type { Store } from "#/store/store.ts";
import type {
  AttachEvent,
  ClaimEvent,
  OutcomeEvent,
  PeopleLookup,
  Refused,
  ReviewEvent,
  Transition,
  VerdictEvent,
} from "./event.ts";
import { transition } from "./machine.ts";
import { assertAsksSomebody } from "./reopen.ts";

export interface ReviewDeps {
  readonly store: Pick<
    Store,
    | "openReview"
    | "saveReview"
    | "review"
    | "deniedReview"
    | "unknownRun"
    | "detachedReviews"
    | "dueReviews"
    | "openReviews"
    | "unsettledReviews"
    | "pendingExecutions"
    | "append"
  >;
  readonly clock: Clock;
  readonly people: PeopleLookup;
  /** How many reviews of one principal may be pending. */
  readonly reviewsOpenMax: number;
}

/** How often a change is tried again. Each lost attempt means that another change won, and a review takes few changes. */
export const saveAttemptsMax = 32;

export async function openReview(
  deps: ReviewDeps,
  request: {
    readonly action: Action;
    readonly digest: Digest;
    readonly joinKey: string;
    readonly decision: Extract<Decision, { readonly effect: "review" }>;
    readonly reads: SessionReads | null;
    readonly caller: CallerId;
  },
): Promise<{ readonly review: Review } | "too_many"> {
  const { action, digest, joinKey, decision, reads, caller } = request;
  assertAsksSomebody(decision.obligations);
  const unknownBefore = await deps.store.unknownRun(joinKey);
  const now = deps.clock.now();
  const review: Review = {
    id: newId<ReviewId>("rev", now),
    version: 1,
    state: "pending",
    action,
    digest,
    joinKey,
    obligations: decision.obligations,
    reasons: decision.reasons,
    policySet: decision.policySet,
    reads,
    barred: action.principal.people,
    verdicts: [],
    overrides: [],
    reveals: [],
    asked: null,
    effect: null,
    measuredLeast: null,
    touched: null,
    transaction: null,
    unknownBefore,
    openedAt: now,
    expiresAt: now + decision.obligations.ttlMs,
    decidedAt: null,
    validUntil: null,
    caller,
    execution: null,
    voidedBy: null,
    note: null,
  };
  const records = reviewOpenedRecords(review, decision);
  const answer = await deps.store.openReview(review, deps.reviewsOpenMax, records);
  return answer === "opened" ? { review } : "too_many";
}

/**
 * Finds a caller that comes back a review that nobody waits on. Two callers never get the same one: whoever
 * comes second gets the next, or null and opens its own.
 */
export async function joinDetached(
  deps: ReviewDeps,
  joinKey: string,
  joining: Omit<AttachEvent, "kind" | "unknownBefore">,
): Promise<Review | null> {
  const detached = await deps.store.detachedReviews(joinKey);
  if (detached.length === 0) return null;
  // Of its twin, which may have run since this one was opened.
  const unknownBefore = await deps.store.unknownRun(joinKey);
  for (const id of detached) {
    const joined = await applyEvent(deps, id, { kind: "attach", unknownBefore, ...joining });
    if (joined.kind === "moved") return joined.review;
  }
  return null;
}

/** Throws the refusal as an error: a verdict that does not count must not look like one that does. */
export async function giveVerdict(
  deps: ReviewDeps,
  id: ReviewId,
  verdict: Omit<VerdictEvent, "kind">,
): Promise<Review> {
  return reviewOrThrow(await applyEvent(deps, id, { kind: "verdict", ...verdict }));
}

/** `claimed` is the one answer after which the action may run. */
export type ClaimResult =
  | { readonly kind: "claimed"; readonly review: Review }
  | { readonly kind: "reopened"; readonly review: Review }
  | Refused;

export async function claim(
  deps: ReviewDeps,
  id: ReviewId,
  request: Omit<ClaimEvent, "kind">,
): Promise<ClaimResult> {
  const result = await applyEvent(deps, id, { kind: "claim", ...request });
  switch (result.kind) {
    case "refused":
      return result;
    case "moved":
    case "unchanged": {
      const claimed = result.kind === "moved" && result.review.execution?.state === "claimed";
      return { kind: claimed ? "claimed" : "reopened", review: result.review };
    }
  }
}

export async function recordOutcome(
  deps: ReviewDeps,
  id: ReviewId,
  outcome: Omit<OutcomeEvent, "kind">,
): Promise<Review> {
  return reviewOrThrow(await applyEvent(deps, id, { kind: "outcome", ...outcome }));
}

export async function applyEvent(
  deps: ReviewDeps,
  id: ReviewId,
  event: ReviewEvent,
): Promise<Transition> {
  for (let attempt = 0; attempt < saveAttemptsMax; attempt += 1) {
    const review = await deps.store.review(id);
    if (review === null) throw new GatewayError("review.not_found", "No review has this id.");
    const result = transition(review, event, deps.clock.now(), deps.people);
    if (result.kind !== "moved") return result;
    if ((await deps.store.saveReview(result.review, result.records)) === "saved") return result;
  }
  throw new GatewayError("store.busy", "Too many changes of this review at a time; try again.");
}

function reviewOrThrow(result: Transition): Review {
  if (result.kind === "refused") throw new GatewayError(result.code, result.message);
  return result.review;
}
