/** The history: actions as they were decided. */
import type { LoadedData, MaskedPart, Parameter, ResultMask, Upstream } from "./content.ts";
import type { Facts } from "./facts.ts";
import type { LogEntry } from "./log.ts";
import type { Reason, ReviewState } from "./review.ts";

export type DecisionKind = "allow" | "deny" | "review";

/** One entry of the history: an action as it was decided. */
export interface ActionSummary {
  readonly id: string;
  readonly at: string;
  readonly decision: DecisionKind;
  readonly headline: string;
  /** The strongest of its verbs. */
  readonly verb: string;
  readonly connection: string;
  readonly environment: string;
  readonly principal: { readonly kind: string; readonly name: string };
  readonly onBehalfOf: string | null;
  /** As people may see it; in a list its first 1,000 characters at most. Null where the payload was erased. */
  readonly command: string | null;
  readonly commandIsCut: boolean;
  readonly reviewId: string | null;
  /** Of the review in which it was held, as it is now; null where it was not, or there is no such review. */
  readonly reviewState: ReviewState | null;
  /** What the log last says of its execution; null while nothing ran. */
  readonly outcome: {
    /** Such as `execution.completed`. */
    readonly type: string;
    readonly detail: string | null;
    readonly rows: number | null;
  } | null;
}

/** One action, whole, with the explanation of its decision and all its records. */
export interface ActionDetail extends ActionSummary {
  readonly digest: string;
  readonly verbs: readonly string[];
  /** Why the agent said that it wanted this, as people may see it: its claim. Null where it said nothing, or it was erased. */
  readonly agentReason: string | null;
  readonly upstream: Upstream | null;
  readonly parameters: readonly Parameter[];
  /** The first 1,000 of the parts that are masked, none of which can be revealed here: the review is where that is done. */
  readonly masked: readonly MaskedPart[];
  /** Null where none was kept with it: also of a COPY FROM STDIN that was allowed outright. */
  readonly data: LoadedData | null;
  readonly facts: Facts | null;
  /** Why it was denied: `forbidden`, `unmatched`, `policy_error`, `unsupported`, `uncounted`, `mistyped`, `rejected`; null where it was not. */
  readonly cause: string | null;
  /** The determining rules; `text` is empty where their words are no longer known. */
  readonly reasons: readonly Reason[];
  readonly quorum: readonly { readonly group: string; readonly needed: number }[];
  /** What was to be masked in what it returns. */
  readonly masks: readonly ResultMask[];
  readonly policySet: { readonly digest: string; readonly inForce: boolean };
  readonly records: readonly LogEntry[];
}
