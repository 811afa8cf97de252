/**
 * How the server itself is kept from writing while a statement runs that counts as a read (SEMANTICS §4).
 *
 * - Where a read begins its own transaction, the session's default is read-only (`Dialogue.setReadOnly`). What sets that
 *   default, or shows it, has to meet the client's own: it runs without the lock.
 * - In a transaction that the client has opened it runs in a savepoint, in which the transaction is read-only. That
 *   can't be taken back in there, and ends with the savepoint. Where the statement fails the savepoint is left as it
 *   is: the transaction has failed, as the client would see it without.
 * - Where a message of the client's begins or ends such a transaction, or moves a savepoint, beside what it reads, it runs in
 *   pieces, and the lock stands around each that reads (`query-in-pieces.ts`).
 * - Between writes of one pipeline or message there is neither: such a read counts as one that can't be read.
 *
 * What is known not to write needs no lock: it costs nothing there.
 */
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import {
  fitsSavepoint,
  isRead,
  keepsReadOnly,
  type LockPlace,
  setsOwnDefault,
  showsOwnDefault,
} from "./lockable.ts";
import { piecesOf } from "./pieces.ts";
import { onFailure, type Pipeline } from "./pipeline.ts";

export type ReadLock = "session" | "savepoint" | "in pieces" | "none";

export function placeIn({ readOnly, inBlock }: Pipeline): LockPlace {
  if (readOnly) return "start";
  return inBlock ? "block" : "midway";
}

/** All that are let through as reads, and run under the session's lock from the first to the last. */
function isReadOnly(classified: Classified): boolean {
  const { statements, verbs } = classified;
  const [only] = statements;
  // Nothing follows it in its message.
  if (statements.length === 1) return isRead(verbs) && only?.kind !== "begin";
  return keepsReadOnly(classified);
}

/** The locks to choose from; null is one that can't be had. Where it is known not to write it needs none of them. */
export function readLock(classified: Classified, place: LockPlace): ReadLock | null {
  if (!isRead(classified.verbs)) return "none";
  if (place === "start" && isReadOnly(classified)) {
    return setsOwnDefault(classified) || showsOwnDefault(classified) ? null : "session";
  }
  if (place === "block" && fitsSavepoint(classified)) return "savepoint";
  return piecesOf(classified, place) === null ? null : "in pieces";
}

const savepoint = `"${reservedPrefix}_read"`;

/**
 * A serializable transaction's first snapshot tells whether the transaction writes at all, so that it is taken
 * before the mode is set: `select` does nothing else.
 */
const locking = ["select", `savepoint ${savepoint}`, "set transaction read only"];
const unlocking = [`release savepoint ${savepoint}`];

/** Sends what is to run under the lock, and the lock around it, in order and without waiting. */
export function sendLocked(
  dialogue: Dialogue,
  { lock, pipeline }: { readonly lock: ReadLock; readonly pipeline: Pipeline | null },
  send: () => void,
): void {
  takeLock(dialogue, { lock, pipeline });
  send();
  releaseLock(dialogue, { lock, pipeline });
}

/** The lock by itself, for what is judged by its answer before anything else is sent. */
export function takeLock(
  dialogue: Dialogue,
  { lock, pipeline }: { readonly lock: ReadLock; readonly pipeline: Pipeline | null },
): void {
  if (lock === "savepoint") sendOwn(dialogue, pipeline, locking);
}

export function releaseLock(
  dialogue: Dialogue,
  { lock, pipeline }: { readonly lock: ReadLock; readonly pipeline: Pipeline | null },
): void {
  if (lock === "savepoint") sendOwn(dialogue, pipeline, unlocking);
}

/** A failure fails the transaction, so that nothing runs without the lock. */
function sendOwn(dialogue: Dialogue, pipeline: Pipeline | null, sql: readonly string[]): void {
  if (pipeline === null || !(dialogue.inPipeline || pipeline.keepsUnnamed)) {
    dialogue.sendOwn("query", encodeQuery(sql.join("; ")));
    return;
  }
  for (const text of sql) dialogue.tell(text, { ...onFailure(pipeline), errorInstead: notLocked });
}

const notLocked = sessionError("ERROR", "25P02", "The database could not be kept from writing.");
