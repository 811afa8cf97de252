/** The simple protocol: a message is a whole query, and is decided as one. */
import type { Refusal } from "#/core/refusal.ts";
import { placeOf } from "#/proxies/postgres/edit/edit-run.ts";
import { refusalError } from "#/proxies/postgres/present.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { type Fate, notRun } from "#/proxies/postgres/transaction.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { ExtendedQuery } from "./extended/extended-query.ts";
import { mendsTransaction, runsWhenFailed } from "./knowledge/changes.ts";
import type { Judged } from "./knowledge/knowledge.ts";
import { letGo } from "./let-go.ts";
import { followLoad, loaded, loadFate, type PreparedLoad, prepareLoad } from "./load.ts";
import type { LockPlace } from "./lockable.ts";
import type { MaybeLater } from "./maybe-later.ts";
import { findMistyped, type Mistyped } from "./mistyped/mistyped.ts";
import type { SessionParts } from "./parts.ts";
import type { Pipeline } from "./pipeline.ts";
import { leftBy, loadsData } from "./proposal/not-carried.ts";
import { besideData, type Proposed } from "./proposal/proposed.ts";
import { queryInPieces } from "./query-in-pieces.ts";
import { sendLocked } from "./read-lock.ts";
import {
  answerMistyped,
  boundForLater,
  failedTransaction,
  refuseEnding,
  refuseQuery,
} from "./refuse.ts";
import { queryWithin } from "./row-limit/within-limit.ts";

interface Query {
  readonly sql: string;
  readonly bytes: Buffer;
}

export function takeQuery(parts: SessionParts, extended: ExtendedQuery, query: Query): MaybeLater {
  if (extended.pipeline !== null) return takeBehind(parts, extended, extended.pipeline, query);
  const beginning = parts.knowledge.begin();
  return beginning === undefined
    ? decideQuery(parts, null, query)
    : beginning.then(() => decideQuery(parts, null, query));
}

/** Behind messages of the extended protocol without their Sync. */
async function takeBehind(
  parts: SessionParts,
  extended: ExtendedQuery,
  left: Pipeline,
  query: Query,
): Promise<void> {
  const { dialogue, statements, knowledge } = parts;
  await dialogue.settled();
  // As the server: behind a failure everything up to the Sync is skipped.
  if (left.failed) return;
  extended.leave();
  if (left.waiting !== null) {
    statements.closePortal(left.waiting);
    refuseQuery(parts, boundForLater, left.ran);
    return;
  }
  // Drivers ask about a statement and flush; what they send then is not to run in what that has begun.
  const pipeline = (await letGo(parts, left, 0)) ? null : left;
  await knowledge.begin();
  await decideQuery(parts, pipeline, query);
}

function decideQuery(parts: SessionParts, pipeline: Pipeline | null, query: Query): MaybeLater {
  const { dialogue, knowledge } = parts;
  const known = knowledge.classify(query.sql);
  const place = placeOfQuery(dialogue.status, pipeline);
  const judged = { ...query, ...knowledge.judge(known, place), place, pipeline };
  if (dialogue.status === "failed" && !mayFollow(parts, known, judged)) {
    refuseQuery(parts, failedTransaction);
    return undefined;
  }
  const { sql, classified } = judged;
  const mistyped =
    pipeline === null ? findMistyped(parts, { command: sql, parameters: [], classified }) : null;
  return mistyped === null
    ? proposeQuery(parts, judged)
    : proposeUnlessMistyped(parts, judged, mistyped);
}

/** In a failed transaction. Where people would be asked, nothing could be found out for them before it has ended. */
function mayFollow({ proposer }: SessionParts, known: Classified, judged: Judged): boolean {
  if (leftBy(known) === "ended") return true;
  return runsWhenFailed(known) || (mendsTransaction(known) && !proposer.asksPeople(judged));
}

async function proposeUnlessMistyped(
  parts: SessionParts,
  judged: JudgedQuery,
  finding: Promise<Mistyped | null>,
): Promise<void> {
  const mistyped = await finding;
  if (mistyped === null) await proposeQuery(parts, judged);
  else answerMistyped(parts, mistyped);
}

