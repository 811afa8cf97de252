/** What people ask of a review, and what they are answered. */
import type { Effect } from "./effect.ts";
import type { ReviewState, VerdictKind } from "./review.ts";

export interface VerdictRequest {
  readonly verdict: VerdictKind;
  /** The digest of the action that was judged. */
  readonly digest: string;
  readonly comment: string | null;
  /** Approve no more rows than this. Null: as many as the view says were measured, or as the rules allow. */
  readonly maxRows: number | null;
  /**
   * `view.digest` of the reading that was judged. An approval of a view whose number of rows is no longer the review's is
   * refused. Null: the least number that was measured while this action waited is what it approves.
   */
  readonly viewDigest: string | null;
}

export interface RevealRequest {
  /** The digest of the action that is meant. */
  readonly digest: string;
  /** Of a masked part. */
  readonly field: string;
}

/** Not to be kept: it is on record that the caller has seen it. */
export interface RevealAnswer {
  readonly id: string;
  readonly digest: string;
  readonly field: string;
  readonly entities: readonly string[];
  /** As it was sent: what stands in the place of the masked part. */
  readonly text: string;
}

export interface VerdictAnswer {
  readonly id: string;
  readonly actionId: string;
  readonly state: ReviewState;
  readonly digest: string;
}

export interface OverrideRequest {
  /** The digest of the action that was edited. */
  readonly digest: string;
  /** What stands masked in what is shown may stay: it means what was sent, in the same place. */
  readonly command: string;
  /** As text; null is SQL's NULL. Null in place of the list keeps those of the action, as far as they are used. */
  readonly parameters: readonly (string | null)[] | null;
  readonly comment: string;
}

/** With the digest of the edited action. */
export interface OverrideAnswer extends VerdictAnswer {
  /** The edit provably narrows, and so is its editor's approval; if not, others have to approve. */
  readonly counted: boolean;
}

export interface PreviewRequest {
  /** The digest of the action that is meant. */
  readonly digest: string;
}

export interface PreviewAnswer {
  readonly id: string;
  readonly digest: string;
  readonly effect: Effect | null;
}
