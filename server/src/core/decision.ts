/** What policy says to an action. A decision is a value; failing to decide is a denial too. */
import type { Action } from "./action.ts";
import type { Digest } from "./ids.ts";
import type { Obligations } from "./obligation.ts";

/** Everything that a decision is made from. */
export interface PolicyInput extends Pick<Action, "verbs" | "principal" | "resource" | "facts"> {
  /** What the principal's session has read, sorted, where that bears on it; absent of statements. */
  readonly labels?: readonly string[];
}

/** A determining rule, in its author's words. */
export interface Reason {
  readonly policy: string;
  readonly text: string;
}

/** Stands for the gateway itself, where no rule of a policy set determined a decision. */
export const gatewayPolicy = "gateway";

/** Why the gateway itself decided, in its own words. */
export function ownReason(text: string): Reason {
  return { policy: gatewayPolicy, text };
}

/** What is said of a rule that failed to evaluate, in place of its author's words. */
export const policyFailedText = "This policy failed to evaluate, so the action is denied.";

export type DecisionEffect = Decision["effect"];
export type DenialCause = Extract<Decision, { readonly effect: "deny" }>["cause"];

export type Decision =
  | {
      readonly effect: "allow";
      readonly reasons: readonly Reason[];
      readonly obligations: Obligations;
      readonly policySet: Digest;
    }
  | {
      readonly effect: "review";
      readonly reasons: readonly Reason[];
      readonly obligations: Obligations;
      readonly policySet: Digest;
    }
  | {
      readonly effect: "deny";
      /** `forbidden`: a rule says so; `unmatched`: none applies; `policy_error`: a rule failed; `unsupported`: the gateway does not carry it; `uncounted`: a rule limits its rows, which can't be counted; `mistyped`: a rule is about an argument that is not what it takes it for; `rejected`: a person has rejected how the tool that it calls is defined. */
      readonly cause:
        | "forbidden"
        | "unmatched"
        | "policy_error"
        | "unsupported"
        | "uncounted"
        | "mistyped"
        | "rejected";
      readonly reasons: readonly Reason[];
      readonly policySet: Digest;
    };