function proposeQuery(parts: SessionParts, judged: JudgedQuery): MaybeLater {
  if (loadsData(judged.classified)) return proposeLoad(parts, judged);
  const refused = parts.proposer.propose(proposed(parts, judged, null));
  return refused === null ? undefined : refuseLater(parts, judged, refused);
}

/** A COPY FROM STDIN, whose data is taken first where people are asked. */
async function proposeLoad(parts: SessionParts, judged: JudgedQuery): Promise<void> {
  const { sql, classified, pipeline } = judged;
  const load = await prepareLoad(parts, { command: sql, classified }, []);
  if (load.kind === "left") return;
  if (load.kind === "refused") {
    refuseQuery(parts, load.error, pipeline?.ran === true);
    return;
  }
  const refused = await parts.proposer.propose(proposed(parts, judged, load));
  await loaded(load, refused === null);
  if (refused !== null) refuseQuery(parts, refusalError(refused), pipeline?.ran === true);
}

async function refuseLater(
  parts: SessionParts,
  { classified, pipeline }: JudgedQuery,
  refused: Promise<Refusal | null>,
): Promise<void> {
  const refusal = await refused;
  if (refusal === null) return;
  const refuse = leftBy(classified) === "ended" ? refuseEnding : refuseQuery;
  refuse(parts, refusalError(refusal), pipeline?.ran === true);
}

interface JudgedQuery extends Query, Judged {
  readonly place: LockPlace;
  readonly pipeline: Pipeline | null;
}

function proposed(
  parts: SessionParts,
  { sql, bytes, classified, lock, place, pipeline }: JudgedQuery,
  load: PreparedLoad | null,
): Proposed {
  const { dialogue, progress } = parts;
  return {
    command: sql,
    parameters: [],
    data: load?.data ?? null,
    classified,
    lock,
    place,
    editPlace: load === null ? placeOf(dialogue, "message") : besideData,
    run: (gate, given, { edit, limited, masked }) => {
      const fate = loadFate(load, given);
      if (masked !== null && masked.refused !== null) {
        refuseQuery(parts, masked.refused, pipeline?.ran === true);
        fate.resolve(notRun);
        return undefined;
      }
      const sent = edit ?? { command: sql, classified, lock };
      if (place === "start") dialogue.setReadOnly(sent.lock === "session");
      if (edit !== null) dialogue.say(edit.notice);
      const follow = (its: Fate) => followLoad(load, progress.follow(sent, its));
      if (sent.lock === "in pieces") {
        const query = { statement: sent, place, limited, masked, gate, fate, follow };
        return progress.finish(queryInPieces(parts, query));
      }
      const message = edit === null ? bytes : encodeQuery(edit.command);
      if (limited !== null) {
        const run = { ...limited, masked, statement: sent, bytes: message, gate, fate, follow };
        return progress.finish(queryWithin(parts, pipeline, run));
      }
      const followed = follow(fate);
      sendLocked(dialogue, { lock: sent.lock, pipeline: null }, () =>
        dialogue.send("query", message, {
          ...followed,
          gate,
          passing: masked?.passing(null) ?? null,
          onAnswer: (answer) => {
            followed.onAnswer(answer);
            progress.ready(answer, answer.error !== null);
          },
        }),
      );
      return undefined;
    },
  };
}

/** Behind messages without their Sync it runs in their transaction, which no lock reaches. */
function placeOfQuery(status: TransactionStatus, pipeline: Pipeline | null): LockPlace {
  if (pipeline !== null) return "midway";
  return status === "idle" ? "start" : "block";
}

/** Calls of functions by their number, of which no text tells what they do. */
export async function takeFunctionCall(
  parts: SessionParts,
  extended: ExtendedQuery,
): Promise<void> {
  const { dialogue, knowledge, proposer } = parts;
  const { pipeline } = extended;
  if (pipeline !== null) await dialogue.settled();
  if (pipeline?.failed === true) return;
  extended.leave();
  await knowledge.begin();
  const text =
    "Function calls of the wire protocol (FunctionCall, fastpath) are not carried, because no text tells what they do. " +
    "Use SELECT: for large objects lo_from_bytea, lo_get and lo_put.";
  const refused = await proposer.refuse("", text);
  refuseQuery(parts, refusalError(refused), pipeline?.ran === true);
}
