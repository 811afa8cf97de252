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
import { type Decision, ownReason } from "#/core/decision.ts";
import { actionDigest, dataDigest } from "#/core/digest.ts";
import { errorCodeOf } from "#/core/errors.ts";
import type { Attempt, Enforced } from "#/core/protocol.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Refusal } from "#/core/refusal.ts";
import { isRead } from "#/core/verb.ts";
import type { Clock } from "#/platform/clock.ts";
import { decide } from "./decide.ts";
import { deny } from "./deny.ts";
import type { EnforcementDeps } from "./deps.ts";
import { type Ending, exceededDetail, execute, type RunUnder } from "./execute.ts";
import { hold } from "./hold/hold.ts";
import {
  cancelledUnsent,
  isUpstreamLost,
  outcomeUnknown,
  recordingFailed,
  upstreamUnreachable,
} from "./refusals.ts";

/** Never rejects: whatever fails, the caller gets a refusal, and nothing has run that is not recorded. */
export async function enforce(attempt: Attempt, deps: EnforcementDeps): Promise<Enforced> {
  try {
    return await enforced(attempt, decide(attempt.action, deps), deps);
  } catch (cause) {
    const code = errorCodeOf(cause);
    deps.log.error("enforcement.failed", { actionId: attempt.action.id, code });
    const refusal = isUpstreamLost(code) ? upstreamUnreachable() : recordingFailed();
    return { kind: "refused", refusal };
  }
}

function enforced(attempt: Attempt, decision: Decision, deps: EnforcementDeps): Promise<Enforced> {
  switch (decision.effect) {
    case "deny":
      return deny(attempt.action, decision, deps);
    case "allow":
      return attempt.proven && !attempt.isCancelled
        ? runWhileRecording(attempt, decision, deps)
        : recordThenRun(attempt, decision, deps);
    case "review":
      return hold(attempt, decision, deps);
  }
}

/**
 * Records and refuses what the gateway itself can't do, such as a message that it does not carry. `refusal` where the
 * caller is to hear something else than that it is final.
 */
export async function refuse(
  action: Action,
  text: string,
  deps: EnforcementDeps,
  refusal?: Refusal,
): Promise<Enforced> {
  const { policySet } = decide(action, deps);
  const reasons = [ownReason(text)];
  const decision = { effect: "deny", cause: "unsupported", reasons, policySet } as const;
  try {
    return await deny(action, decision, deps, refusal);
  } catch {
    return { kind: "refused", refusal: recordingFailed() };
  }
}

type Allowance = Extract<Decision, { readonly effect: "allow" }>;

function runUnder({ obligations: { rows, masks } }: Allowance): RunUnder {
  const limit =
    rows === null
      ? null
      : ({ max: rows.max, review: null, by: { kind: "rule", policy: rows.policy } } as const);
  return { limit, masks };
}

/**
 * The gate of proven reads: they may run meanwhile, but their rows wait for the record. It is made once the upstream
 * has been sent the read, and works on it.
 */
async function runWhileRecording(
  attempt: Attempt,
  decision: Allowance,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { action } = attempt;
  const gate = bothDone(deps.labels.take(action), recordBehind(action, decision, deps));
  // The attempt sees a rejection too; this one must not count as unhandled while the upstream works.
  gate.catch(() => undefined);
  const outcome = await execute(attempt, action, gate, runUnder(decision), deps);
  await gate;
  deps.recorder.appendLater(outcomeRecord(action, outcome, deps.clock));
  // A read that is proven has no effect of which anybody could be unsure.
  if (outcome.state === "unknown") return { kind: "refused", refusal: upstreamUnreachable() };
  return ended(outcome);
}

/** `kept`: what will have been read; null where that is kept already. */
function bothDone(kept: Promise<void> | null, recorded: Promise<void>): Promise<void> {
  return kept === null ? recorded : Promise.all([kept, recorded]).then(() => undefined);
}

/** What its caller does in this turn comes first. */
async function recordBehind(
  action: Action,
  decision: Decision,
  deps: EnforcementDeps,
): Promise<void> {
  await Promise.resolve();
  const record = actionRecord(action, actionDigest(action), decision, null, deps.clock.now());
  await deps.recorder.append([record]);
}

/** The gate of everything else: the upstream does not see the action before its record is durable. */
async function recordThenRun(
  attempt: Attempt,
  decision: Allowance,
  deps: EnforcementDeps,
): Promise<Enforced> {
  const { action } = attempt;
  const at = deps.clock.now();
  const record = actionRecord(action, actionDigest(action), decision, null, at);
  const writes = !action.verbs.every(isRead);
  await bothDone(
    deps.labels.take(action),
    deps.recorder.append([writes ? { ...record, execution: "begun" } : record]),
  );
  // A cancel came while that was written, and would be lost.
  const { isCancelled } = attempt;
  const outcome: Ending = isCancelled
    ? { state: "failed", detail: "cancelled before it was sent" }
    : await execute(attempt, action, Promise.resolve(), runUnder(decision), deps);
  if (writes) recordOutcome(action, outcome, deps);
  else deps.recorder.appendLater(outcomeRecord(action, outcome, deps.clock));
  return isCancelled ? { kind: "refused", refusal: cancelledUnsent() } : ended(outcome);
}

/**
 * Nobody waits for it: it has run, and rides along with the next commit. Where it is lost with the process, or can't be
 * recorded, the action stays begun and never ended, and so does one whose transaction is still open; of these the next start
 * says that they are unknown.
 */
function recordOutcome(
  action: Action,
  outcome: Ending,
  { recorder, clock }: EnforcementDeps,
): void {
  const record = outcomeRecord(action, outcome, clock);
  if (outcome.state !== "executed_uncommitted") {
    recorder.appendLater({ ...record, execution: "ended" });
    return;
  }
  recorder.appendLater(record);
  const { detail, rows } = outcome;
  void outcome.ended.then((end) => {
    const last = executionRecord(endRecords[end], action.id, clock.now(), { detail, rows });
    recorder.appendLater({ ...last, execution: "ended" });
  });
}

function ended(outcome: Ending): Enforced {
  return outcome.state === "unknown"
    ? { kind: "refused", refusal: outcomeUnknown(null, null) }
    : { kind: "ran", outcome };
}

const endRecords = {
  executed: "execution.committed",
  rolled_back: "execution.rolled_back",
  outcome_unknown: "execution.unknown",
} as const;

function outcomeRecord(action: Action, outcome: Ending, clock: Pick<Clock, "now">): RecordDraft {
  const at = clock.now();
  switch (outcome.state) {
    case "unknown":
      return executionRecord("execution.unknown", action.id, at, {});
    case "failed":
      return executionRecord("execution.failed", action.id, at, { detail: outcome.detail });
    case "exceeded":
      return executionRecord("execution.failed", action.id, at, {
        detail: exceededDetail,
        rows: outcome.rows,
      });
    case "executed":
    case "executed_uncommitted":
      return executionRecord("execution.completed", action.id, at, {
        committed: outcome.state === "executed",
        detail: outcome.detail,
        rows: outcome.rows,
        ...(outcome.masked === undefined ? {} : { masked: outcome.masked }),
        ...(outcome.data === undefined
          ? {}
          : { bytes: outcome.data.bytes, data: dataDigest(action, outcome.data) }),
      });
  }
}
