/** The sentences in which an agent hears no. Each says whether trying again makes sense, and after what. */
import type { Decision } from "#/core/decision.ts";
import type { ErrorCode } from "#/core/errors.ts";
import type { WaitLimit } from "#/core/protocol.ts";
import type { Refusal } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";

export function policyRefusal(decision: Extract<Decision, { effect: "deny" }>): Refusal {
  if (decision.cause === "uncounted") return rowsUncounted(decision);
  if (decision.cause === "mistyped") return argumentMistyped(decision);
  if (decision.cause === "rejected") return definitionRejected();
  const words = decision.reasons.map(({ text }) => text).join(" ");
  return {
    code: "denied_by_policy",
    message: denials[decision.cause],
    reason: words === "" ? null : words,
    review: null,
    url: null,
    retry: "never",
  };
}

function rowsUncounted({ reasons }: Pick<Decision, "reasons">): Refusal {
  return {
    code: "rows_uncounted",
    message:
      "A limit of rows binds this action, and how many it touches could not be counted, so nothing was done. Send a single plain statement.",
    reason: reasons.map(({ text }) => text).join(" "),
    review: null,
    url: null,
    retry: "after_change",
  };
}

function argumentMistyped({ reasons }: Pick<Decision, "reasons">): Refusal {
  return {
    code: "argument_mistyped",
    message:
      "A rule is about an argument of this call, which is not of the type that the rule takes it for, so nothing was done. Send it in that type.",
    reason: reasons.map(({ text }) => text).join(" "),
    review: null,
    url: null,
    retry: "after_change",
  };
}

/** `by` says who it was, where people had been asked about it. */
function definitionRejected(asked?: {
  readonly review: string;
  readonly url: string;
  readonly by: string | null;
}): Refusal {
  const { review = null, url = null, by = null } = asked ?? {};
  const said = by ?? "A person has rejected how this tool is defined by its server.";
  return {
    code: "definition_rejected",
    message: `${said} No call of it runs, and nothing was done.`,
    reason: null,
    review,
    url,
    retry: "never",
  };
}

const final = "This is final: do not retry, and do not look for another way.";

/** What is not carried may have a form that is, and then its reason says so. */
const denials = {
  forbidden: `Policy denies this action. ${final}`,
  unmatched: `No policy allows this action. ${final}`,
  policy_error: `Policy could not be evaluated, so the action is denied. ${final}`,
  unsupported: "The gateway does not carry this action. Do not retry it in this form.",
} as const;

export function recordingFailed(): Refusal {
  return {
    code: "recording_failed",
    message: "The gateway could not record this action, so nothing was done. Tell its operator.",
    reason: null,
    review: null,
    url: null,
    retry: "later",
  };
}

/** Whether an error came of the upstream, so that nothing is wrong with the gateway. */
export function isUpstreamLost(code: ErrorCode): boolean {
  return code.startsWith("upstream.") || code.endsWith(".upstream_protocol");
}

export function upstreamUnreachable(): Refusal {
  return {
    code: "upstream_unreachable",
    message: "The upstream could not be reached, so nothing was done. Try again later.",
    reason: null,
    review: null,
    url: null,
    retry: "later",
  };
}

export function tooManyReviews(principal: string): Refusal {
  return {
    code: "too_many_reviews",
    message: `Too many actions of ${principal} wait for a person already. Wait until some are decided.`,
    reason: null,
    review: null,
    url: null,
    retry: "later",
  };
}

export function outcomeUnknown(review: Review | null, url: string | null): Refusal {
  return {
    code: "outcome_unknown",
    message:
      "The action was sent, but its outcome is not known: it may or may not have taken effect. " +
      "A person has to look; it is never run again by itself.",
    reason: null,
    review: review?.id ?? null,
    url,
    retry: "never",
  };
}

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

/** Where the caller left while its approval was being claimed. */
export function leftAtClaim(review: Review, url: string): Refusal {
  return {
    code: "review_cancelled",
    message: "The wait was cancelled as the action was about to run. Nothing was done.",
    reason: null,
    review: review.id,
    url,
    retry: "later",
  };
}

export function cancelledUnsent(): Refusal {
  return {
    code: "review_cancelled",
    message: "The action was cancelled before it was sent. Nothing was done.",
    reason: null,
    review: null,
    url: null,
    retry: "later",
  };
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
