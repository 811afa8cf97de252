/**
 * The gateway's own traffic to an upstream: nobody proposed it and no rule is asked, but it is on record before
 * it happens, like everything else, as principal `gateway` (SEMANTICS §4).
 */
import { actionRecord } from "#/audit/records.ts";
import type { Action } from "#/core/action.ts";
import { ownReason } from "#/core/decision.ts";
import { actionDigest } from "#/core/digest.ts";
import { noObligations } from "#/core/obligation.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";

export async function recordOwn(action: Action, deps: EnforcementDeps): Promise<void> {
  const { policySet } = decide(action, deps);
  const reasons = [ownReason("The gateway needs it for its own decisions.")];
  const decision = { effect: "allow", reasons, obligations: noObligations, policySet } as const;
  const record = actionRecord(action, actionDigest(action), decision, null, deps.clock.now());
  await deps.recorder.append([record]);
}
