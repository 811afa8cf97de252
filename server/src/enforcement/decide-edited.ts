/** Policy on an action that somebody edited: it has to permit it to the agent and to its editor (SEMANTICS §5). */
import type { Action } from "#/core/action.ts";
import { type Decision, ownReason } from "#/core/decision.ts";
import type { Person, Principal } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import { joinObligations } from "#/policy/join.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";

/** Null where nobody edited it; `gone` where its editor is not known any more. */
export type Editor = Person | "gone" | null;

/** Who wrote what waits now, with the groups of now. */
export function editorOf({ overrides }: Review, { reviews }: EnforcementDeps): Editor {
  const last = overrides.at(-1);
  return last === undefined ? null : (reviews.people(last.person.id) ?? "gone");
}

/** The first denial; else what both are asked for. */
export function decideEdited(action: Action, editor: Editor, deps: EnforcementDeps): Decision {
  const decision = decide(action, deps);
  if (decision.effect === "deny" || editor === null) return decision;
  if (editor === "gone") {
    const reasons = [ownReason("Whoever edited this action is not known any more.")];
    return { effect: "deny", cause: "unmatched", reasons, policySet: decision.policySet };
  }
  const own = decide({ ...action, principal: principalOf(editor) }, deps);
  if (own.effect === "deny") return own;
  const reasons = new Map([...decision.reasons, ...own.reasons].map((each) => [each.policy, each]));
  return {
    effect: decision.effect === "review" ? "review" : own.effect,
    reasons: [...reasons.values()],
    obligations: joinObligations([decision.obligations, own.obligations]),
    policySet: decision.policySet,
  };
}

function principalOf({ id, name, groups }: Person): Principal {
  return { kind: "user", name, groups, onBehalfOf: null, people: [id] };
}
