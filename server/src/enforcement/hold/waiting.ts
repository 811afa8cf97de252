/** One action that waits for people in this process. */
import type { Effect } from "#/core/effect.ts";
import type { Attempt, Standing, WaitLimit } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";

export interface Waiting {
  readonly attempt: Attempt;
  readonly standing: Standing;
  readonly time: WaitingTime;
  readonly watch: WaitingWatch;
}

/** By the gateway's clock, in milliseconds. */
export interface WaitingTime {
  readonly from: number;
  readonly until: number;
  /** What sets it. */
  readonly limit: WaitLimit;
}

/** How much the action would touch. */
export interface EffectWatch {
  readonly preview: Attempt["preview"];
  /** To be called with every version that waits: looks once at every action that stands there. */
  look(review: Review): void;
  /** Measures afresh; resolves once the review says what came of it, with false where it can't be measured. */
  measure(review: Review): Promise<boolean>;
  /** Measures what was approved, right before it runs, and notes nothing; null where that is not possible. */
  again(review: Review, signal: AbortSignal): Promise<Effect | null>;
  /** Cancels what runs. */
  stop(): void;
}

/** All that goes on beside the wait. */
export interface WaitingWatch extends Omit<EffectWatch, "stop"> {
  /** People have decided, or nobody waits: until the next `look` nothing is found out and nobody is told. */
  pause(): void;
  close(): void;
}
