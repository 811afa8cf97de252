/** What enforcement works with. `main.ts` builds it once. */
import type { Recorder } from "#/audit/recorder.ts";
import type { Decision, PolicyInput } from "#/core/decision.ts";
import type { Effect } from "#/core/effect.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { Attempt } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { ReviewFeed } from "#/review/feed.ts";
import type { ReviewDeps } from "#/review/life.ts";

export interface EnforcementDeps {
  /** The policy set in force at the moment of the call. */
  readonly evaluate: (input: PolicyInput) => Decision;
  readonly recorder: Recorder;
  readonly reviews: ReviewDeps;
  readonly feed: ReviewFeed;
  /** The attempts that wait for people in this process, each for one review. */
  readonly waiting: Map<ReviewId, Attempt>;
  /** What finds out the effects of what waits, likewise. */
  readonly effects: Map<ReviewId, EffectWatch>;
  /** Keys the search for the review of a caller that comes back. */
  readonly joinSecret: Uint8Array;
  /** How long a caller is kept waiting before its review goes on without it, in milliseconds. */
  readonly holdMaxMs: number;
  /** The same where it waits in a transaction of its client's. */
  readonly holdInTransactionMaxMs: number;
  /** Where a person finds a review. */
  readonly reviewUrl: (review: ReviewId) => string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of one review that waits: `watch-effect.ts`. */
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
