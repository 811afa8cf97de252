/** What a person's word does to a review. */
import assert from "node:assert/strict";
import { reviewVerdictRecords } from "#/audit/review-records.ts";
import { whyUncounted } from "#/core/facts.ts";
import type { Review, Verdict } from "#/core/review.ts";
import { rowsText } from "#/core/row-limit.ts";
import { isSameEffect, type ShownEffect } from "#/core/view.ts";
import { approvalsThatCount, asRefused, hasSpoken, ineligible } from "./eligibility.ts";
import {
  moved,
  next,
  type PeopleLookup,
  type Refused,
  refused,
  type Speaker,
  type Transition,
  unchanged,
  type VerdictEvent,
} from "./event.ts";
import { satisfied } from "./quorum.ts";
import { fieldsToReveal, seenBy } from "./reveal.ts";
import { decidedBy, isDue } from "./standing.ts";

export const verdictCommentBytesMax = 4 * 1024;
export const idempotencyKeyBytesMax = 200;
/** What an approver may set as a limit. */
export const verdictRowsMax = 1_000_000_000;

export function onVerdict(
  review: Review,
  event: VerdictEvent,
  now: number,
  people: PeopleLookup,
): Transition {
  assertIdempotencyKey(event.idempotencyKey);
  const comment = normalComment(event.comment);
  const before = review.verdicts.find(
    ({ person, idempotencyKey }) =>
      person.id === event.person && idempotencyKey === event.idempotencyKey,
  );
  if (before !== undefined) {
    const same =
      before.kind === event.verdict &&
      before.digest === event.digest &&
      before.comment === comment &&
      before.rowsMax === event.rowsMax;
    return same ? unchanged(review) : refused("review.idempotency_conflict");
  }

  const refusal = unacceptable(review, event, comment, now, people);
  if (refusal !== null) return refusal;

  const person = people(event.person);
  assert(person !== null, "an eligible person is known");
  return decide(
    review,
    {
      kind: event.verdict,
      person: { id: person.id, name: person.name },
      groups: person.groups,
      assurance: event.assurance,
      vouchers: event.vouchers,
      comment,
      rowsMax: event.rowsMax,
      rowsMeasured: event.verdict === "approve" ? rowsShown(review, event) : null,
      view: event.view === null || event.view.effect === "unknown" ? null : event.view.digest,
      revealed: seenBy(review, event.person, event.hidden),
      digest: event.digest,
      revision: review.action.revision,
      at: now,
      idempotencyKey: event.idempotencyKey,
    },
    people,
  );
}

export function assertIdempotencyKey(key: string): void {
  const fits = key !== "" && Buffer.byteLength(key) <= idempotencyKeyBytesMax;
  assert(fits, "an idempotency key is parsed where it comes in");
}

/** Text that people can see, and that has a canonical form; blank is no comment. */
export function normalComment(comment: string | null): string | null {
  const text = comment?.toWellFormed().trim() ?? "";
  return text === "" ? null : text;
}

/** Why this person can't give any verdict on the review as it stands, or null: for those who look at it. */
export function cannotDecide(
  review: Review,
  speaker: Speaker,
  now: number,
  people: PeopleLookup,
): Refused | null {
  const refusal = barredNow(review, speaker, now, people);
  if (refusal !== null) return refusal;
  return hasSpoken(review, speaker.person, people) ? refused("review.duplicate_verdict") : null;
}

/** Whether this person may at least deny it, or ask for changes. */
export function mayRefuse(
  review: Review,
  speaker: Speaker,
  now: number,
  people: PeopleLookup,
): boolean {
  return cannotDecide(asRefused(review, speaker), speaker, now, people) === null;
}

/** Why this person is none of those who are asked, or null. Whoever has edited or decided it still is one of them. */
export function notAsked(review: Review, speaker: Speaker, people: PeopleLookup): Refused | null {
  return ineligible(asRefused(review, speaker), speaker, people);
}

/** Why this person has no say in the review as it stands, or null. */
export function barredNow(
  review: Review,
  speaker: Speaker,
  now: number,
  people: PeopleLookup,
): Refused | null {
  if (review.state !== "pending") return refused("review.already_decided", decidedBy(review));
  if (isDue(review, now)) return refused("review.expired");
  return ineligible(review, speaker, people);
}

