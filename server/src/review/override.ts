/**
 * What a reviewer's edit does to a review (SEMANTICS §5, "Override").
 *
 * Guarantees that the edit takes the place of exactly the action that its editor looked at, that earlier
 * approvals fall with it, and that its editor has no other say in it: only an edit that provably does no more
 * than what stood there counts as its editor's approval.
 */
import assert from "node:assert/strict";
import { reviewOverriddenRecords } from "#/audit/review-records.ts";
import type { Person } from "#/core/principal.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import type { Override, Review, Verdict } from "#/core/review.ts";
import { approvalsThatCount } from "./eligibility.ts";
import {
  moved,
  next,
  type OverrideEvent,
  type PeopleLookup,
  type Refused,
  refused,
  type Transition,
  termsOf,
  unchanged,
} from "./event.ts";
import { satisfied } from "./quorum.ts";
import { assertAsksSomebody, covers } from "./reopen.ts";
import { revealedBy } from "./reveal.ts";
import { assertIdempotencyKey, barredNow, normalComment, tooLong } from "./verdict.ts";

/** Edits of one review; after so many the agent had better ask anew. */
const overridesMax = 10;

/** What is known of an edit before the session is asked what it means. */
export type OverrideRequest = Omit<
  OverrideEvent,
  "kind" | "caller" | "edited" | "terms" | "narrows"
>;

/** What of an action can be edited: no more than a person can look through. */
export const overrideCommandBytesMax = 64 * 1024;
export const overrideParametersMax = 1_000;

export interface OverrideInput extends Omit<OverrideRequest, "content"> {
  readonly command: string;
  /** As text, null being SQL's NULL; null in place of the list keeps those that wait. */
  readonly parameters: readonly (string | null)[] | null;
  /** What its editor was shown. */
  readonly shown: ShownRuns;
}

export interface Overridden {
  readonly review: Review;
  /** The edit was its editor's approval too, because it provably narrows. */
  readonly counted: boolean;
}

export function onOverride(
  review: Review,
  event: OverrideEvent,
  now: number,
  people: PeopleLookup,
): Transition {
  const early = overrideRefusal(review, event, now, people) ?? repeated(review, event);
  if (early !== null) return early === "repeated" ? unchanged(review) : early;
  const { edited, narrows } = event;
  const terms = termsOf(event.terms);
  if (review.caller !== event.caller) return refused("review.detached");
  assert(
    edited.action.id === review.action.id,
    "a review is about one action, whatever its revision",
  );
  assert(edited.action.revision === review.action.revision + 1, "an edit is one revision more");
  assert(edited.digest !== review.digest, "another action has another digest");
  assertAsksSomebody(terms.obligations);
  if (!covers(terms.obligations, review.obligations)) return refused("review.terms_changed");
  const person = people(event.person);
  assert(person !== null, "an eligible person is known");

  const override = overrideOf(review, event, person, now);
  const approval = narrows ? [approvalOf(review, event, person, now)] : [];
  const after = next(review, {
    ...terms,
    action: edited.action,
    digest: edited.digest,
    asked: review.asked ?? {
      command: review.action.command,
      parameters: review.action.parameters,
      facts: review.action.facts,
    },
    effect: null,
    measuredLeast: null,
    touched: null,
    overrides: [...review.overrides, override],
    verdicts: [...review.verdicts, ...approval],
    barred: narrows ? review.barred : [...review.barred, person.id],
    expiresAt: now + terms.obligations.ttlMs,
    note: `${person.name} edited it.`,
  });
  const quorum = satisfied(after.obligations, approvalsThatCount(after, people));
  const approved: Partial<Review> = quorum.satisfied
    ? { state: "approved", decidedAt: now, validUntil: now + after.obligations.validMs }
    : {};
  const reached = { ...after, ...approved };
  return moved(
    reached,
    ...reviewOverriddenRecords(reached, review, override, approval, quorum.slots),
  );
}

/** An edit that was made before, by the same key. Its own answer again, whatever the review has come to. */
export function repeated(review: Review, request: OverrideRequest): Refused | "repeated" | null {
  const before = review.overrides.find(
    ({ person, idempotencyKey }) =>
      person.id === request.person && idempotencyKey === request.idempotencyKey,
  );
  if (before === undefined) return null;
  const same =
    before.digest === request.digest &&
    before.content === request.content &&
    before.comment === normalComment(request.comment);
  return same ? "repeated" : refused("review.idempotency_conflict");
}

/** Why this person can't edit the review as it stands, or null. */
export function overrideRefusal(
  review: Review,
  request: OverrideRequest,
  now: number,
  people: PeopleLookup,
): Refused | null {
  assertIdempotencyKey(request.idempotencyKey);
  if (repeated(review, request) !== null) return null;
  const refusal = barredNow(review, request, now, people);
  if (refusal !== null) return refusal;
  if (request.digest !== review.digest) return refused("review.digest_mismatch");
  const comment = normalComment(request.comment);
  if (comment === null) return refused("review.reason_required");
  if (review.overrides.length >= overridesMax) {
    return refused(
      "review.override_refused",
      `It was edited ${overridesMax} times, which is as often as a review takes.`,
    );
  }
  return tooLong(comment);
}

function overrideOf(review: Review, event: OverrideEvent, person: Person, now: number): Override {
  return {
    person: { id: person.id, name: person.name },
    assurance: event.assurance,
    comment: normalComment(event.comment) ?? "",
    digest: review.digest,
    content: event.content,
    revision: event.edited.action.revision,
    narrows: event.narrows,
    at: now,
    idempotencyKey: event.idempotencyKey,
  };
}

/** It does no more than what its editor was shown, so that no more than that is what they approve. */
function approvalOf(before: Review, event: OverrideEvent, person: Person, now: number): Verdict {
  return {
    kind: "approve",
    person: { id: person.id, name: person.name },
    groups: person.groups,
    assurance: event.assurance,
    vouchers: event.vouchers,
    comment: normalComment(event.comment),
    rowsMax: null,
    // The least that they can have been shown.
    rowsMeasured: before.measuredLeast,
    view: null,
    // It shows less of what its editor was shown, which they may have revealed.
    revealed: revealedBy(before, person.id),
    digest: event.edited.digest,
    revision: event.edited.action.revision,
    at: now,
    idempotencyKey: event.idempotencyKey,
  };
}
