/** What the audit log can say. A draft becomes a leaf in `audit/`. */
import type { ActionId, ReviewId } from "./ids.ts";
import type { Json } from "./json.ts";

export const recordTypes = [
  "action.allowed",
  "action.denied",
  "action.held",
  "agent.enrolled",
  "config.loaded",
  "execution.claimed",
  "execution.committed",
  "execution.completed",
  "execution.failed",
  "execution.rolled_back",
  "execution.unknown",
  "gateway.started",
  "gateway.stopped",
  "message.refused",
  "policy.activated",
  "review.approved",
  "review.attached",
  "review.cancelled",
  "review.changes_requested",
  "review.denied",
  "review.detached",
  "review.effect_noted",
  "review.transaction_noted",
  "review.touched_noted",
  "review.expired",
  "review.opened",
  "review.overridden",
  "review.reopened",
  "review.verdict",
  "review.voided",
  "sign_in.ended",
  "sign_in.failed",
  "sign_in.link_made",
  "sign_in.succeeded",
  "subject.erased",
  "tool.accepted",
  "tool.changed",
  "tool.pinned",
  "tool.rejected",
  "value.revealed",
] as const;
export type RecordType = (typeof recordTypes)[number];

export interface RecordDraft {
  readonly type: RecordType;
  /** In milliseconds. */
  readonly at: number;
  readonly action: ActionId | null;
  readonly review: ReviewId | null;
  /** Goes into the leaf, for ever: small, no personal data, no command, no free text. */
  readonly body: Readonly<Record<string, Json>>;
  /** Kept apart, encrypted, erasable; the leaf commits to it. */
  readonly payload: Readonly<Record<string, Json>> | null;
  /** Of an action without a review: whether it tells that it may run from now on, or how it ended. */
  readonly execution?: "begun" | "ended";
}
