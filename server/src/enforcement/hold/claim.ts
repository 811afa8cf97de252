/**
 * Uses an approval up, right before the execution, on what holds then (SEMANTICS §3, "At the claim").
 *
 *   1. policy    still permits it, to whoever is here now and to whoever edited it
 *   2. session   it still means what was approved
 *   3. size      it has not outgrown what was approved as measured
 *   4. claim     in one compare-and-set, under the terms of now
 */
import { actionDigest, joinKey } from "#/core/digest.ts";
import type { Effect } from "#/core/effect.ts";
import type { Facts } from "#/core/facts.ts";
import type { Attempt } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import { rowsText } from "#/core/row-limit.ts";
import { decideEdited, editorOf } from "#/enforcement/decide-edited.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { readsOf } from "#/enforcement/reads-of.ts";
import { joinObligations } from "#/policy/join.ts";
import type { ReopenEvent, Terms } from "#/review/event.ts";
import { applyEvent } from "#/review/life.ts";
import { approvedSize } from "#/review/row-limit.ts";
import { isOpen } from "#/review/standing.ts";
import { changeReview, currentReview, leaveReview } from "./change-review.ts";
import type { Waiting } from "./waiting.ts";

export interface Claim {
  /** `again`: it is to be waited for and judged once more. `over`: it can't be claimed any more. */
  readonly kind: "claimed" | "again" | "over";
  readonly review: Review;
}

export async function claim(
  review: Review,
  { attempt, watch }: Pick<Waiting, "attempt" | "watch">,
  deps: EnforcementDeps,
): Promise<Claim> {
  // The groups are those of whoever is here now, which may not be who opened it.
  const { principal } = attempt.action;
  const facts = factsNow(review, attempt);
  const decision = decideEdited(
    { ...review.action, principal, facts },
    editorOf(review, deps),
    deps,
  );
  if (decision.effect === "deny") {
    const voided = await changeReview(review, { kind: "void", decision }, deps);
    return { kind: "over", review: voided };
  }
  const { reasons, policySet } = decision;
  const obligations = joinObligations([review.obligations, decision.obligations]);
  const reads = readsOf({ principal, facts }, deps);
  const terms = { obligations, reasons, policySet, reads };

  const fingerprint = await attempt.fingerprint(review.action);
  if (attempt.signal.aborted) return left(review, attempt, deps);
  if (fingerprint !== review.action.fingerprint) {
    return reopen(review, { terms, facts, ...(await drift(fingerprint, attempt, deps)) }, deps);
  }

  const growth = await grown(review, { attempt, watch });
  if (attempt.signal.aborted) return left(review, attempt, deps);
  if (growth !== null) return reopen(review, { terms, facts, ...growth }, deps);

  return claimUnder(terms, review, attempt, deps);
}

/**
 * What is known of what it calls, edited or not, may have changed while it waited; and what is masked since it was held, with the policies that a later
 * start has read.
 */
function factsNow({ action: { facts }, asked }: Review, attempt: Attempt): Facts {
  const own = attempt.action.facts;
  if (facts.family === "mcp") return { ...facts, ...attempt.callee() };
  if (asked !== null || own.family === "mcp") return facts;
  const isMore = own.maskedUse && !facts.maskedUse;
  return isMore ? { ...facts, maskedUse: true } : facts;
}

async function left(review: Review, attempt: Attempt, deps: EnforcementDeps): Promise<Claim> {
  return { kind: "over", review: await leaveReview(review, attempt, deps) };
}

interface Change extends Pick<ReopenEvent, "terms" | "note" | "joinKey" | "effect"> {
  readonly facts: Facts;
  /** Where that is what changed. */
  readonly fingerprint?: string | null;
}

/** At the next revision, so that nobody's verdict on what it was before counts for it. */
async function reopen(
  review: Review,
  { facts, fingerprint = review.action.fingerprint, ...change }: Change,
  deps: EnforcementDeps,
): Promise<Claim> {
  const action = { ...review.action, facts, fingerprint, revision: review.action.revision + 1 };
  const event = { kind: "reopen", action, digest: actionDigest(action), ...change } as const;
  const reopened = await changeReview(review, event, deps);
  return { kind: reopened.state === "pending" ? "again" : "over", review: reopened };
}

async function drift(fingerprint: string, attempt: Attempt, deps: EnforcementDeps) {
  // By what the caller itself sends, which after an edit is something else than what would run.
  const own = { ...attempt.action, fingerprint: await attempt.fingerprint(attempt.action) };
  return {
    fingerprint,
    joinKey: joinKey(own, deps.joinSecret),
    note: "The session or the schema changed while it waited, so it needs a new look.",
  };
}

/**
 * Where it was approved as measured, it is measured once more: what has outgrown its approval is looked at anew. The
 * moment that is left between this and the run is closed by the limit, under which it runs.
 */
async function grown(
  review: Review,
  { attempt, watch }: Pick<Waiting, "attempt" | "watch">,
): Promise<{ readonly effect: Effect; readonly note: string } | null> {
  const approved = approvedSize(review);
  if (approved === null || review.effect?.basis !== "measured") return null;
  const effect = await watch.again(review, attempt.signal);
  if (effect === null || effect.rows === null || effect.rows <= approved.max) return null;
  const note = `It would now touch ${rowsText(effect.rows)}, and ${approved.max.toLocaleString("en")} were approved, so it needs a new look.`;
  return { effect, note };
}

async function claimUnder(
  terms: Terms,
  review: Review,
  { caller }: Attempt,
  deps: EnforcementDeps,
): Promise<Claim> {
  const digest = actionDigest(review.action);
  const event = { kind: "claim", caller, digest, terms } as const;
  const result = await applyEvent(deps.reviews, review.id, event);
  if (result.kind === "moved" && result.review.execution?.state === "claimed") {
    return { kind: "claimed", review: result.review };
  }
  // The review changed while policy and session were read: judged again on what it is now.
  if (result.kind === "refused" && result.code === "review.terms_changed") {
    return { kind: "again", review: await currentReview(review, deps) };
  }
  if (result.kind === "refused" && result.code === "review.expired") {
    // Refused before the sweep has marked it, or only by the terms of now, which first have to become its own.
    const note = "The approval is older than is asked now.";
    const sooner = { kind: "reopen", action: review.action, digest, terms, note } as const;
    await changeReview(review, sooner, deps);
    await changeReview(review, { kind: "expire" }, deps);
  }
  const after = await currentReview(review, deps);
  const waits = isOpen(after) && after.caller === caller && after.version > review.version;
  return { kind: waits ? "again" : "over", review: after };
}
