/** What has to hold for a decision to stand. Joining over rules is `policy/join.ts`. */
import type { Assurance } from "./principal.ts";

/** So many distinct people of this group. */
export interface QuorumSlot {
  readonly group: string;
  readonly needed: number;
}

/** No more rows than this, returned or changed, and the rule that says so. */
export interface RowCap {
  readonly max: number;
  readonly policy: string;
}

export interface Obligations {
  /** Sorted by group; groups add up. Empty: nobody is asked. */
  readonly quorum: readonly QuorumSlot[];
  /** How long a review may stay pending, in milliseconds. */
  readonly ttlMs: number;
  /** How long an approval may wait for its execution, in milliseconds. */
  readonly validMs: number;
  /** The least assurance of a verdict that counts. */
  readonly assurance: Assurance;
  /** Of one action; null where no rule has a bound. */
  readonly rows: RowCap | null;
}

export const reviewTtlDefaultMs = 4 * 60 * 60 * 1000;
export const approvalValidDefaultMs = 5 * 60 * 1000;

export const noObligations: Obligations = {
  quorum: [],
  ttlMs: reviewTtlDefaultMs,
  validMs: approvalValidDefaultMs,
  assurance: "local-demo",
  rows: null,
};
