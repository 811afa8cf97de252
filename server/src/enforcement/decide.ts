/** Policy is asked through this alone, so that an error in it can only ever deny. */
import { type Decision, ownReason, type PolicyInput } from "#/core/decision.ts";
import { whyUncounted } from "#/core/facts.ts";
import { rowsText } from "#/core/row-limit.ts";
import type { EnforcementDeps } from "./deps.ts";
import { rejection } from "./end-rejected.ts";

export function decide(input: PolicyInput, deps: EnforcementDeps): Decision {
  try {
    return accepted(counted(deps.evaluate(labelled(input, deps)), input), input);
  } catch {
    deps.log.error("policy.failed", { connection: input.resource.connection });
    return { effect: "deny", cause: "policy_error", reasons: [], policySet: noPolicySet };
  }
}

/** What a session has read bears on what it may do with tools alone: statements keep the input by which they are remembered. */
function labelled(input: PolicyInput, { labels }: EnforcementDeps): PolicyInput {
  if (input.facts.family === "sql") return input;
  const { verbs, principal, resource, facts } = input;
  return { verbs, principal, resource, facts, labels: labels.of(principal) };
}

/** A limit of rows that could not be kept would be none: what it is asked of does not run. */
function counted(decision: Decision, { facts }: PolicyInput): Decision {
  if (decision.effect === "deny") return decision;
  const why = whyUncounted(facts);
  if (why === null) return decision;
  const { rows } = decision.obligations;
  if (rows === null) return decision;
  const text = `Rule ${rows.policy} allows no more than ${rowsText(rows.max)}. ${why}`;
  const { policySet } = decision;
  return { effect: "deny", cause: "uncounted", reasons: [ownReason(text)], policySet };
}

/** No rule, and nobody's approval of a call, stands above a person's word on the tool. */
function accepted(decision: Decision, { facts }: PolicyInput): Decision {
  if (facts.family === "sql" || facts.definition !== "rejected") return decision;
  return rejection(decision.policySet, null);
}

/** Stands for the set's digest where no set could be asked. */
const noPolicySet = "" as Decision["policySet"];
