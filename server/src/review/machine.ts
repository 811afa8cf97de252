/**
 * The life of a review as a pure function of (review, event, now, people).
 *
 * Guarantees: only an eligible person's verdict on exactly the action that waits leads to an approval; one
 * approval is claimed at most once, by the caller that waits, while it is valid and while those who gave it
 * still could; neither time nor a caller's coming and going ever approves. Every change is one version more.
 *
 * Must not know stores, clocks, protocols or policies: `life.ts` gives it what it reads and stores what it
 * says.
 */
import {
  reviewEffectRecord,
  reviewTouchedRecord,
  reviewTransactionRecord,
} from "#/audit/noted-records.ts";
import {
  reviewCallerRecord,
  reviewEndedRecord,
  reviewVoidedRecord,
} from "#/audit/review-records.ts";
import type { Decision } from "#/core/decision.ts";
import type { CallerId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import {
  type AttachEvent,
  type EffectEvent,
  moved,
  next,
  type PeopleLookup,
  type ReviewEvent,
  refused,
  type TouchedEvent,
  type TransactionEvent,
  type Transition,
  unchanged,
} from "./event.ts";
import { onClaim, onOutcome } from "./execution.ts";
import { onOverride } from "./override.ts";
import { onReopen } from "./reopen.ts";
import { onReveal } from "./reveal.ts";
import { closed, isDue, isOpen } from "./standing.ts";
import { onVerdict, rowsMeasured } from "./verdict.ts";

export function transition(
  review: Review,
  event: ReviewEvent,
  now: number,
  people: PeopleLookup,
): Transition {
  switch (event.kind) {
    case "verdict":
      return onVerdict(review, event, now, people);
    case "override":
      return onOverride(review, event, now, people);
    case "expire":
      return onExpire(review, now);
    case "cancel":
      return onCancel(review, event.caller, now);
    case "detach":
      return onDetach(review, event.caller, now);
    case "attach":
      return onAttach(review, event, now);
    case "reopen":
      return onReopen(review, event, now, people);
    case "void":
      return onVoid(review, event.decision, now);
    case "effect":
      return onEffect(review, event, now);
    case "touched":
      return onTouched(review, event, now);
    case "transaction":
      return onTransaction(review, event, now);
    case "reveal":
      return onReveal(review, event, now, people);
    case "claim":
      return onClaim(review, event, now, people);
    case "outcome":
      return onOutcome(review, event, now);
  }
}

/** A timer that is left over from an earlier life of the review finds nothing due and does nothing. */
function onExpire(review: Review, now: number): Transition {
  if (!isDue(review, now)) return unchanged(review);
  const note =
    review.state === "pending"
      ? "Not enough people decided in time."
      : "It was approved, but the approval was not used in time.";
  const after = next(review, {
    state: "expired",
    decidedAt: review.decidedAt ?? now,
    caller: null,
    note,
  });
  return moved(after, reviewEndedRecord("review.expired", after, review.state, now));
}

function onCancel(review: Review, caller: CallerId, now: number): Transition {
  const refusal = closed(review, now);
  if (refusal !== null) return refusal;
  if (review.caller !== caller) return refused("review.not_caller");
  const after = next(review, {
    state: "cancelled",
    decidedAt: review.decidedAt ?? now,
    caller: null,
    note: "The caller cancelled it or left.",
  });
  return moved(after, reviewEndedRecord("review.cancelled", after, review.state, now));
}

/** Waiting ends, the review does not: people may still decide, and the caller may come back. */
function onDetach(review: Review, caller: CallerId, now: number): Transition {
  if (!isOpen(review) || review.caller !== caller) return unchanged(review);
  const after = next(review, { caller: null, transaction: null });
  return moved(after, reviewCallerRecord("review.detached", after, now));
}

/** Also refused to the caller that waits already: a second action of the same content is a second action. */
function onAttach(
  review: Review,
  { caller, people, unknownBefore }: AttachEvent,
  now: number,
): Transition {
  if (!isOpen(review) || isDue(review, now) || review.caller !== null) {
    return refused("review.not_joinable");
  }
  const barred = [...new Set([...review.barred, ...people])];
  const after = next(review, {
    caller,
    transaction: null,
    barred,
    unknownBefore: unknownBefore ?? review.unknownBefore,
  });
  return moved(after, reviewCallerRecord("review.attached", after, now));
}

/** Told to those who still decide, of exactly what waits; it changes nothing that anybody has judged. */
function onEffect(review: Review, { digest, effect }: EffectEvent, now: number): Transition {
  if (review.state !== "pending" || review.digest !== digest) return unchanged(review);
  const rows = rowsMeasured({ effect });
  const least = review.measuredLeast ?? null;
  const measuredLeast = rows === null || (least !== null && least <= rows) ? least : rows;
  const after = next(review, { effect, measuredLeast });
  return moved(after, reviewEffectRecord(after, effect, now));
}

function onTouched(review: Review, { digest, touched }: TouchedEvent, now: number): Transition {
  if (review.state !== "pending" || review.digest !== digest) return unchanged(review);
  const after = next(review, { touched });
  return moved(after, reviewTouchedRecord(after, touched, now));
}

/** Of the caller that waits alone: nobody else's transaction is in the way of others. */
function onTransaction(
  review: Review,
  { caller, transaction }: TransactionEvent,
  now: number,
): Transition {
  if (review.state !== "pending" || review.caller !== caller) return unchanged(review);
  const after = next(review, { transaction });
  return moved(after, reviewTransactionRecord(after, transaction, now));
}

function onVoid(
  review: Review,
  { reasons, policySet, cause }: Extract<Decision, { readonly effect: "deny" }>,
  now: number,
): Transition {
  const refusal = closed(review, now);
  if (refusal !== null) return refusal;
  const after = next(review, {
    state: "voided",
    decidedAt: review.decidedAt ?? now,
    caller: null,
    // Why it was held stays what it was; who has rejected its tool is said by the note.
    ...(cause === "rejected" ? {} : { reasons, policySet }),
    voidedBy: cause,
    note:
      cause === "rejected" ? reasons.map(({ text }) => text).join(" ") : "Policy denies it now.",
  });
  return moved(after, reviewVoidedRecord(after, review.state, cause, now));
}
