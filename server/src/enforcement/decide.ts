/** Policy is asked through this alone, so that an error in it can only ever deny. */
import type { Action } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import type { EnforcementDeps } from "./deps.ts";

export function decide(action: Action, deps: EnforcementDeps): Decision {
  try {
    return deps.evaluate(action);
  } catch {
    deps.log.error("policy.failed", { actionId: action.id });
    return { effect: "deny", cause: "policy_error", reasons: [], policySet: noPolicySet };
  }
}

/** Stands for the set's digest where no set could be asked. */
const noPolicySet = "" as Decision["policySet"];
