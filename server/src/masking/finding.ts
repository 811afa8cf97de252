/** What a recognizer has found, in bytes of the text that was looked at. */
import type { Entity } from "#/core/entity.ts";

export interface Finding {
  readonly entity: Entity;
  /** The first byte, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** From 0 to 1. */
  readonly confidence: number;
  /** Which of many forms it is, such as `github.oauth_token`; null where there is but one. */
  readonly rule: string | null;
}

/** A finding before overlaps are settled: what lies between `from` and `to` is explained by it. */
export interface Candidate extends Finding {
  readonly from: number;
  readonly to: number;
}
