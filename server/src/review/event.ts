/** What can happen to a review, and what comes of it: the vocabulary of `machine.ts`. */
import type { Action } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import type { Effect } from "#/core/effect.ts";
import type { Entity } from "#/core/entity.ts";
import { type ErrorCode, errorCodes } from "#/core/errors.ts";
import type { CallerId, Digest, PersonId, ReviewId } from "#/core/ids.ts";
import type { OpenTransaction } from "#/core/open-transaction.ts";
import type { Assurance, Person } from "#/core/principal.ts";
import type { MaskedCells } from "#/core/protocol.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { ExecutionState, Review, VerdictKind } from "#/core/review.ts";
import type { Touched } from "#/core/touched.ts";
import type { Hidden, NamedView } from "#/core/view.ts";

/** Who is known now, with their groups of now. */
export type PeopleLookup = (id: PersonId) => Person | null;

/** The rules under which an action is asked for or runs, and what besides the action they were asked about. */
export type Terms = Pick<Review, "obligations" | "reasons" | "policySet" | "reads">;

/** A person, and how surely they signed in. */
export interface Speaker {
  readonly person: PersonId;
  readonly assurance: Assurance;
  /** Who made the links through which they signed in, and could be who speaks. */
  readonly vouchers: readonly PersonId[];
}

export interface VerdictEvent extends Speaker {
  readonly kind: "verdict";
  readonly verdict: VerdictKind;
  /** The digest of the action that the person judged. */
  readonly digest: Digest;
  readonly comment: string | null;
  /** An approval of no more rows than this; null on everything else. */
  readonly rowsMax: number | null;
  /** What the person was shown; null where they don't say. */
  readonly view: NamedView | null;
  /** The digest of the action that the person judged. */
  readonly hidden: Hidden;
  readonly idempotencyKey: string;
}

/** A reviewer's edit: policy has permitted it and the caller's session has given it its meaning. */
export interface OverrideEvent extends Speaker {
  readonly kind: "override";
  /** The digest of the action that the person edited. */
  readonly digest: Digest;
  /** Whose session gave the edit its meaning. */
  readonly caller: CallerId;
  /** At the next revision. */
  readonly edited: { readonly action: Action; readonly digest: Digest };
  readonly terms: Terms;
  /** Proven to do no more than what the person edited. */
  readonly narrows: boolean;
  readonly comment: string | null;
  readonly content: Digest;
  readonly idempotencyKey: string;
}

/** A person with the right to it is about to be shown what is masked in one field. */
export interface RevealEvent {
  readonly kind: "reveal";
  readonly person: PersonId;
  /** The digest of the action that they look at. */
  readonly digest: Digest;
  readonly field: string;
  readonly entities: readonly Entity[];
}

export interface AttachEvent {
  readonly kind: "attach";
  readonly caller: CallerId;
  /** `Principal.people` of the caller that joins: they answer for the action from here on. */
  readonly people: readonly PersonId[];
  /** As `Review.unknownBefore`, as far as it is known now. */
  readonly unknownBefore: ReviewId | null;
}

/**
 * Another action than the one that people judged: at the next revision and with another digest. Or the same
 * one under stricter terms, at the same revision.
 */
export interface ReopenEvent {
  readonly kind: "reopen";
  readonly action: Action;
  readonly digest: Digest;
  /**
   * Under which a caller that comes back finds it from here on, where the change is in what that caller
   * sends or in its session. An edit by somebody else leaves it out: the caller does not know of it.
   */
  readonly joinKey?: string;
  readonly terms: Terms;
  /** How much it would touch by now, where that is what changed. */
  readonly effect?: Effect;
  /** For the people who look at it. */
  readonly note: string;
}

export interface ClaimEvent {
  readonly kind: "claim";
  readonly caller: CallerId;
  /** The digest of the action as it would run, taken anew right before. */
  readonly digest: Digest;
  /** The approved terms joined with the current ones. */
  readonly terms: Terms;
}

/** In which transaction the caller waits, and who waits for it. */
export interface TransactionEvent {
  readonly kind: "transaction";
  readonly caller: CallerId;
  readonly transaction: OpenTransaction;
}

/** What was found out of the effect of the action with this digest. */
export interface EffectEvent {
  readonly kind: "effect";
  readonly digest: Digest;
  readonly effect: Effect;
}

/** What the read with this digest was found to touch. */
export interface TouchedEvent {
  readonly kind: "touched";
  readonly digest: Digest;
  readonly touched: Touched;
}

export interface OutcomeEvent {
  readonly kind: "outcome";
  readonly state: Exclude<ExecutionState, "claimed">;
  /** The upstream's own short word on it; cut to `outcomeDetailCharsMax`. */
  readonly detail: string | null;
  readonly rows: number | null;
  /** What was masked of its answer; absent where nothing was. */
  readonly masked?: MaskedCells;
}

export type ReviewEvent =
  | VerdictEvent
  | OverrideEvent
  | { readonly kind: "expire" }
  | { readonly kind: "cancel"; readonly caller: CallerId }
  | { readonly kind: "detach"; readonly caller: CallerId }
  | AttachEvent
  | ReopenEvent
  | { readonly kind: "void"; readonly decision: Extract<Decision, { readonly effect: "deny" }> }
  | EffectEvent
  | TransactionEvent
  | TouchedEvent
  | RevealEvent
  | ClaimEvent
  | OutcomeEvent;

export interface Moved {
  readonly kind: "moved";
  readonly review: Review;
  /** To be stored in the same commit as the review. */
  readonly records: readonly RecordDraft[];
}

/** The event asks for what is already so, or for nothing any more. */
export interface Unchanged {
  readonly kind: "unchanged";
  readonly review: Review;
}

export interface Refused {
  readonly kind: "refused";
  readonly code: ErrorCode;
  readonly message: string;
}

export type Transition = Moved | Unchanged | Refused;

/** Nothing but the terms: a value with more fields, such as a whole review, is a `Terms` to the compiler. */
export function termsOf({ obligations, reasons, policySet, reads }: Terms): Terms {
  return { obligations, reasons, policySet, reads };
}

/** The only way in which a review changes: one version at a time. */
export function next(review: Review, changes: Partial<Review>): Review {
  return { ...review, ...changes, version: review.version + 1 };
}

export function moved(review: Review, ...records: readonly RecordDraft[]): Moved {
  return { kind: "moved", review, records };
}

export function unchanged(review: Review): Unchanged {
  return { kind: "unchanged", review };
}

export function refused(code: ErrorCode, message: string = errorCodes[code]): Refused {
  return { kind: "refused", code, message };
}
