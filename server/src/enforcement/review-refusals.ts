/** The sentences in which an agent hears what became of its review. Each says whether trying again makes sense, and after what. */
import type { WaitLimit } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import { definitionRejected } from "./refusals.ts";

/** How a wait ended. */
export interface WaitEnding {
  /** The limit that has passed; null where it ended otherwise. */
  readonly limit: WaitLimit | null;
  readonly inTransaction: boolean;
  readonly isBound: boolean;
}

/** Where the wait ended without the action: the hold limit passed, or the gateway let go of the session. */
function stillPending(review: Review, url: string, ending: WaitEnding): Refusal {
  const { limit, inTransaction, isBound } = ending;
  const passed = limit === null ? "" : ` ${limit.by} (${spanText(limit.ms)}) has passed.`;
  const failed = inTransaction
    ? " Its open transaction has failed, so that nobody has to wait for it: nothing in it has taken effect. Roll back."
    : "";
  return {
    code: "pending_review",
    message: `The action still waits for a person as review ${review.id}.${passed}${failed} ${againText(ending)}`,
    reason: null,
    review: review.id,
    url,
    retry: isBound ? "later" : "after_review",
  };
}

function againText({ inTransaction, isBound }: WaitEnding): string {
  if (isBound) {
    return "What it does hangs on its own session, so nothing can pick this review up: run it again when somebody is there to decide.";
  }
  return inTransaction
    ? "Run the whole transaction again later: the same statement picks up this review."
    : "Run the same statement again later: it picks up this review.";
}

function approvedMeanwhile(review: Review, url: string): Refusal {
  return {
    code: "pending_review",
    message: `Review ${review.id} was approved after this caller had left. Run the same statement again: it uses the approval.`,
    reason: null,
    review: review.id,
    url,
    retry: "later",
  };
}

/** What a review that ended without an execution says to the one who asked. */
export function reviewRefusal(
  review: Review,
  url: string,
  ending: WaitEnding = { limit: null, inTransaction: false, isBound: false },
): Refusal {
  const said = review.verdicts.findLast(({ revision }) => revision === review.action.revision);
  const base = { review: review.id, url } as const;
  switch (review.state) {
    case "denied":
      return {
        ...base,
        code: "denied_by_reviewer",
        message: `${said?.person.name ?? "A reviewer"} denied this action. Do not retry it.`,
        reason: said?.comment ?? null,
        retry: "never",
      };
    case "changes_requested":
      return {
        ...base,
        code: "changes_requested",
        message: `${said?.person.name ?? "A reviewer"} asks for changes. Propose the changed action.`,
        reason: said?.comment ?? null,
        retry: "after_change",
      };
    case "expired":
      return {
        ...base,
        code: "review_expired",
        message:
          "Nobody decided in time, or the approval was not used in time. You may propose it again.",
        reason: null,
        retry: "later",
      };
    case "voided":
      if (review.voidedBy === "rejected") return definitionRejected({ ...base, by: review.note });
      return {
        ...base,
        code: "denied_by_policy",
        message: "Policy has changed and now denies this action. This is final.",
        reason: review.note,
        retry: "never",
      };
    case "cancelled":
      return {
        ...base,
        code: "review_cancelled",
        message: "The wait was cancelled before a person decided. Nothing was done.",
        reason: null,
        retry: "later",
      };
    case "approved":
      if (review.execution === null) return approvedMeanwhile(review, url);
      return {
        ...base,
        code: "already_executed",
        message:
          "The approval of this action has been used. Propose the action again to have it run again.",
        reason: null,
        retry: "later",
      };
    case "pending":
      return stillPending(review, url, ending);
  }
}

/** As people say it; rounded to what can be read. */
function spanText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `${Math.round(seconds / 60)} minutes`;
}
