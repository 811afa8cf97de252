/** Runs what was claimed. The claim has consumed the approval: whatever happens from here, it is never run again. */
import type { Attempt, Enforced } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { exceededDetail, execute } from "#/enforcement/execute.ts";
import { leftAtClaim, outcomeUnknown } from "#/enforcement/refusals.ts";
import type { OutcomeEvent } from "#/review/event.ts";
import { applyEvent } from "#/review/life.ts";
import { rowLimit } from "#/review/row-limit.ts";

export async function runApproved(
  review: Review,
  attempt: Attempt,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const url = deps.reviewUrl(review.id);
  const record = (outcome: Omit<OutcomeEvent, "kind">) => recordOutcome(review, outcome, deps);
  try {
    await deps.labels.take(review.action);
  } catch (error) {
    await record({ state: "failed", detail: "what it tells could not be kept", rows: null });
    throw error;
  }
  if (attempt.signal.aborted) {
    await record({ state: "failed", detail: "its caller had left", rows: null });
    return { kind: "refused", refusal: leftAtClaim(review, url) };
  }
  if (review.asked !== null) attempt.overridden(review);
  // Since the claim these are the approved obligations joined with those of now.
  const { masks } = review.obligations;
  const under = { limit: rowLimit(review), masks };
  const outcome = await execute(attempt, review.action, Promise.resolve(), under, deps);
  switch (outcome.state) {
    case "unknown":
      await record({ state: "outcome_unknown", detail: null, rows: null });
      return { kind: "refused", refusal: outcomeUnknown(review, url) };
    case "exceeded":
      await record({ state: "failed", detail: exceededDetail, rows: outcome.rows });
      return { kind: "ran", outcome };
    case "failed":
      await record({ state: "failed", detail: outcome.detail, rows: null });
      return { kind: "ran", outcome };
    case "executed":
    case "executed_uncommitted": {
      const { state, detail, rows, masked } = outcome;
      await record({ state, detail, rows, ...(masked === undefined ? {} : { masked }) });
      if (state === "executed_uncommitted") {
        void outcome.ended.then((end) => record({ state: end, detail, rows }));
      }
      return { kind: "ran", outcome };
    }
  }
}

/** A failure to record the outcome leaves the execution claimed; the next start calls it unknown. */
async function recordOutcome(
  review: Review,
  outcome: Omit<OutcomeEvent, "kind">,
  deps: EnforcementDeps,
): Promise<void> {
  try {
    await applyEvent(deps.reviews, review.id, { kind: "outcome", ...outcome });
  } catch {
    deps.log.error("outcome.unrecorded", { reviewId: review.id });
  }
}