/** The count on the review, which is what somebody who approves without a number of their own approves. */
export function rowsMeasured({ effect }: Pick<Review, "effect">): number | null {
  return effect?.basis === "measured" ? effect.rows : null;
}

function unacceptable(
  review: Review,
  event: VerdictEvent,
  comment: string | null,
  now: number,
  people: PeopleLookup,
): Refused | null {
  const judged = event.verdict === "approve" ? review : asRefused(review, event);
  const refusal = barredNow(judged, event, now, people);
  if (refusal !== null) return refusal;
  if (event.digest !== review.digest) return refused("review.digest_mismatch");
  if (hasSpoken(review, event.person, people)) return refused("review.duplicate_verdict");
  if (comment === null && event.verdict !== "approve") return refused("review.reason_required");
  if (event.verdict === "approve") {
    const unseen = viewChanged(review, event) ?? notRevealed(review, event);
    if (unseen !== null) return unseen;
  }
  if (event.rowsMax !== null) {
    const uncounted = whyUncounted(review.action.facts);
    assert(event.verdict === "approve", "only an approval has a limit");
    if (uncounted !== null) {
      return refused("review.rows_uncounted", `A limit of rows could not be kept. ${uncounted}`);
    }
  }
  return tooLong(comment);
}

/** What an approver names has to be what is shown by now, as far as its number of rows goes: the digest binds the rest. */
function viewChanged({ effect }: Review, { view }: VerdictEvent): Refused | null {
  if (view === null) return null;
  if (view.effect === "unknown") {
    return refused(
      "review.view_changed",
      "What is shown of it now is not what this verdict names. Look at it again.",
    );
  }
  if (isSameEffect(view.effect, effect)) return null;
  return refused(
    "review.view_changed",
    `Its effect was shown as ${effectWords(view.effect)}, and is ${effectWords(effect)} by now. Look at it again.`,
  );
}

function effectWords(effect: ShownEffect): string {
  if (effect === null) return "not known yet";
  return effect.rows === null ? "unknown" : `${rowsText(effect.rows)} (${effect.basis})`;
}

function notRevealed(review: Review, { person, hidden }: VerdictEvent): Refused | null {
  // Told of another action than the one that waits: what it hides is not known.
  if (hidden.digest !== review.digest) return refused("review.digest_mismatch");
  const fields = fieldsToReveal(review, person, hidden);
  if (fields.length === 0) return null;
  return refused(
    "review.reveal_required",
    `It may be approved once this has been revealed to you: ${fields.slice(0, fieldsNamedMax).join(", ")}.`,
  );
}

const fieldsNamedMax = 10;

/**
 * How many rows somebody approves who sets no number of their own: those that they were shown. Who does not say what they
 * were shown can have seen any number that was measured while this action waited: the least of them.
 */
function rowsShown(review: Review, { view }: VerdictEvent): number | null {
  return view === null ? (review.measuredLeast ?? null) : rowsMeasured(review);
}

export function tooLong(comment: string | null): Refused | null {
  if (comment === null || Buffer.byteLength(comment) <= verdictCommentBytesMax) return null;
  return refused(
    "review.comment_too_long",
    `A comment takes at most ${verdictCommentBytesMax} bytes.`,
  );
}

/** One person who says no ends it; a yes ends it once it completes the quorum. */
function decide(review: Review, verdict: Verdict, people: PeopleLookup): Transition {
  const given = next(review, { verdicts: [...review.verdicts, verdict] });
  const quorum = satisfied(given.obligations, approvalsThatCount(given, people));
  const after = { ...given, ...decided(given, verdict, quorum.satisfied) };
  return moved(after, ...reviewVerdictRecords(after, verdict, quorum.slots));
}

function decided(review: Review, verdict: Verdict, complete: boolean): Partial<Review> {
  switch (verdict.kind) {
    case "approve":
      if (!complete) return {};
      return {
        state: "approved",
        decidedAt: verdict.at,
        validUntil: verdict.at + review.obligations.validMs,
      };
    case "deny":
      return { state: "denied", decidedAt: verdict.at, caller: null };
    case "request_changes":
      return { state: "changes_requested", decidedAt: verdict.at, caller: null };
  }
}
