/**
 * What the log says of a review. A leaf names digests, states, rules and opaque ids of people; their names
 * and words are payload, so that erasing them leaves the decision provable.
 */
import type { Decision } from "#/core/decision.ts";
import type { Effect } from "#/core/effect.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import type { QuorumSlot } from "#/core/obligation.ts";
import type { OpenTransaction } from "#/core/open-transaction.ts";
import type { MaskedCells } from "#/core/protocol.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type {
  ExecutionState,
  Override,
  Reveal,
  Review,
  ReviewState,
  Verdict,
} from "#/core/review.ts";
import type { Touched } from "#/core/touched.ts";
import { actionPayload, actionRecord, obligationsJson, policiesMax } from "./records.ts";

type FilledSlots = readonly (QuorumSlot & { readonly given: readonly PersonId[] })[];

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

/** What those who decide were told of its effect, and since when. */
export function reviewEffectRecord(
  review: Review,
  { basis, rows }: Effect,
  at: number,
): RecordDraft {
  return reviewRecord("review.effect_noted", review, at, { basis, rows });
}

/** What those who decide were told that it touches. */
export function reviewTouchedRecord(
  review: Review,
  { relations, relationsMore }: Touched,
  at: number,
): RecordDraft {
  const columns = relations?.flatMap((relation) => relation.columns) ?? [];
  return reviewRecord("review.touched_noted", review, at, {
    relations: relations === null ? null : relations.length + relationsMore,
    sensitive: relations === null ? null : columns.filter(({ sensitive }) => sensitive).length,
  });
}

/** In what transaction its caller waits. The names of what it locks are told to those who decide, and not kept. */
export function reviewTransactionRecord(
  review: Review,
  { since, locks, locksMore, blocks }: OpenTransaction,
  at: number,
): RecordDraft {
  const count = locks === null ? null : locks.length + locksMore;
  return reviewRecord("review.transaction_noted", review, at, { since, locks: count, blocks });
}

/** That a person is shown what was masked, before they are: which field and what was found there, never the value. */
export function valueRevealedRecord(
  review: Review,
  { person, field, entities }: Reveal,
  name: string,
  at: number,
): RecordDraft {
  const body = { person, field, entities: [...entities] };
  return reviewRecord("value.revealed", review, at, body, { name });
}

/** By whose approvals and under which terms the action is about to run. */
export function reviewClaimedRecord(
  review: Review,
  slots: FilledSlots,
  rowsMax: number | null,
  at: number,
): RecordDraft {
  return reviewRecord("execution.claimed", review, at, {
    ...termsJson(review),
    quorum: slotsJson(slots),
    rowsMax,
  });
}

export function reviewOutcomeRecord(
  review: Review,
  from: ExecutionState,
  { rows, masked }: { readonly rows: number | null; readonly masked?: MaskedCells },
  at: number,
): RecordDraft {
  const state = review.execution?.state ?? "outcome_unknown";
  return reviewRecord(outcomeTypes(from)[state], review, at, {
    execution: state,
    detail: review.execution?.detail ?? null,
    rows,
    ...(masked === undefined ? {} : { masked }),
  });
}

/** `completed` says that the upstream ran it; `committed` and `rolled_back` what became of it afterwards. */
function outcomeTypes(from: ExecutionState): Readonly<Record<ExecutionState, RecordType>> {
  return {
    claimed: "execution.claimed",
    executed: from === "executed_uncommitted" ? "execution.committed" : "execution.completed",
    executed_uncommitted: "execution.completed",
    rolled_back: "execution.rolled_back",
    failed: "execution.failed",
    outcome_unknown: "execution.unknown",
  };
}

function reviewRecord(
  type: RecordType,
  review: Review,
  at: number,
  body: Readonly<Record<string, Json>>,
  payload: Readonly<Record<string, Json>> | null = null,
): RecordDraft {
  return {
    type,
    at,
    action: review.action.id,
    review: review.id,
    body: {
      digest: review.digest,
      revision: review.action.revision,
      version: review.version,
      state: review.state,
      ...body,
    },
    payload,
  };
}

function termsJson(review: Review): Readonly<Record<string, Json>> {
  return { obligations: obligationsJson(review.obligations), ...policiesJson(review) };
}

function policiesJson({ reasons, policySet }: Review): Readonly<Record<string, Json>> {
  return { policySet, policies: reasons.slice(0, policiesMax).map(({ policy }) => policy) };
}

function slotsJson(slots: FilledSlots): Json {
  return slots.map(({ group, needed, given }) => ({ group, needed, given: [...given] }));
}
