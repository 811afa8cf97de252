/**
 * What enforcement needs of a protocol, and all that it knows of one.
 *
 * A proxy makes one `Attempt` for each action. Enforcement alone decides whether and when `execute` is
 * called, and calls it at most once.
 */
import type { Action } from "./action.ts";
import type { DataIdentity } from "./digest.ts";
import type { Effect, PreviewMode } from "./effect.ts";
import type { ErrorCode } from "./errors.ts";
import type { Callee } from "./facts.ts";
import type { CallerId, ReviewId } from "./ids.ts";
import type { Mask, QuorumSlot } from "./obligation.ts";
import type { OpenTransaction } from "./open-transaction.ts";
import type { ShownRuns } from "./pseudonym.ts";
import type { Refusal } from "./refusal.ts";
import type { Review } from "./review.ts";
import type { RowLimit } from "./row-limit.ts";
import type { Touched } from "./touched.ts";

export interface Attempt {
  readonly action: Action;
  readonly caller: CallerId;
  /**
   * Whether it is a proven read (SEMANTICS §4): it may run while its record is written, because nothing
   * that it returns passes the gate before.
   */
  readonly proven: boolean;
  /** Aborted with a `Departure` when the client cancels or leaves, or when the gateway gives the session up. */
  readonly signal: AbortSignal;
  /** Whether its client has asked that it be stopped: then it is not sent any more. */
  readonly isCancelled: boolean;
  /** Reads afresh what the session makes of this action, on the session that will execute. */
  fingerprint(action: Action): Promise<string>;
  /** What is known by now of what it calls; null of a statement. */
  callee(): Callee | null;
  /** What people have said already, so that they are not asked anew. Asked once no review waits that it could join. */
  saidBefore(joinKey: string): Promise<SaidBefore | null>;
  /** How the session stands in which it waits: asked once, before its review is opened or joined. */
  standing(): Promise<Standing>;
  /**
   * How many others wait for a lock of the transaction in which it waits, asked beside it; null where that is not
   * known. On record before the upstream sees it.
   */
  blocks(asked: Pick<EffectAsked, "review" | "signal">): Promise<number | null>;
  /** Tells the waiting client for whom, where and how long it waits: when it begins, and again. */
  held(review: Review, told: Told): void;
  /** What a reviewer's edit means in place of the action that waits, on this session. */
  edited(edit: Edit): Promise<Edited>;
  /** What may be found out of its effect. */
  readonly preview: PreviewMode;
  /**
   * How much the action would touch, asked beside the session that waits, whose transaction it leaves alone;
   * nothing of it stays. Null where there is no such number. On record before the upstream sees it.
   */
  effect(asked: EffectAsked): Promise<EffectFound | null>;
  /**
   * What a read touches, by its text and the upstream's catalogue; null for what does not only read, and where a
   * connection lets nothing be found out. On record before the upstream sees it.
   */
  touched(asked: Omit<EffectAsked, "how">): Promise<TouchedFound | null>;
  /** What is executed next is not the caller's own action but a reviewer's edit of it: the client is told. */
  overridden(review: Review): void;
  /**
   * Runs the action upstream, be it the attempt's own or an edit of it. Nothing of the answer may reach the client before `gate` has resolved, and
   * nothing ever if it rejects. Rejecting means that the outcome is not known.
   *
   * Under a limit nothing of it stays that touches more rows: then it is `exceeded`, and undone. Nothing that `masks`
   * cover reaches the client as it is.
   */
  execute(
    action: Action,
    gate: Promise<void>,
    limit: RowLimit | null,
    masks: readonly Mask[],
  ): Promise<Outcome>;
}

export interface SaidBefore {
  readonly refusal: Refusal;
  /** For the record. */
  readonly why: string;
}

export interface EffectAsked {
  readonly action: Action;
  readonly review: ReviewId;
  /** `measure` runs the action and rolls it back. */
  readonly how: "estimate" | "measure";
  /** Aborted when the answer is of no use any more: what runs for it is cancelled. */
  readonly signal: AbortSignal;
}

/** What bears on how long a caller can be kept. */
export interface Standing {
  /** Null where it waits in none that its client has opened. */
  readonly transaction: OpenTransaction | null;
  /** The session itself bears no longer wait; null where it sets no limit. */
  readonly limit: WaitLimit | null;
  /** What it means hangs on this very session, so that no later caller can pick its review up. */
  readonly isBound: boolean;
}

export interface WaitLimit {
  readonly ms: number;
  /** What sets it, as the subject of a sentence: `The session's statement_timeout`. */
  readonly by: string;
}

/** What a waiting client is told besides what its review says. */
export interface Told {
  /** What has happened since it was told last; null where it began to wait, or nothing has. */
  readonly news: string | null;
  /** Whose approvals are still to come. */
  readonly missing: readonly QuorumSlot[];
  /** How long it is kept from here on, in milliseconds. */
  readonly leftMs: number;
  readonly inTransaction: boolean;
}

export type EffectFound = Omit<Effect, "at">;
export type TouchedFound = Omit<Touched, "at">;

/** A reviewer's edit of an action that waits. */
export interface Edit {
  /** As it waits now, which may be an edit itself. */
  readonly action: Action;
  readonly command: string;
  /** As text; null is SQL's NULL. Null in place of the list: those of the action, as far as they are used. */
  readonly parameters: readonly (string | null)[] | null;
  /** What it was made from: what is left of its pseudonyms means what they stand for. */
  readonly shown: ShownRuns;
}

export type Edited =
  | {
      readonly kind: "edited";
      /** At the next revision, and without a fingerprint. */
      readonly action: Action;
      /** It provably does no more than what was edited: less of the same, nothing else. */
      readonly narrows: boolean;
      /**
       * Asks the upstream about it, which runs nothing; only once policy has permitted it. Returns why it can't
       * run in place of what waits, as far as that can be known before.
       */
      check(): Promise<EditRefused | null>;
    }
  | EditRefused;

export interface EditRefused {
  readonly kind: "refused";
  readonly code: Extract<ErrorCode, "review.override_refused" | "review.override_unchanged">;
  /** For its editor; holds no data. */
  readonly message: string;
}

/** Why an attempt is given up: by the client, which cancels, or by the gateway, which detaches. */
export type Departure = "cancelled" | "detached";

/** How many cells were masked, by what was in them; `column` where a rule names the column. */
export type MaskedCells = Readonly<Record<string, number>>;

/**
 * What the upstream said. `data` is what was loaded, where the action itself does not say it. `detail` is short and holds no
 * data: a command tag or an error code.
 */
export type Outcome =
  | {
      readonly state: "executed";
      readonly detail: string | null;
      readonly rows: number | null;
      readonly data?: DataIdentity;
      readonly masked?: MaskedCells;
    }
  | {
      readonly state: "executed_uncommitted";
      readonly detail: string | null;
      readonly rows: number | null;
      readonly data?: DataIdentity;
      readonly masked?: MaskedCells;
      /** How the transaction ended in which it ran. Never rejects. */
      readonly ended: Promise<TransactionEnd>;
    }
  | { readonly state: "failed"; readonly detail: string | null }
  /** It touched more rows than its limit allows, and was undone. Null where they were not counted to the end. */
  | { readonly state: "exceeded"; readonly rows: number | null };

/** `outcome_unknown`: the session was lost while its COMMIT was under way. */
export type TransactionEnd = "executed" | "rolled_back" | "outcome_unknown";

/** What an attempt came to. */
export type Enforced =
  | { readonly kind: "ran"; readonly outcome: Outcome }
  | { readonly kind: "refused"; readonly refusal: Refusal };
