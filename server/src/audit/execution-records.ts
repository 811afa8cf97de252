/** That what people approved is about to run, and what became of it. */
import type { MaskedCells } from "#/core/protocol.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { ExecutionState, Review } from "#/core/review.ts";
import { type FilledSlots, reviewRecord, slotsJson, termsJson } from "./review-record.ts";

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
