/** The shape of a review as it is stored. What may happen to it is `review/machine.ts`. */
import type { Action } from "./action.ts";
import type { DenialCause, Reason } from "./decision.ts";
import type { Effect } from "./effect.ts";
import type { Entity } from "./entity.ts";
import type { CallerId, Digest, PersonId, ReviewId } from "./ids.ts";
import type { SessionReads } from "./label.ts";
import type { Obligations } from "./obligation.ts";
import type { OpenTransaction } from "./open-transaction.ts";
import type { Assurance } from "./principal.ts";
import type { Touched } from "./touched.ts";

export const reviewStates = [
  "pending",
  "approved",
  "denied",
  "changes_requested",
  "expired",
  "cancelled",
  "voided",
] as const;
export type ReviewState = (typeof reviewStates)[number];

export const executionStates = [
  "claimed",
  "executed",
  "executed_uncommitted",
  "rolled_back",
  "failed",
  "outcome_unknown",
] as const;
export type ExecutionState = (typeof executionStates)[number];

export const verdictKinds = ["approve", "deny", "request_changes"] as const;
export type VerdictKind = (typeof verdictKinds)[number];

export interface Verdict {
  readonly kind: VerdictKind;
  readonly person: { readonly id: PersonId; readonly name: string };
  /** The person's groups when the verdict was given; they are read again at the claim. */
  readonly groups: readonly string[];
  readonly assurance: Assurance;
  /** Who made the links through which the person signed in. */
  readonly vouchers: readonly PersonId[];
  readonly comment: string | null;
  /** No more rows than this, on this person's word; null where they set no number of their own. */
  readonly rowsMax: number | null;
  /** What the review said was measured when it was approved: then no more than that was approved. */
  readonly rowsMeasured: number | null;
  /** Of the view that it was given on; null where it named none. */
  readonly view: Digest | null;
  /** What this person had revealed of that action by then, and what there was none of; sorted. */
  readonly revealed: readonly Entity[];
  /** The digest of the action that was judged. */
  readonly digest: Digest;
  readonly revision: number;
  /** In milliseconds. */
  readonly at: number;
  /** The same key gives the same answer again instead of a second verdict. */
  readonly idempotencyKey: string;
}

/** A person was shown what these recognizers find in an action, unmasked. On record before it was shown. */
export interface Reveal {
  readonly person: PersonId;
  /** Which masked field it was. */
  readonly field: string;
  readonly entities: readonly Entity[];
  /** Of that action. */
  readonly digest: Digest;
  /** In milliseconds. */
  readonly at: number;
}

/** A reviewer's edit, which waits in place of what stood there before. */
export interface Override {
  readonly person: { readonly id: PersonId; readonly name: string };
  readonly assurance: Assurance;
  readonly comment: string;
  /** Of the action that was edited. */
  readonly digest: Digest;
  /** What the edit asked for; the same key with the same content is the same edit. */
  readonly content: Digest;
  /** The revision that it made. */
  readonly revision: number;
  /** It provably does no more than what stood there before, so that it was its editor's approval too. */
  readonly narrows: boolean;
  /** In milliseconds. */
  readonly at: number;
  readonly idempotencyKey: string;
}

export interface Execution {
  readonly state: ExecutionState;
  readonly claimedAt: number;
  readonly finishedAt: number | null;
  /** The upstream's own short word on it, such as `DELETE 1` or an SQLSTATE. */
  readonly detail: string | null;
}

export interface Review {
  readonly id: ReviewId;
  /** One more with each change; every change is a compare-and-set on it. */
  readonly version: number;
  readonly state: ReviewState;
  /** The action at its current revision. */
  readonly action: Action;
  readonly digest: Digest;
  /** Keyed and never shown: finds the review again for a caller that comes back (SEMANTICS §2). */
  readonly joinKey: string;
  readonly obligations: Obligations;
  readonly reasons: readonly Reason[];
  readonly policySet: Digest;
  /** What the caller's session had read when this was decided on last; null of a statement. */
  readonly reads: SessionReads | null;
  /** People who may never vote on it. */
  readonly barred: readonly PersonId[];
  /** All verdicts ever given, oldest first, also on earlier revisions. */
  readonly verdicts: readonly Verdict[];
  /** Edits by reviewers, oldest first. */
  readonly overrides: readonly Override[];
  /** Oldest first, also of earlier revisions. */
  readonly reveals: readonly Reveal[];
  /** What the caller itself sent, once a reviewer has edited it; null before. */
  readonly asked: Pick<Action, "command" | "parameters" | "facts"> | null;
  /** Of the action as it waits; null where none is known. No part of what people judge by its digest. */
  readonly effect: Effect | null;
  /** The least that was measured while exactly this action waited; null where nothing was. */
  readonly measuredLeast: number | null;
  /** What it touches, where it only reads; likewise. */
  readonly touched: Touched | null;
  /** The same ran before, and nobody knows what came of it: that review. Whoever decides is told. */
  readonly unknownBefore: ReviewId | null;
  /** In milliseconds, all of them. */
  readonly openedAt: number;
  readonly expiresAt: number;
  readonly decidedAt: number | null;
  /** Until when an approval may be claimed. */
  readonly validUntil: number | null;
  /** The one live caller that waits, or null: detached. */
  readonly caller: CallerId | null;
  /** In which that caller waits; null where it waits in none, or it is not known yet. */
  readonly transaction: OpenTransaction | null;
  readonly execution: Execution | null;
  /** Why nobody's approval counts any more, of one that is voided. */
  readonly voidedBy: DenialCause | null;
  /** Why it was last reopened or closed, for the people who look at it. */
  readonly note: string | null;
}
