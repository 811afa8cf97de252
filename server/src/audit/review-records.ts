/**
 * What the log says of a review. A leaf names digests, states, rules and opaque ids of people; their names
 * and words are payload, so that erasing them leaves the decision provable.
 */
import type { Decision } from "#/core/decision.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Override, Review, ReviewState, Verdict } from "#/core/review.ts";
import { actionPayload, actionRecord } from "./records.ts";
import {
  type FilledSlots,
  policiesJson,
  reviewRecord,
  slotsJson,
  termsJson,
} from "./review-record.ts";

/** That the action is held, and that people are asked. */
export function reviewOpenedRecords(
  review: Review,
  decision: Extract<Decision, { readonly effect: "review" }>,
): readonly RecordDraft[] {
  const at = review.openedAt;
  return [
    actionRecord(review.action, review.digest, decision, review.id, at),
    reviewRecord("review.opened", review, at, {
      ...termsJson(review),
      barred: [...review.barred],
      expiresAt: review.expiresAt,
    }),
  ];
}

/** The verdict and, if it decides, what it leads to. */
export function reviewVerdictRecords(
  review: Review,
  verdict: Verdict,
  slots: FilledSlots,
): readonly RecordDraft[] {
  const asked = review.obligations.quorum.map(({ group }) => group);
  const given = reviewRecord(
    "review.verdict",
    review,
    verdict.at,
    {
      verdict: verdict.kind,
      person: verdict.person.id,
      groups: asked.filter((group) => verdict.groups.includes(group)),
      assurance: verdict.assurance,
      vouchers: [...verdict.vouchers],
      rowsMax: verdict.rowsMax,
      rowsMeasured: verdict.rowsMeasured,
      view: verdict.view,
      revealed: [...verdict.revealed],
    },
    {
      name: verdict.person.name,
      comment: verdict.comment,
      idempotencyKey: verdict.idempotencyKey,
    },
  );
  switch (review.state) {
    case "approved":
      return [
        given,
        reviewRecord("review.approved", review, verdict.at, {
          quorum: slotsJson(slots),
          validUntil: review.validUntil,
        }),
      ];
    case "denied":
    case "changes_requested":
      return [
        given,
        reviewRecord(`review.${review.state}`, review, verdict.at, { person: verdict.person.id }),
      ];
    default:
      return [given];
  }
}

export function reviewEndedRecord(
  type: "review.expired" | "review.cancelled",
  review: Review,
  from: ReviewState,
  at: number,
): RecordDraft {
  return reviewRecord(type, review, at, { from });
}

export function reviewVoidedRecord(
  review: Review,
  from: ReviewState,
  cause: string,
  at: number,
): RecordDraft {
  return reviewRecord("review.voided", review, at, { from, cause, ...policiesJson(review) });
}

/** Its `state` says whether the verdicts that still count were enough for the new terms too. */
export function reviewReopenedRecord(review: Review, before: Review, at: number): RecordDraft {
  return reviewRecord(
    "review.reopened",
    review,
    at,
    {
      from: before.state,
      previousDigest: before.digest,
      ...termsJson(review),
      barred: [...review.barred],
      expiresAt: review.expiresAt,
      validUntil: review.validUntil,
    },
    {
      note: review.note,
      action: review.digest === before.digest ? null : actionPayload(review.action),
    },
  );
}

/** The edit; and where it provably narrows, the approval that it is, and what that completes. */
export function reviewOverriddenRecords(
  review: Review,
  before: Review,
  override: Override,
  approvals: readonly Verdict[],
  slots: FilledSlots,
): readonly RecordDraft[] {
  const edited = reviewRecord(
    "review.overridden",
    review,
    override.at,
    {
      previousDigest: before.digest,
      person: override.person.id,
      assurance: override.assurance,
      narrows: override.narrows,
      verbs: [...review.action.verbs],
      ...termsJson(review),
      barred: [...review.barred],
      expiresAt: review.expiresAt,
    },
    {
      name: override.person.name,
      comment: override.comment,
      idempotencyKey: override.idempotencyKey,
      action: actionPayload(review.action),
    },
  );
  return [edited, ...approvals.flatMap((verdict) => reviewVerdictRecords(review, verdict, slots))];
}

/** A caller joined or left. Whoever answers for one that joined is barred from here on. */
export function reviewCallerRecord(
  type: "review.attached" | "review.detached",
  review: Review,
  at: number,
): RecordDraft {
  return reviewRecord(type, review, at, { barred: [...review.barred] });
}
