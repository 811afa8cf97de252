/**
 * The only way to an upstream.
 *
 *   1. decide        policy judges the action; failing to decide is a denial
 *   2. record        the decision is durable before any effect, and before any disclosure
 *   3. hold          where people are asked, the caller waits; approved, everything is judged again
 *   4. execute       once
 *   5. record        the outcome
 *
 * Guarantees promises 1 to 3 of the design: nothing runs undecided or unrecorded, what runs is what was
 * approved, and an approval is used at most once. Must not know any protocol: it sees an `Attempt`.
 */
import { actionRecord, executionRecord } from "#/audit/records.ts";
import type { Action } from "#/core/action.ts";
import type { Decision } from "#/core/decision.ts";
import { actionDigest } from "#/core/digest.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Attempt, Enforced, Outcome, TransactionEnd } from "#/core/protocol.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";
import { hold } from "./hold.ts";
import { outcomeUnknown, policyRefusal, recordingFailed, upstreamUnreachable } from "./refusals.ts";

/** Never rejects: whatever fails, the caller gets a refusal, and nothing has run that is not recorded. */
export async function enforce(attempt: Attempt, deps: EnforcementDeps): Promise<Enforced> {
  try {
    const decision = decide(attempt.action, deps);
    switch (decision.effect) {
      case "deny":
        return await deny(attempt.action, decision, deps);
      case "allow":
        return attempt.proven
          ? await runWhileRecording(attempt, decision, deps)
          : await recordThenRun(attempt, decision, deps);
      case "review":
        return await hold(attempt, decision, deps);
    }
  } catch (cause) {
    const code = cause instanceof GatewayError ? cause.code : "internal.unexpected";
    deps.log.error("enforcement.failed", { actionId: attempt.action.id, code });
    const upstreamLost = code.startsWith("upstream.") || code === "postgres.upstream_protocol";
    return { kind: "refused", refusal: upstreamLost ? upstreamUnreachable() : recordingFailed() };
  }
}

/** Records and refuses what the gateway itself can't do, such as a message that it does not carry. */
export async function refuse(
  action: Action,
  text: string,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { policySet } = decide(action, deps);
  const reasons = [{ policy: "gateway", text }];
  const decision = { effect: "deny", cause: "unsupported", reasons, policySet } as const;
  try {
    return await deny(action, decision, deps);
  } catch {
    return { kind: "refused", refusal: recordingFailed() };
  }
}

async function deny(
  action: Action,
  decision: Extract<Decision, { effect: "deny" }>,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const at = deps.clock.now();
  await deps.recorder.append([actionRecord(action, actionDigest(action), decision, null, at)]);
  return { kind: "refused", refusal: policyRefusal(decision) };
}

/** The gate of proven reads: they may run meanwhile, but their rows wait for the record. */
async function runWhileRecording(
  attempt: Attempt,
  decision: Decision,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { action } = attempt;
  const record = actionRecord(action, actionDigest(action), decision, null, deps.clock.now());
  const gate = deps.recorder.append([record]).then(() => undefined);
  // The attempt sees a rejection too; this one must not count as unhandled while the upstream works.
  gate.catch(() => undefined);
  const outcome = await attempt.execute(action, gate).catch(() => unknown);
  await gate;
  deps.recorder.appendLater(outcomeRecord(action, outcome, deps));
  return ended(outcome);
}

/** The gate of everything else: the upstream does not see the action before its record is durable. */
async function recordThenRun(
  attempt: Attempt,
  decision: Decision,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { action } = attempt;
  const at = deps.clock.now();
  const record = actionRecord(action, actionDigest(action), decision, null, at);
  const writes = action.verbs.some((verb) => verb !== "sql.read");
  if (writes) await deps.recorder.beginExecution({ action: action.id, beganAt: at }, [record]);
  else await deps.recorder.append([record]);
  const outcome = await attempt.execute(action, Promise.resolve()).catch(() => unknown);
  if (writes) await deps.recorder.endExecution(action.id, [outcomeRecord(action, outcome, deps)]);
  else deps.recorder.appendLater(outcomeRecord(action, outcome, deps));
  if (writes && outcome.state === "executed_uncommitted") {
    void outcome.ended.then((end) => recordEnd(action, end, deps));
  }
  return ended(outcome);
}

const unknown = { state: "unknown" } as const;
type Ending = Outcome | typeof unknown;

function ended(outcome: Ending): Enforced {
  return outcome.state === "unknown"
    ? { kind: "refused", refusal: outcomeUnknown(null, null) }
    : { kind: "ran", outcome };
}

/** How the transaction ended that an unreviewed write ran in. */
function recordEnd(action: Action, end: TransactionEnd, deps: EnforcementDeps): void {
  deps.recorder.appendLater(executionRecord(endRecords[end], action.id, deps.clock.now(), {}));
}

const endRecords = {
  executed: "execution.committed",
  rolled_back: "execution.rolled_back",
  outcome_unknown: "execution.unknown",
} as const;

function outcomeRecord(action: Action, outcome: Ending, deps: EnforcementDeps) {
  const at = deps.clock.now();
  switch (outcome.state) {
    case "unknown":
      return executionRecord("execution.unknown", action.id, at, {});
    case "failed":
      return executionRecord("execution.failed", action.id, at, { detail: outcome.detail });
    case "executed":
    case "executed_uncommitted":
      return executionRecord("execution.completed", action.id, at, {
        committed: outcome.state === "executed",
        detail: outcome.detail,
        rows: outcome.rows,
      });
  }
}
