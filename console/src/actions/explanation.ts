/** Why an action was decided as it was, in plain words. */
import type { ActionDetail } from "@countersign/sdk/wire/action";
import type { Reason } from "@countersign/sdk/wire/review";

/** Why an action was denied; the gateway may learn more than this console knows. */
export const causes = [
  "forbidden",
  "unmatched",
  "policy_error",
  "unsupported",
  "mistyped",
  "rejected",
] as const;
export type Cause = (typeof causes)[number];

/** What the gateway decides without a rule is under this name. */
const gatewayPolicy = "gateway";

export function explain({
  decision,
  cause,
  quorum,
}: Pick<ActionDetail, "decision" | "cause" | "quorum">): string {
  switch (decision) {
    case "allow":
      return "A rule permits it and asks nobody, so it did not have to wait.";
    case "review":
      return quorum.length === 0
        ? "A rule permits it only once people have agreed to it."
        : `A rule permits it only once people have agreed to it: ${quorumText(quorum)}.`;
    case "deny":
      return isCause(cause)
        ? explainCause(cause)
        : "It was denied, and this console does not know the cause.";
  }
}

export function explainCause(cause: Cause): string {
  switch (cause) {
    case "forbidden":
      return "A rule forbids it. That is final: nobody can approve it.";
    case "unmatched":
      return "No rule permits it, and what no rule permits is denied.";
    case "policy_error":
      return "A rule could not be evaluated, and what can’t be decided is denied.";
    case "unsupported":
      return "The gateway does not carry commands of this kind, whatever the rules say.";
    case "mistyped":
      return "A rule is about one of its arguments, which is not of the type that the rule takes it for.";
    case "rejected":
      return "A person has rejected how the tool that it calls is defined.";
    default:
      return cause satisfies never;
  }
}

export function reasonWords({ policy, text }: Reason): { rule: string; words: string } {
  return {
    rule: policy === gatewayPolicy ? "The gateway itself" : policy,
    words: text === "" ? "The words of this rule are no longer known." : text,
  };
}

export function quorumText(quorum: ActionDetail["quorum"]): string {
  return quorum.map(({ group, needed }) => `${needed} of ${group}`).join(" and ");
}

function isCause(cause: string | null): cause is Cause {
  return (causes as readonly (string | null)[]).includes(cause);
}
