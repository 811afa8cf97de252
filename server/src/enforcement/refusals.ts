/** The sentences in which an agent hears no. Each says whether trying again makes sense, and after what. */
import type { Decision } from "#/core/decision.ts";
import type { ErrorCode } from "#/core/errors.ts";
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
export function definitionRejected(asked?: {
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
