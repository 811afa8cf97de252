/**
 * What becomes of an Execute: the statement behind its portal is decided, with the values that were bound, and
 * what waited for that goes upstream ahead of it.
 */
import { executeEdit, placeOf } from "#/proxies/postgres/edit/edit-run.ts";
import { type Gate, openGate } from "#/proxies/postgres/gate.ts";
import type { Received } from "#/proxies/postgres/inbox.ts";
import { type Limited, RowCount } from "#/proxies/postgres/limited.ts";
import { refusalError, sessionError } from "#/proxies/postgres/present.ts";
import type { Portal } from "#/proxies/postgres/statements.ts";
import { type Fate, notRun } from "#/proxies/postgres/transaction.ts";
import { bindCompleteFrame, noDataFrame } from "#/proxies/postgres/wire/codec-backend.ts";
import { changesNames, endsTransaction, isInBlock } from "./changes.ts";
import { followLoad, loadFate, type PreparedLoad, prepareLoad, toldBefore } from "./load.ts";
import type { SessionParts } from "./parts.ts";
import { onFailure, type Pipeline } from "./pipeline.ts";
import type { Followed } from "./progress.ts";
import { besideData, type EditedStatement } from "./proposed.ts";
import { isReadOnly, placeIn, sendLocked } from "./read-lock.ts";
import { failedTransaction, refuseInPipeline } from "./refuse.ts";
import { executeWithin } from "./within-limit.ts";

export async function takeExecute(
  parts: SessionParts,
  pipeline: Pipeline,
  { name, received }: { readonly name: string; readonly received: Received },
): Promise<void> {
  const { dialogue, statements, knowledge, proposer } = parts;
  const portal = statements.portal(name);
  if (portal === undefined) {
    const why = `portal "${name}" does not exist`;
    return refuseInPipeline(parts, pipeline, sessionError("ERROR", "34000", why));
  }
  if (portal.executed) return executeOn(parts, pipeline, { portal, received });
  pipeline.waiting = null;
  if (portal.asks) {
    // Nobody is asked about a statement that the upstream does not even parse.
    await dialogue.settled();
    if (pipeline.failed) return;
    await letGo(parts, pipeline);
  }
  const { statement, parameters } = portal;
  const place = placeIn(pipeline);
  const { classified, lock } = knowledge.judge(knowledge.expand(statement.classified), place);
  if (dialogue.status === "failed" && !endsTransaction(classified)) {
    return refuseInPipeline(parts, pipeline, failedTransaction);
  }
  if (pipeline.readOnly && !isReadOnly(classified)) {
    return refuseInPipeline(parts, pipeline, beganReadOnly);
  }
  const load = await prepareLoad(parts, { command: statement.sql, classified }, toldOf(portal));
  if (load?.kind === "left") return;
  if (load?.kind === "refused") return refuseInPipeline(parts, pipeline, load.error);
  const refused = await proposer.propose({
    command: statement.sql,
    parameters,
    data: load?.data ?? null,
    classified,
    lock,
    place,
    editPlace: load === null ? placeOf(dialogue, { pipeline, portal }) : besideData,
    run: (gate, fate, { edit, limited }) => {
      // An earlier message failed meanwhile: the upstream skips to the Sync, and answers nothing before.
      if (pipeline.failed) {
        fate.resolve(notRun);
        load?.loading.stop();
        return undefined;
      }
      const sent = { received, portal, gate, fate, limited, load };
      if (edit !== null) {
        const bound = { name, portal, pipeline, edit, gate, fate };
        return executeEdit(parts, bound, (edited, bind) =>
          sendExecute(parts, pipeline, { ...sent, statement: edited, bind }),
        );
      }
      const { deferred } = portal;
      const bind = () => {
        for (const { message, bytes } of deferred) {
          const kind = message.kind === "bind" ? "bind" : "describe";
          dialogue.send(kind, bytes, { ...onFailure(pipeline), ...toldBefore(load), gate });
        }
      };
      const own = { command: statement.sql, classified, lock };
      return sendExecute(parts, pipeline, { ...sent, statement: own, bind });
    },
  });
  if (refused === null) await load?.loading.done;
  load?.close();
  if (refused !== null) await refuseInPipeline(parts, pipeline, refusalError(refused));
}

