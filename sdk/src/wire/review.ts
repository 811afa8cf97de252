/**
 * A review, whole and in a list.
 *
 * The files of this folder are the JSON that goes over the API and out of `--json`. Fields may be added, never renamed.
 * Times are ISO-8601 UTC; what is absent is null.
 */
import type {
  LoadedData,
  MaskedPart,
  Parameter,
  ResultMask,
  SessionReads,
  ToolFlag,
  Upstream,
  View,
} from "./content.ts";
import type { Effect, OpenTransaction, RowLimit, Touched } from "./effect.ts";
import type { Facts } from "./facts.ts";

export type ReviewState =
  | "pending"
  | "approved"
  | "denied"
  | "changes_requested"
  | "expired"
  | "cancelled"
  | "voided";

export type VerdictKind = "approve" | "deny" | "request_changes";

export interface Reason {
  readonly policy: string;
  readonly text: string;
}

export interface QuorumGroup {
  readonly group: string;
  readonly needed: number;
  /** Names of the people whose approval fills a slot of this group. */
  readonly given: readonly string[];
}

/** One entry of `inbox --json`. */
export interface ReviewSummary {
  readonly id: string;
  readonly actionId: string;
  /** What would happen, where, in a sentence made from facts alone. */
  readonly headline: string;
  readonly state: ReviewState;
  /** What has voided it: policy, or a person who has rejected how the tool is defined; null while nothing has. */
  readonly voidedBy: "policy" | "rejection" | null;
  readonly verb: string;
  readonly connection: string;
  readonly environment: string;
  readonly principal: { readonly kind: string; readonly name: string };
  readonly onBehalfOf: string | null;
  /** As people may see it: literals that hold something sensitive are replaced, such as by `<EMAIL_1>`. */
  readonly command: string;
  readonly digest: string;
  readonly reasons: readonly Reason[];
  readonly quorum: readonly QuorumGroup[];
  /** Of a call, what a person has to see of it at a glance, the worst first; empty of a statement. */
  readonly signs: readonly ReviewSign[];
  readonly openedAt: string;
  readonly expiresAt: string;
}

/**
 * `may_leak`: its session has read confidential data, and its tool may send data out. `tool_…`: what its tool's definition says, and that it is not the
 * one that was pinned.
 */
export type ReviewSign =
  | "may_leak"
  | "tool_changed"
  | "tool_hides_text"
  | "tool_tells_model"
  | "read_confidential"
  | "read_untrusted";

export interface GivenVerdict {
  readonly kind: VerdictKind;
  readonly person: string;
  readonly assurance: string;
  readonly comment: string | null;
  /** Approved for no more rows than this; null where they set no number. */
  readonly maxRows: number | null;
  /** What was measured when it was approved; then no more than that was approved, unless `maxRows` says else. */
  readonly measuredRows: number | null;
  /** The view that it was given on; null where it named none. */
  readonly viewDigest: string | null;
  /** Entities that its giver had revealed. */
  readonly revealed: readonly string[];
  readonly at: string;
  /** False for a verdict on an earlier revision. */
  readonly counts: boolean;
}

/** An edit by a reviewer, which waits or ran in place of what stood there before. */
export interface GivenOverride {
  readonly person: string;
  readonly comment: string;
  readonly at: string;
  /** The revision that it made. */
  readonly revision: number;
  /** It provably does no more than what stood there before, and was its editor's approval. */
  readonly narrows: boolean;
}

/** One review, whole. */
export interface ReviewDetail extends ReviewSummary {
  /** One more with each change of the review. */
  readonly version: number;
  readonly verbs: readonly string[];
  readonly revision: number;
  /**
   * Why the agent says that it wants this, as people may see it: its claim, in its own words, which nothing checks. Null where it says
   * nothing.
   */
  readonly agentReason: string | null;
  /** What the caller is shown, and what a verdict of theirs names. */
  readonly view: View;
  /** The first 1,000 of the parts that are masked, in the order in which they are shown. */
  readonly masked: readonly MaskedPart[];
  /** How many more there are. */
  readonly maskedMore: number;
  readonly upstream: Upstream;
  readonly parameters: readonly Parameter[];
  /** Null where none comes with the command. Where it does, the command can't be edited. */
  readonly data: LoadedData | null;
  readonly facts: Facts;
  /** Of the definition of the tool that is called; empty of everything else. */
  readonly flags: readonly ToolFlag[];
  /** Null of a statement. */
  readonly reads: SessionReads | null;
  /** No part of the digest; null where there is no such number, or none yet. */
  readonly effect: Effect | null;
  /** Why no limit of rows can be kept; null where one can. */
  readonly uncounted: string | null;
  /** How many rows it may touch, as far as rules and approvals say by now; null: as many as there are. */
  readonly rowLimit: RowLimit | null;
  /** Of all its rules, the strictest of each target. */
  readonly masks: readonly ResultMask[];
  /** Whether `POST /reviews/{id}/preview` would measure it now. */
  readonly mayPreview: boolean;
  /** Null for what does not only read, and while it is not known. */
  readonly touched: Touched | null;
  /** The least assurance of a verdict that counts. */
  readonly assurance: string;
  readonly policySet: string;
  readonly verdicts: readonly GivenVerdict[];
  /** Oldest first. */
  readonly overrides: readonly GivenOverride[];
  /** What the caller itself sent, once a reviewer has edited it; null before. */
  readonly asked: {
    readonly command: string;
    readonly parameters: readonly Parameter[];
  } | null;
  /** Whether a session waits for it right now. */
  readonly attached: boolean;
  /** In which it waits; null where it waits in none that its client has opened, or it is not known yet. */
  readonly transaction: OpenTransaction | null;
  readonly execution: {
    readonly state: string;
    readonly detail: string | null;
    readonly finishedAt: string | null;
  } | null;
  readonly note: string | null;
  readonly decidedAt: string | null;
  /** Whether the caller may decide on it now, and if not, why. */
  readonly mayDecide: {
    readonly allowed: boolean;
    readonly reason: string | null;
    /** Whether they may at least deny it or ask for changes, as somebody may who has edited it. */
    readonly refuse: boolean;
  };
}
