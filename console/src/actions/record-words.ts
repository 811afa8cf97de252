/** What a record of the log says, for those who don't know its types by heart. */
export function recordWords(type: string | null): string {
  if (type === null) return "It can’t be read";
  return words[type] ?? type.replaceAll("_", " ").replace(".", ": ");
}

const words: Readonly<Record<string, string>> = {
  "action.allowed": "Allowed",
  "action.denied": "Denied",
  "action.held": "Held for people",
  "review.opened": "Review opened",
  "review.verdict": "A person decided",
  "review.effect_noted": "Effect looked at",
  "review.touched_noted": "Columns looked at",
  "review.transaction_noted": "Open transaction looked at",
  "review.overridden": "Edited by a reviewer",
  "value.revealed": "A masked value was revealed",
  "review.approved": "Approved",
  "review.denied": "Denied by a person",
  "review.changes_requested": "Changes requested",
  "review.reopened": "Opened again",
  "review.voided": "Voided",
  "review.expired": "Expired",
  "review.cancelled": "Cancelled",
  "review.attached": "A session picked it up",
  "review.detached": "The wait ended; the review goes on",
  "execution.claimed": "Taken up to run, once",
  "execution.completed": "Ran",
  "execution.committed": "Committed",
  "execution.rolled_back": "Rolled back",
  "execution.failed": "Failed",
  "execution.unknown": "Outcome unknown",
};
