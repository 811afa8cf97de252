/** How a review comes to wait again: for another action, or for the same one under stricter terms. */
import assert from "node:assert/strict";
import { reviewReopenedRecord } from "#/audit/review-records.ts";
import { coversMask, type Obligations } from "#/core/obligation.ts";
import { assuranceMeets } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import { approvalsThatCount } from "./eligibility.ts";
import {
  type Moved,
  moved,
  next,
  type PeopleLookup,
  type ReopenEvent,
  refused,
  type Terms,
  type Transition,
  termsOf,
} from "./event.ts";
import { satisfied } from "./quorum.ts";
import { closed } from "./standing.ts";
import { rowsMeasured } from "./verdict.ts";

export function onReopen(
  review: Review,
  event: ReopenEvent,
  now: number,
  people: PeopleLookup,
): Transition {
  const refusal = closed(review, now);
  if (refusal !== null) return refusal;
  const { action, digest, note } = event;
  const terms = termsOf(event.terms);
  assert(action.id === review.action.id, "a review is about one action, whatever its revision");
  assertAsksSomebody(terms.obligations);
  const barred = [...new Set([...review.barred, ...action.principal.people])];

  if (digest !== review.digest) {
    if (action.revision !== review.action.revision + 1) {
      return refused(
        "review.digest_mismatch",
        "The action was changed by somebody else meanwhile.",
      );
    }
    const joinKey = event.joinKey ?? review.joinKey;
    return waitAgain(
      review,
      {
        action,
        digest,
        joinKey,
        effect: event.effect ?? null,
        measuredLeast: rowsMeasured({ effect: event.effect ?? null }),
        touched: null,
        barred,
        ...terms,
        note,
      },
      now,
    );
  }
  assert(action.revision === review.action.revision, "the same action is the same revision");
  if (!covers(terms.obligations, review.obligations)) return refused("review.terms_changed");
  const stricter = { action, barred, ...terms, note };
  return review.state === "approved"
    ? weighAgain(review, stricter, now, people)
    : askForMore(review, stricter, now);
}

/** A review with nobody to ask would count as approved by nobody. */
export function assertAsksSomebody({ quorum }: Obligations): void {
  const asks =
    quorum.length > 0 && quorum.every(({ needed }) => Number.isInteger(needed) && needed > 0);
  assert(asks, "a review asks at least one person");
}

/**
 * Whether all that was asked when people judged is still asked. Terms never loosen under an approval; terms
 * that do were joined with those of an earlier version.
 */
export function covers(stricter: Obligations, looser: Obligations): boolean {
  return (
    looser.quorum.every(({ group, needed }) =>
      stricter.quorum.some((slot) => slot.group === group && slot.needed >= needed),
    ) &&
    stricter.ttlMs <= looser.ttlMs &&
    stricter.validMs <= looser.validMs &&
    looser.reveals.every((entity) => stricter.reveals.includes(entity)) &&
    looser.masks.every((mask) => stricter.masks.some((each) => coversMask(each, mask))) &&
    (looser.rows === null || (stricter.rows !== null && stricter.rows.max <= looser.rows.max)) &&
    assuranceMeets(stricter.assurance, looser.assurance)
  );
}

/**
 * Pending again, with the whole time to decide: whoever approved at the last minute has to be able to look
 * again. The times of the approval go, so that nothing can claim on them.
 */
export function waitAgain(
  review: Review,
  changes: Partial<Review> & Terms & { readonly note: string },
  now: number,
): Moved {
  const after = next(review, {
    ...changes,
    state: "pending",
    expiresAt: now + changes.obligations.ttlMs,
    decidedAt: null,
    validUntil: null,
  });
  return moved(after, reviewReopenedRecord(after, review, now));
}

type Stricter = Partial<Review> & Terms & { readonly note: string };

/** The verdicts that still count may be enough for the stricter terms too. */
function weighAgain(
  review: Review,
  changes: Stricter,
  now: number,
  people: PeopleLookup,
): Transition {
  assert(review.decidedAt !== null && review.validUntil !== null, "an approval has its times");
  const validUntil = Math.min(review.validUntil, review.decidedAt + changes.obligations.validMs);
  const after = next(review, { ...changes, validUntil });
  return satisfied(after.obligations, approvalsThatCount(after, people)).satisfied
    ? moved(after, reviewReopenedRecord(after, review, now))
    : waitAgain(review, changes, now);
}

/** It was pending and stays so: only a verdict approves. The time to decide never grows by this. */
function askForMore(review: Review, changes: Stricter, now: number): Transition {
  const expiresAt = Math.min(review.expiresAt, now + changes.obligations.ttlMs);
  const after = next(review, { ...changes, expiresAt });
  return moved(after, reviewReopenedRecord(after, review, now));
}
