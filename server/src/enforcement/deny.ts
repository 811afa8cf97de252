/** A denial: on record first, then told. */
import { actionRecord } from "#/audit/records.ts";
import type { Action } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import { actionDigest } from "#/core/digest.ts";
import type { Enforced } from "#/core/protocol.ts";
import type { EnforcementDeps } from "./deps.ts";
import { policyRefusal } from "./refusals.ts";

export type Denial = Extract<Decision, { effect: "deny" }>;

/** `refusal` where the caller is to hear something else than that policy denies. */
export async function deny(
  action: Action,
  denial: Denial,
  deps: EnforcementDeps,
  refusal = policyRefusal(denial),
): Promise<Enforced> {
  const at = deps.clock.now();
  await deps.recorder.append([actionRecord(action, actionDigest(action), denial, null, at)]);
  return { kind: "refused", refusal };
}
