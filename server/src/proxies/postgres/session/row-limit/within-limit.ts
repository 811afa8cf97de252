/**
 * Runs a statement that may touch so many rows and no more, and undoes it where it touched others too.
 *
 * A simple query that changes rows outside of a transaction runs in one of the gateway's own, which is committed
 * once it is known that the limit was kept. Inside the client's transaction, and in a pipeline, which is one until
 * its Sync, the upstream is made to fail instead, as by any error: nothing of it can be committed any more. What only
 * reads is stopped. Either way the client sees an error in place of the completion, and no message of the
 * gateway's own.
 *
 * While it goes on no other message is taken: what comes behind it must not end the transaction before it is judged.
 */
import assert from "node:assert/strict";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import { describeMasked } from "#/proxies/postgres/masked/describe-masked.ts";
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { Gate } from "#/proxies/postgres/reply/gate.ts";
import { type Limited, type LimitedPassing, RowCount } from "#/proxies/postgres/reply/limited.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import type { Followed } from "#/proxies/postgres/session/progress.ts";
import type { EditedStatement } from "#/proxies/postgres/session/proposal/proposed.ts";
import { releaseLock, takeLock } from "#/proxies/postgres/session/read-lock.ts";
import { refuseInPipeline, refuseQuery } from "#/proxies/postgres/session/refuse.ts";
import { type Fate, notRun } from "#/proxies/postgres/transaction.ts";
import { beginOwn, endTransaction, sayReady } from "./own-transaction.ts";
import { sendAwaited } from "./send-awaited.ts";
import { endWatched, errorOf, failed, watch } from "./watched.ts";

export interface LimitedRun extends Limited {
  readonly statement: Pick<EditedStatement, "command" | "classified" | "lock">;
  readonly bytes: Buffer;
  readonly masked: MaskedRun | null;
  readonly gate: Gate;
  readonly fate: Fate;
  /** To be called right before it is sent. */
  readonly follow: (fate: Fate) => Followed & Sent;
}

/** Answers every message of a simple query itself, its ReadyForQuery too. */
export async function queryWithin(
  parts: SessionParts,
  pipeline: Pipeline | null,
  run: LimitedRun,
): Promise<void> {
  const { dialogue } = parts;
  const changes = run.statement.classified.verbs.includes("sql.write");
  const own = changes && dialogue.status === "idle";
  if (own && pipeline !== null) {
    refuseQuery(parts, behindPipeline, pipeline.ran);
    return run.fate.resolve(notRun);
  }
  if (own && !(await beginOwn(parts))) return run.fate.resolve(notRun);

  const passing = watch(parts, run.statement.classified, new RowCount(run.limit.max));
  const place = { lock: run.statement.lock, pipeline: null };
  takeLock(dialogue, place);
  const followed = run.follow(passing.exceedable(run.fate));
  const sent = await sendAwaited(parts, "query", {
    ...run,
    followed,
    passing: run.masked?.passing(passing.frames) ?? passing.frames,
  });
  if (sent.kind !== "answered") {
    // What was not committed is gone with the session; nobody has sent a COMMIT for it.
    if (own) run.fate.resolve({ state: "failed", detail: "rolled back" });
    else followed.onLost(sent.cause);
    return;
  }
  await passing.stopped();
  const { answer } = sent;
  const { excess } = passing.frames;
  if (own) return endOwn(parts, { run, followed, passing: passing.frames, answer });

  if (excess === null) releaseLock(dialogue, place);
  endWatched(parts, { limited: run, followed, frames: passing.frames, answer });
}

/** Goes on with the pipeline where the limit was kept, and fails it where not. */
export async function executeWithin(
  parts: SessionParts,
  pipeline: Pipeline,
  { run, name, count, bind }: Executed,
): Promise<void> {
  const { dialogue } = parts;
  const passing = watch(parts, run.statement.classified, count);
  const place = { lock: run.statement.lock, pipeline };
  takeLock(dialogue, place);
  bind();
  const followed = run.follow(passing.exceedable(run.fate));
  const { onAnswer, onSkipped, onLost } = followed;
  const masked = describeMasked(dialogue, pipeline, { name, ...run }, passing.frames);
  const sending = sendAwaited(parts, "execute", {
    ...run,
    followed,
    passing: masked ?? passing.frames,
  });
  dialogue.flush();
  const sent = await sending;
  if (sent.kind === "lost") return onLost(sent.cause);
  if (sent.kind === "skipped") return onSkipped();
  await passing.stopped();
  const { answer } = sent;
  const { excess } = passing.frames;
  if (excess === null) {
    if (answer.error === null) releaseLock(dialogue, place);
    else pipeline.failed = true;
    onAnswer(answer);
    dialogue.say(passing.frames.takeWithheld());
    return;
  }
  const error = errorOf(run, passing.frames, excess);
  if (answer.error !== null) {
    // It was stopped, and the upstream says nothing more before the Sync.
    pipeline.failed = true;
    onAnswer(answer);
    return dialogue.say(error);
  }
  onAnswer(failed(answer));
  await refuseInPipeline(parts, pipeline, error);
}

export interface Executed {
  readonly run: LimitedRun;
  /** Of the portal. */
  readonly name: string;
  /** Of the portal, which may have returned rows before. */
  readonly count: RowCount;
  /** Sends what stands before it. */
  readonly bind: () => void;
}

async function endOwn(
  parts: SessionParts,
  {
    run,
    followed,
    passing,
    answer,
  }: {
    readonly run: LimitedRun;
    readonly followed: Followed;
    readonly passing: LimitedPassing;
    readonly answer: Answer;
  },
): Promise<void> {
  const { progress } = parts;
  const { excess } = passing;
  assert(answer.status !== "idle", "it ended a transaction that was not its own");
  if (excess !== null || answer.error !== null) {
    const rolledBack = await endTransaction(parts, "rollback");
    if (rolledBack.kind !== "answered")
      return run.fate.resolve({ state: "failed", detail: "rolled back" });
    followed.onAnswer(excess === null ? answer : failed(answer));
    progress.ready({ ...answer, status: "idle" }, true);
    return sayReady(parts, excess === null ? null : errorOf(run, passing, excess), "idle");
  }
  const committed = await endTransaction(parts, "commit");
  // Whether it reached the upstream nobody knows.
  if (committed.kind !== "answered") return followed.onLost(committed.cause);
  const { error } = committed.answer;
  followed.onAnswer(error === null ? answer : { ...answer, error });
  progress.ready({ ...answer, status: "idle" }, error !== null);
  sayReady(parts, error === null ? passing.takeWithheld() : null, "idle");
}

/** There it runs in a transaction that ends with it, and the gateway can't begin one of its own. */
const behindPipeline = sessionError(
  "ERROR",
  "0A000",
  "A simple query with a limit of rows can't follow messages of the extended protocol without their Sync.",
);
