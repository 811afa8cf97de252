/**
 * Asks Cedar about an action and turns its answer into a decision.
 *
 * Guarantees: a decision for every input, whatever fails; any failing rule denies, although Cedar alone
 * skips a `forbid` that fails and lets the action through; what no rule permits is denied; a remembered
 * decision is the one that a fresh evaluation would give. It knows no command, no clock and no review.
 */
import assert from "node:assert/strict";
import type { AuthorizationAnswer } from "@cedar-policy/cedar-wasm/nodejs";
import type { Resource } from "#/core/action.ts";
import { type Decision, type PolicyInput, policyFailedText, type Reason } from "#/core/decision.ts";
import type { Facts } from "#/core/facts.ts";
import type { Digest } from "#/core/ids.ts";
import type { ColumnName } from "#/core/obligation.ts";
import { type ReadArguments, readArguments } from "./argument-values.ts";
import { ask, policyOf, toRequest } from "./ask-cedar.ts";
import { joinObligations } from "./join.ts";
import type { LoadedPolicy, PolicySet } from "./load.ts";
import { maskedColumns } from "./masked-columns.ts";
import { createKeyBuilder, createLatest, createMemo } from "./memo.ts";
import { misreadBy, neverPermitted } from "./without-arguments.ts";

export interface Policy {
  /** Of the set that decides. */
  readonly digest: Digest;
  /** The words of each of its rules. */
  readonly reasons: readonly Reason[];
  /** Whether some rule masks something. */
  readonly masks: boolean;
  /** Which columns some rule masks that can apply to this resource, by its head. */
  maskedColumns(resource: Resource): readonly ColumnName[];
  /** Never throws: what can't be decided is denied. */
  evaluate(action: PolicyInput): Decision;
  /** Whether no call of this is permitted, whatever its arguments are. Never throws: what can't be told is false. */
  neverPermits(action: PolicyInput): boolean;
}

const memoEntriesMax = 10_000;
const memoBytesMax = 16 * 1024 * 1024;

export function createPolicy(set: PolicySet): Policy {
  const memo = createMemo<Decision>({ entriesMax: memoEntriesMax, bytesMax: memoBytesMax });
  const never = createMemo<boolean>({ entriesMax: memoEntriesMax, bytesMax: memoBytesMax });
  const keyOf = createKeyBuilder((facts) => argumentsOf(set, facts).key);
  const latest = createLatest<Decision>();
  const masked = new Map<string, readonly ColumnName[]>();

  return {
    digest: set.digest,
    reasons: [...set.policies.values()].map(reasonOf),
    masks: [...set.policies.values()].some(({ obligations }) => obligations.masks.length > 0),
    maskedColumns(resource) {
      const known = masked.get(resource.connection);
      if (known !== undefined) return known;
      const columns = maskedColumns(set, resource);
      masked.set(resource.connection, columns);
      return columns;
    },
    neverPermits(action) {
      try {
        const key = keyOf(action);
        const known = never.get(key);
        if (known !== undefined) return known;
        const answer = neverPermitted(set, action);
        never.set(key, answer);
        return answer;
      } catch {
        return false;
      }
    },
    evaluate(action) {
      try {
        const before = latest.get(action);
        if (before !== undefined) return before;
        const key = keyOf(action);
        const decision = memo.get(key) ?? decide(set, action);
        // A failure may pass, so it is not remembered.
        if (isPolicyError(decision)) return decision;
        memo.set(key, decision);
        latest.set(action, decision);
        return decision;
      } catch {
        return deny(set, "policy_error", []);
      }
    },
  };
}

/** Cedar's answer about one verb, in terms of the set's policies. */
interface Answer {
  readonly permits: readonly LoadedPolicy[];
  readonly forbids: readonly LoadedPolicy[];
  /** Rules that could not be evaluated, or all that is known where Cedar refused the question. */
  readonly failed: readonly Reason[];
  readonly isFailure: boolean;
}

function decide(set: PolicySet, action: PolicyInput): Decision {
  assert(action.verbs.length > 0, "an action without a verb");
  const args = argumentsOf(set, action.facts);
  const request = toRequest(set, action, args.record);
  const misread = args.misfits.length === 0 ? null : misreadBy(set, action, request, args.misfits);
  if (misread !== null) {
    return { effect: "deny", cause: "mistyped", reasons: [misread], policySet: set.digest };
  }
  const answers = action.verbs.map((verb) => readAnswer(set, ask(request, verb)));

  const forbids = answers.flatMap((answer) => answer.forbids);
  const denials = [...forbids.map(reasonOf), ...answers.flatMap(({ failed }) => failed)];
  if (forbids.length > 0) return deny(set, "forbidden", denials);
  if (answers.some(({ isFailure }) => isFailure)) return deny(set, "policy_error", denials);
  if (answers.some(({ permits }) => permits.length === 0)) return deny(set, "unmatched", []);

  const permits = answers.flatMap((answer) => answer.permits);
  const obligations = joinObligations(permits.map((permit) => permit.obligations));
  const isHeld = obligations.quorum.length > 0;
  // What would pass on its own is no reason to wait.
  const telling = isHeld ? permits.filter(holds) : permits;
  return {
    effect: isHeld ? "review" : "allow",
    reasons: distinct(telling.map(reasonOf)),
    obligations,
    policySet: set.digest,
  };
}

function deny(
  set: PolicySet,
  cause: "forbidden" | "unmatched" | "policy_error",
  reasons: readonly Reason[],
): Decision {
  const policySet = set.digest;
  return { effect: "deny", cause, reasons: distinct(reasons), policySet };
}

function readAnswer(set: PolicySet, answer: AuthorizationAnswer): Answer {
  if (answer.type === "failure") return { permits: [], forbids: [], failed: [], isFailure: true };
  const { decision, diagnostics } = answer.response;
  const determining = diagnostics.reason.map((id) => policyOf(set, id));
  const failed = diagnostics.errors.map(({ policyId }) => failure(policyOf(set, policyId)));
  return {
    permits: decision === "allow" ? determining : [],
    forbids: decision === "deny" ? determining : [],
    failed,
    isFailure: failed.length > 0,
  };
}

function argumentsOf(set: PolicySet, facts: Facts): ReadArguments {
  return facts.family === "sql" ? noArguments : readArguments(facts, set.arguments);
}

const noArguments: ReadArguments = { record: {}, misfits: [], key: "" };

/** Cedar's own words stay out of it: they may quote the input. */
function failure({ id }: LoadedPolicy): Reason {
  return { policy: id, text: policyFailedText };
}

function holds({ obligations }: LoadedPolicy): boolean {
  return obligations.quorum.length > 0;
}

function reasonOf({ reason }: LoadedPolicy): Reason {
  return reason;
}

function isPolicyError(decision: Decision): boolean {
  return decision.effect === "deny" && decision.cause === "policy_error";
}

/** In the order of the policies' names, because Cedar promises none. */
function distinct(reasons: readonly Reason[]): readonly Reason[] {
  const byPolicy = new Map(reasons.map((reason) => [reason.policy, reason]));
  return [...byPolicy.values()].toSorted((one, other) => (one.policy < other.policy ? -1 : 1));
}
