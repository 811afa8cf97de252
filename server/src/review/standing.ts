/** Where a review stands: whether people or a caller can still move it, and who ended it if not. */
import type { Review } from "#/core/review.ts";
import { approvalsGiven } from "./eligibility.ts";
import { type Refused, refused } from "./event.ts";

/** Pending, or approved and not yet claimed. Everything else is over for people and callers. */
export function isOpen(review: Review): boolean {
  return review.state === "pending" || (review.state === "approved" && review.execution === null);
}

/** Its time to be decided, or to be claimed, is over, whether or not anybody has noted that yet. */
export function isDue(review: Review, now: number): boolean {
  if (!isOpen(review)) return false;
  if (review.state === "pending") return now >= review.expiresAt;
  return review.validUntil === null || now >= review.validUntil;
}

/** Why a review that is no longer open, or is past its time, takes no more changes; null if it does. */
export function closed(review: Review, now: number): Refused | null {
  if (review.execution !== null) return refused("review.already_claimed");
  if (!isOpen(review)) return refused("review.already_decided", decidedBy(review));
  if (isDue(review, now)) return refused("review.expired");
  return null;
}

/** Who decided what, in a sentence. */
export function decidedBy(review: Review): string {
  const last = review.verdicts.at(-1)?.person.name ?? "a reviewer";
  switch (review.state) {
    case "pending":
      return "It waits for a person.";
    case "approved":
      return `It was approved by ${approvers(review).join(" and ")}.`;
    case "denied":
      return `It was denied by ${last}.`;
    case "changes_requested":
      return `Changes were requested by ${last}.`;
    case "expired":
      return "It expired.";
    case "cancelled":
      return "It was cancelled by its caller.";
    case "voided":
      return review.voidedBy === "rejected"
        ? (review.note ?? "Its tool was rejected.")
        : "Policy has come to deny it.";
  }
}

function approvers(review: Review): readonly string[] {
  const given = new Set(approvalsGiven(review).map(({ person }) => person));
  const names = review.verdicts.map(({ person }) => person).filter(({ id }) => given.has(id));
  return [...new Map(names.map(({ id, name }) => [id, name])).values()];
}
