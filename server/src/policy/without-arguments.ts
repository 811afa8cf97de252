/**
 * What can be said of a call where its arguments don't fit the rules, or are not there yet: by the rules without what they say of arguments
 * (`relevance.ts`), each of which speaks wherever the rule itself could.
 */
import assert from "node:assert/strict";
import { ownReason, type PolicyInput, type Reason } from "#/core/decision.ts";
import type { Verb } from "#/core/verb.ts";
import { type ArgumentPath, argumentText, typeWords } from "./argument.ts";
import { ask, policyOf, type Request, toRequest } from "./ask-cedar.ts";
import { type LoadedPolicy, nameWithoutArguments, type PolicySet } from "./load.ts";

/** Why nothing can be decided: a rule that could speak of it uses an argument as what it is not. Null where none could. */
export function misreadBy(
  set: PolicySet,
  { verbs }: PolicyInput,
  request: Request,
  misfits: readonly ArgumentPath[],
): Reason | null {
  for (const verb of verbs) {
    for (const policy of maySpeak(set, request, verb)) {
      const misfit = misfits.find(({ keys }) => policy.arguments.has(argumentText(keys)));
      if (misfit !== undefined) return mistyped(policy, misfit);
    }
  }
  return null;
}

/** Nothing of the value itself is said. */
function mistyped({ id }: LoadedPolicy, { keys, type }: ArgumentPath): Reason {
  const wanted = type === "any" ? "something with members" : typeWords[type];
  return ownReason(
    `Rule ${id} is about ${argumentText(keys)} as ${wanted}, and what was sent there is not, or is more than a rule can be asked about.`,
  );
}

/** Whether nothing permits it, whatever its arguments are. Rules about arguments are taken to speak for it, and never against it. */
export function neverPermitted(set: PolicySet, action: PolicyInput): boolean {
  const request = toRequest(set, action, {});
  return action.verbs.some((verb) => {
    const asked = ask(request, verb);
    assert(asked.type === "success", "a question that Cedar does not take");
    const rules = asked.response.diagnostics.reason.map((id) => policyOf(set, id));
    const sure = rules.filter((policy) => policy.arguments.size === 0);
    // One that forbids it without arguments may not with some, and hides which rules would permit it then.
    if (sure.length === 0 && rules.some(({ effect }) => effect === "forbid")) return false;
    if (sure.some(({ effect }) => effect === "forbid")) return true;
    if (sure.some(({ effect }) => effect === "permit")) return false;
    return !maySpeak(set, request, verb).some(({ effect }) => effect === "permit");
  });
}

/** Of the rules that name arguments, by their ids. Whatever can't be told of a rule, it may speak. */
function maySpeak(set: PolicySet, request: Request, verb: Verb): readonly LoadedPolicy[] {
  const open = { ...request, preparsedPolicySetId: nameWithoutArguments(set.name) };
  const answer = ask(open, verb);
  assert(answer.type === "success", "rules can't be asked without their arguments");
  const { reason, errors } = answer.response.diagnostics;
  const speaking = [...reason, ...errors.map(({ policyId }) => policyId)].toSorted();
  return speaking.map((id) => policyOf(set, id));
}
