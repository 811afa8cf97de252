/**
 * What enforcement needs of a protocol, and all that it knows of one.
 *
 * A proxy makes one `Attempt` for each action. Enforcement alone decides whether and when `execute` is
 * called, and calls it at most once.
 */
import type { Action } from "./action.ts";
import type { CallerId } from "./ids.ts";
import type { Refusal } from "./refusal.ts";
import type { Review } from "./review.ts";

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
  /** Reads the session's meaning afresh, on the session that will execute. */
  fingerprint(): Promise<string>;
  /** Tells the waiting client for whom and where it waits. */
  held(review: Review): void;
  /**
   * Runs the action upstream. Nothing of the answer may reach the client before `gate` has resolved, and
   * nothing ever if it rejects. Rejecting means that the outcome is not known.
   */
  execute(action: Action, gate: Promise<void>): Promise<Outcome>;
}

/** Why an attempt is given up: by the client, which cancels, or by the gateway, which detaches. */
export type Departure = "cancelled" | "detached";

/** What the upstream said. `detail` is short and holds no data: a command tag or an error code. */
export type Outcome =
  | { readonly state: "executed"; readonly detail: string | null; readonly rows: number | null }
  | {
      readonly state: "executed_uncommitted";
      readonly detail: string | null;
      readonly rows: number | null;
      /** How the transaction ended in which it ran. Never rejects. */
      readonly ended: Promise<TransactionEnd>;
    }
  | { readonly state: "failed"; readonly detail: string | null };

/** `outcome_unknown`: the session was lost while its COMMIT was under way. */
export type TransactionEnd = "executed" | "rolled_back" | "outcome_unknown";

/** What an attempt came to. */
export type Enforced =
  | { readonly kind: "ran"; readonly outcome: Outcome }
  | { readonly kind: "refused"; readonly refusal: Refusal };
