/** What enforcement works with. `gateway.ts` builds it once. */
import type { Recorder } from "#/audit/recorder.ts";
import type { Resource } from "#/core/action.ts";
import type { Decision, PolicyInput } from "#/core/decision.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { ColumnName } from "#/core/obligation.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { ReviewFeed } from "#/review/feed.ts";
import type { ReviewDeps } from "#/review/life.ts";
import type { Waiting } from "./hold/waiting.ts";
import type { SessionLabels } from "./session-labels.ts";

export interface EnforcementDeps {
  /** The policy set in force at the moment of the call. */
  readonly evaluate: (input: PolicyInput) => Decision;
  /** Whether the policy set in force permits no call of this tool, whatever its arguments are. */
  readonly neverPermits: (input: PolicyInput) => boolean;
  /** Which columns of a resource the policy set masks for anybody; the same list object as long as it is the same set. */
  readonly maskedColumns: (resource: Resource) => readonly ColumnName[];
  readonly recorder: Recorder;
  readonly reviews: ReviewDeps;
  readonly feed: ReviewFeed;
  /** What waits for people in this process, each for one review. */
  readonly waiting: Map<ReviewId, Waiting>;
  /** What each principal's session has read. */
  readonly labels: SessionLabels;
  /** The key of the digest by which a caller that comes back finds its review. */
  readonly joinSecret: Uint8Array;
  /** How long a caller is kept waiting before its review goes on without it, in milliseconds. */
  readonly holdMaxMs: number;
  /** How long it is kept waiting inside a transaction that its client has opened, in milliseconds. */
  readonly holdInTransactionMaxMs: number;
  /** Where a person finds a review. */
  readonly reviewUrl: (review: ReviewId) => string;
  readonly clock: Clock;
  readonly log: Log;
}
