/**
 * The gateway's own traffic to an upstream: nobody proposed it and no rule is asked, but it is on record before
 * it happens, like everything else, as principal `gateway` (SEMANTICS §4).
 */
import { actionRecord, executionRecord } from "#/audit/records.ts";
import type { Action } from "#/core/action.ts";
import { type Decision, ownReason } from "#/core/decision.ts";
import { actionDigest } from "#/core/digest.ts";
import type { ReviewId } from "#/core/ids.ts";
import { noObligations } from "#/core/obligation.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";

/** `review` is the one for which the gateway does it. */
export async function recordOwn(
  action: Action,
  deps: EnforcementDeps,
  review: ReviewId | null = null,
): Promise<void> {
  const { policySet } = decide(action, deps);
  const reasons = [ownReason("The gateway needs it for its own decisions.")];
  const decision = { effect: "allow", reasons, obligations: noObligations, policySet } as const;
  const record = actionRecord(action, actionDigest(action), decision, review, deps.clock.now());
  await deps.recorder.append([record]);
}

/** What policy permits, and is done at once and without an outcome that anybody has to know of. What its answer tells is a label from now on. */
export async function recordAllowed(
  action: Action,
  decision: Extract<Decision, { readonly effect: "allow" }>,
  { recorder, clock, labels }: EnforcementDeps,
): Promise<void> {
  const record = actionRecord(action, actionDigest(action), decision, null, clock.now());
  await Promise.all([labels.take(action), recorder.append([record])]);
}

/** Records the outcome of something of the gateway's own, where that is worth a record. */
export async function recordOwnOutcome(
  { id }: Action,
  type: "execution.rolled_back" | "execution.failed",
  said: { readonly detail: string | null; readonly rows: number | null },
  deps: EnforcementDeps,
): Promise<void> {
  const body = type === "execution.failed" ? { detail: said.detail } : said;
  const record = executionRecord(type, id, deps.clock.now(), body);
  await deps.recorder
    .append([record])
    .catch(() => deps.log.error("outcome.unrecorded", { actionId: id }));
}
