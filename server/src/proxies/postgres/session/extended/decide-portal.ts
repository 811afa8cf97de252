/**
 * The statement behind a portal is decided, with the values that were bound. What waited for that goes upstream
 * when it may run: the Bind, and what followed it, because planning may run functions and tell of data.
 */
import type { Refusal } from "#/core/refusal.ts";
import type { Sent } from "#/proxies/postgres/dialogue/sent.ts";
import { executeEdit, placeOf } from "#/proxies/postgres/edit/edit-run.ts";
import type { Portal } from "#/proxies/postgres/prepared/prepared.ts";
import { refusalError, sessionError } from "#/proxies/postgres/present.ts";
import { runsWhenFailed } from "#/proxies/postgres/session/knowledge/changes.ts";
import type { Judged } from "#/proxies/postgres/session/knowledge/knowledge.ts";
import { pause } from "#/proxies/postgres/session/let-go.ts";
import {
  loaded,
  loadFate,
  type PreparedLoad,
  prepareLoad,
} from "#/proxies/postgres/session/load.ts";
import { keepsReadOnly } from "#/proxies/postgres/session/lockable.ts";
import type { MaybeLater } from "#/proxies/postgres/session/maybe-later.ts";
import { findMissingIn } from "#/proxies/postgres/session/mistyped/mistyped.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import { loadsData } from "#/proxies/postgres/session/proposal/not-carried.ts";
import { besideData, type Proposed } from "#/proxies/postgres/session/proposal/proposed.ts";
import { placeIn } from "#/proxies/postgres/session/read-lock.ts";
import { failedTransaction, refuseInPipeline } from "#/proxies/postgres/session/refuse.ts";
import { notRun } from "#/proxies/postgres/transaction.ts";
import { bindCompleteFrame, noDataFrame } from "#/proxies/postgres/wire/encode-backend.ts";
import type { Approved } from "./awaited-execute.ts";

/** Sends what stands before the Execute. */
export type SendBind = (sent: Sent) => void;

interface Undecided {
  readonly name: string;
  readonly portal: Portal;
  /** What was decided may be sent now. */
  readonly send: (approved: Approved, bind: SendBind, load: PreparedLoad | null) => MaybeLater;
}

export function decidePortal(
  parts: SessionParts,
  pipeline: Pipeline,
  undecided: Undecided,
): MaybeLater {
  return undecided.portal.asks
    ? decideAsked(parts, pipeline, undecided)
    : proposePortal(parts, pipeline, undecided);
}

async function decideAsked(
  parts: SessionParts,
  pipeline: Pipeline,
  undecided: Undecided,
): Promise<void> {
  // Nobody is asked about a statement that the upstream does not even parse.
  await parts.dialogue.settled();
  if (pipeline.failed) return;
  // People may think for long, and the transaction that parsing has begun holds locks.
  const isBetween = await pause(parts, pipeline, 1);
  const missing = isBetween
    ? await findMissingIn(parts, { command: undecided.portal.statement.sql })
    : null;
  if (missing !== null) return refuseInPipeline(parts, pipeline, missing);
  await proposePortal(parts, pipeline, undecided);
}

function proposePortal(parts: SessionParts, pipeline: Pipeline, undecided: Undecided): MaybeLater {
  const { dialogue, knowledge } = parts;
  const { statement } = undecided.portal;
  const place = placeIn(pipeline);
  const judged = knowledge.judge(knowledge.expand(statement.classified), place);
  const { classified } = judged;
  const isFailed = dialogue.status === "failed" && !pipeline.mended;
  if (isFailed && !runsWhenFailed(classified)) {
    return refuseInPipeline(parts, pipeline, failedTransaction);
  }
  if (pipeline.readOnly && !keepsReadOnly(classified)) {
    return refuseInPipeline(parts, pipeline, beganReadOnly);
  }
  if (loadsData(classified)) return proposeLoad(parts, pipeline, { ...undecided, judged });
  const refused = parts.proposer.propose(proposed(parts, pipeline, { ...undecided, judged }, null));
  return refused === null ? undefined : refuseLater(parts, pipeline, refused);
}

/** A COPY FROM STDIN, whose data is taken first where people are asked. */
async function proposeLoad(
  parts: SessionParts,
  pipeline: Pipeline,
  judged: JudgedPortal,
): Promise<void> {
  const {
    portal,
    judged: { classified },
  } = judged;
  const command = portal.statement.sql;
  const load = await prepareLoad(parts, { command, classified }, toldOf(portal));
  if (load.kind === "left") return;
  if (load.kind === "refused") return refuseInPipeline(parts, pipeline, load.error);
  const refused = await parts.proposer.propose(proposed(parts, pipeline, judged, load));
  await loaded(load, refused === null);
  if (refused !== null) await refuseInPipeline(parts, pipeline, refusalError(refused));
}

async function refuseLater(
  parts: SessionParts,
  pipeline: Pipeline,
  refused: Promise<Refusal | null>,
): Promise<void> {
  const refusal = await refused;
  if (refusal !== null) await refuseInPipeline(parts, pipeline, refusalError(refusal));
}

interface JudgedPortal extends Undecided {
  readonly judged: Judged;
}

function proposed(
  parts: SessionParts,
  pipeline: Pipeline,
  { name, portal, send, judged: { classified, lock } }: JudgedPortal,
  load: PreparedLoad | null,
): Proposed {
  const { dialogue } = parts;
  const { statement, parameters } = portal;
  return {
    command: statement.sql,
    parameters,
    data: load?.data ?? null,
    classified,
    lock,
    place: placeIn(pipeline),
    editPlace: load === null ? placeOf(dialogue, { pipeline, portal }) : besideData,
    run: (gate, given, { edit, limited, masked }) => {
      const fate = loadFate(load, given);
      // An earlier message failed meanwhile: the upstream skips to the Sync, and answers nothing before.
      if (pipeline.failed) {
        fate.resolve(notRun);
        return undefined;
      }
      if (masked !== null && masked.refused !== null) {
        // Its end lets the session go on, to messages that come behind the refusal.
        return refuseInPipeline(parts, pipeline, masked.refused).finally(() =>
          fate.resolve(notRun),
        );
      }
      const own = { command: statement.sql, classified, lock };
      const approved = { gate, fate, limited, masked, statement: edit ?? own };
      if (edit !== null) {
        return executeEdit(parts, { name, portal, pipeline, edit, fate }, (bind) =>
          send(approved, bind, load),
        );
      }
      const { deferred } = portal;
      return send(
        approved,
        (sent) => {
          for (const { message, bytes } of deferred) {
            dialogue.send(message.kind === "bind" ? "bind" : "describe", bytes, sent);
          }
        },
        load,
      );
    },
  };
}

/** What a client hears of a COPY's Bind and Describe, which wait for the decision on its data. */
function toldOf({ deferred }: Portal): readonly Buffer[] {
  return deferred.map(({ message }) => (message.kind === "bind" ? bindCompleteFrame : noDataFrame));
}

const beganReadOnly = sessionError(
  "ERROR",
  "0A000",
  "A pipeline that began with reads only can't go on behind a Flush with what writes or ends its transaction; send a Sync before it.",
);
