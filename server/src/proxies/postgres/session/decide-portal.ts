/**
 * The statement behind a portal is decided, with the values that were bound. What waited for that goes upstream
 * when it may run: the Bind, and what followed it, because planning may run functions and tell of data.
 */
import type { Sent } from "#/proxies/postgres/dialogue.ts";
import { executeEdit, placeOf } from "#/proxies/postgres/edit/edit-run.ts";
import { refusalError, sessionError } from "#/proxies/postgres/present.ts";
import type { Portal } from "#/proxies/postgres/statements.ts";
import { notRun } from "#/proxies/postgres/transaction.ts";
import { bindCompleteFrame, noDataFrame } from "#/proxies/postgres/wire/codec-backend.ts";
import type { Approved } from "./awaited-execute.ts";
import { endsTransaction } from "./changes.ts";
import { letGo } from "./let-go.ts";
import { loaded, loadFate, type PreparedLoad, prepareLoad } from "./load.ts";
import { loadsData } from "./not-carried.ts";
import type { SessionParts } from "./parts.ts";
import type { Pipeline } from "./pipeline.ts";
import { besideData } from "./proposed.ts";
import { keepsReadOnly, placeIn } from "./read-lock.ts";
import { failedTransaction, refuseInPipeline } from "./refuse.ts";

/** Sends what stands before the Execute. */
export type SendBind = (sent: Sent) => void;

interface Undecided {
  readonly name: string;
  readonly portal: Portal;
  /** What was decided may be sent now. */
  readonly send: (
    approved: Approved,
    bind: SendBind,
    load: PreparedLoad | null,
  ) => Promise<void> | undefined;
}

export async function decidePortal(
  parts: SessionParts,
  pipeline: Pipeline,
  { name, portal, send }: Undecided,
): Promise<void> {
  const { dialogue, knowledge, proposer } = parts;
  if (portal.asks) {
    // Nobody is asked about a statement that the upstream does not even parse.
    await dialogue.settled();
    if (pipeline.failed) return;
    // People may think for long, and the transaction that parsing has begun holds locks.
    await letGo(parts, pipeline, 1);
  }
  const { statement, parameters } = portal;
  const place = placeIn(pipeline);
  const { classified, lock } = knowledge.judge(knowledge.expand(statement.classified), place);
  if (dialogue.status === "failed" && !endsTransaction(classified)) {
    return refuseInPipeline(parts, pipeline, failedTransaction);
  }
  if (pipeline.readOnly && !keepsReadOnly(classified)) {
    return refuseInPipeline(parts, pipeline, beganReadOnly);
  }
  const load = loadsData(classified)
    ? await prepareLoad(parts, { command: statement.sql, classified }, toldOf(portal))
    : null;
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
    run: (gate, given, { edit, limited, masked }) => {
      const fate = loadFate(load, given);
      // An earlier message failed meanwhile: the upstream skips to the Sync, and answers nothing before.
      if (pipeline.failed) {
        fate.resolve(notRun);
        return undefined;
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
  });
  if (load !== null) await loaded(load, refused === null);
  if (refused !== null) await refuseInPipeline(parts, pipeline, refusalError(refused));
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
