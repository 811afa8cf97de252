/** The simple protocol: a message is a whole query, and is decided as one. */
import { placeOf } from "#/proxies/postgres/edit/edit-run.ts";
import { refusalError } from "#/proxies/postgres/present.ts";
import type { Fate } from "#/proxies/postgres/transaction.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/codec-backend.ts";
import { encodeQuery } from "#/proxies/postgres/wire/codec-frontend.ts";
import { endsTransaction } from "./changes.ts";
import type { ExtendedQuery } from "./extended-query.ts";
import { letGo } from "./let-go.ts";
import { followLoad, loaded, loadFate, prepareLoad } from "./load.ts";
import { findMistyped } from "./mistyped.ts";
import { loadsData } from "./not-carried.ts";
import type { SessionParts } from "./parts.ts";
import type { Pipeline } from "./pipeline.ts";
import { besideData } from "./proposed.ts";
import { type LockPlace, sendLocked } from "./read-lock.ts";
import { answerMistyped, boundForLater, failedTransaction, refuseQuery } from "./refuse.ts";
import { queryWithin } from "./within-limit.ts";

export async function takeQuery(
  parts: SessionParts,
  extended: ExtendedQuery,
  { sql, bytes }: { readonly sql: string; readonly bytes: Buffer },
): Promise<void> {
  const { dialogue, statements, knowledge, proposer, progress } = parts;
  const left = extended.pipeline;
  if (left !== null) await dialogue.settled();
  // As the server: behind a failure everything up to the Sync is skipped.
  if (left?.failed === true) return;
  extended.leave();
  if (left !== null && left.waiting !== null) {
    statements.closePortal(left.waiting);
    refuseQuery(parts, boundForLater, left.ran);
    return;
  }
  // Drivers ask about a statement and flush; what they send then is not to run in what that has begun.
  const pipeline = left === null || (await letGo(parts, left, 0)) ? null : left;
  const beginning = knowledge.begin();
  if (beginning !== undefined) await beginning;
  const known = knowledge.classify(sql);
  const { status } = dialogue;
  if (status === "failed" && !endsTransaction(known)) {
    refuseQuery(parts, failedTransaction);
    return;
  }
  const place = placeOfQuery(status, pipeline);
  const { classified, lock } = knowledge.judge(known, place);
  if (pipeline === null) {
    const mistyped = await findMistyped(parts, { command: sql, parameters: [], classified });
    if (mistyped !== null) return answerMistyped(parts, mistyped);
  }
  const load = loadsData(classified)
    ? await prepareLoad(parts, { command: sql, classified }, [])
    : null;
  if (load?.kind === "left") return;
  if (load?.kind === "refused") {
    refuseQuery(parts, load.error, pipeline?.ran === true);
    return;
  }
  const refused = await proposer.propose({
    command: sql,
    parameters: [],
    data: load?.data ?? null,
    classified,
    lock,
    place,
    editPlace: load === null ? placeOf(dialogue, "message") : besideData,
    run: (gate, given, { edit, limited, masked }) => {
      const fate = loadFate(load, given);
      const sent = edit ?? { command: sql, classified, lock };
      if (place === "start") dialogue.setReadOnly(sent.lock === "session");
      if (edit !== null) dialogue.say(edit.notice);
      const follow = (its: Fate) => followLoad(load, progress.follow(sent, its));
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
  });
  if (load !== null) await loaded(load, refused === null);
  if (refused !== null) refuseQuery(parts, refusalError(refused), pipeline?.ran === true);
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