/** Fetches more of what has been decided. */
async function executeOn(
  parts: SessionParts,
  pipeline: Pipeline,
  { portal, received }: { readonly portal: Portal; readonly received: Received },
): Promise<void> {
  const { dialogue } = parts;
  // The server would say the same; but one of PostgreSQL's own defects is to look at what such a portal has lost.
  if (dialogue.status === "failed") return refuseInPipeline(parts, pipeline, failedTransaction);
  const { bytes } = received;
  const lock = portal.fetched === "read" ? "savepoint" : "none";
  if (portal.limit === undefined) {
    sendLocked(dialogue, { lock, pipeline }, () =>
      dialogue.send("execute", bytes, onFailure(pipeline)),
    );
    return;
  }
  const { limited, count, classified } = portal.limit;
  const statement = { command: portal.statement.sql, classified, lock } as const;
  const rest = { statement, bytes, gate: openGate, fate: knownFate, follow: () => followedBefore };
  const run = { ...limited, ...rest };
  await parts.progress.finish(executeWithin(parts, pipeline, { run, count, bind: () => {} }));
}

/**
 * Parsing has begun a transaction that holds locks, and for as long as people think. Where nothing has run
 * in it, it is ended; the statement outlives it.
 */
async function letGo({ dialogue, statements }: SessionParts, pipeline: Pipeline): Promise<void> {
  if (pipeline.ran || dialogue.status !== "idle" || statements.portalsOpen > 1) return;
  dialogue.endPipeline();
  await dialogue.settled();
}

interface Executed {
  readonly received: Received;
  readonly portal: Portal;
  readonly gate: Gate;
  readonly fate: Fate;
  readonly statement: Pick<EditedStatement, "command" | "classified" | "lock">;
  readonly limited: Limited | null;
  readonly load: PreparedLoad | null;
  /** Sends what stands before it. */
  readonly bind: () => void;
}

/** What a client hears of a COPY's Bind and Describe, which wait for the decision on its data. */
function toldOf({ deferred }: Portal): readonly Buffer[] {
  return deferred.map(({ message }) => (message.kind === "bind" ? bindCompleteFrame : noDataFrame));
}

/** What is bound is the statement that the decision was about, or the edit that takes its place. */
function sendExecute(
  parts: SessionParts,
  pipeline: Pipeline,
  { received, portal, gate, fate, limited, statement, load, bind }: Executed,
): Promise<void> | undefined {
  const { dialogue, progress } = parts;
  pipeline.ran = true;
  pipeline.unsettled ||= changesNames(statement.classified);
  portal.executed = true;
  portal.fetched = statement.lock === "savepoint" ? "read" : "decided";
  portal.deferred = [];
  pipeline.inBlock = isInBlock(statement.classified, pipeline.inBlock);
  const follow = (its: Fate) => followLoad(load, progress.follow(statement, loadFate(load, its)));
  if (limited !== null) {
    const count = new RowCount(limited.limit.max);
    portal.limit = { limited, count, classified: statement.classified };
    const run = { ...limited, statement, bytes: received.bytes, gate, fate, follow };
    return progress.finish(executeWithin(parts, pipeline, { run, count, bind }));
  }
  sendLocked(dialogue, { lock: statement.lock, pipeline }, () => {
    bind();
    const followed = follow(fate);
    dialogue.send("execute", received.bytes, {
      ...followed,
      gate,
      onAnswer: (answer) => {
        if (answer.error !== null) pipeline.failed = true;
        followed.onAnswer(answer);
      },
    });
  });
  return undefined;
}

/** Of what was executed in part before, and told then. */
const knownFate: Fate = { resolve: () => {}, lost: () => {} };
const followedBefore: Followed = { onAnswer: () => {}, onSkipped: () => {}, onLost: () => {} };

const beganReadOnly = sessionError(
  "ERROR",
  "0A000",
  "A pipeline that began with reads only can't go on with a write behind a Flush; send a Sync before it.",
);
