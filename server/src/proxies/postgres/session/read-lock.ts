/**
 * How the server itself is kept from writing while a statement runs that counts as a read (SEMANTICS §4).
 *
 * - Where a read begins its own transaction, the session's default is read-only (`Dialogue.setReadOnly`). What sets that
 *   default, or shows it, has to meet the client's own: it runs without the lock.
 * - In a transaction that the client has opened it runs in a savepoint, in which the transaction is read-only. That
 *   can't be taken back in there, and ends with the savepoint. Where the statement fails the savepoint is left as it
 *   is: the transaction has failed, as the client would see it without.
 * - Where a message of the client's begins such a transaction, or moves a savepoint, before it reads, the lock comes behind that
 *   (`behind-control.ts`).
 * - Between writes of one pipeline or message there is neither: such a read counts as one that can't be read.
 *
 * What is known not to write needs no lock: it costs nothing there.
 */
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { readOnlySetting } from "#/proxies/postgres/dialogue/own-default.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Classified, Statement, StatementKind } from "#/proxies/postgres/sql/facts.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { onFailure, type Pipeline } from "./pipeline.ts";

export type ReadLock = "session" | "savepoint" | "behind control" | "none";

/** Where a statement is to run: it begins a transaction, is in a block of the client's, or neither. */
export type LockPlace = "start" | "block" | "midway";

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

/** The same of a part of a pipeline: what comes behind it in there runs under the lock as well. */
export function keepsReadOnly({ verbs, statements, facts }: Classified): boolean {
  const setsMode = facts.settings.includes("transaction_read_only");
  return (
    isRead(verbs) &&
    !setsOwnDefault({ facts, statements }) &&
    !statements.some(({ kind }) => lockEnders.has(kind) || (setsMode && setters.has(kind)))
  );
}

/** The default holds for the transaction that begins under it. Of the next one nobody knows: what runs may have set another. */
const lockEnders: ReadonlySet<StatementKind> = new Set(["begin", "commit", "rollback"]);
/** SET TRANSACTION READ WRITE takes the mode back for as long as nothing has been read. */
const setters: ReadonlySet<StatementKind> = new Set(["execute", "reset", "set"]);

/** RESET ALL and DISCARD ALL do. */
function setsOwnDefault({ facts, statements }: Pick<Classified, "facts" | "statements">): boolean {
  return (
    facts.settings.some((name) => name === readOnlySetting || name === "all") ||
    statements.some(({ kind, name }) => kind === "discard" && name === "all")
  );
}

/** Drivers ask for it to choose a server that they may write to. */
export function showsOwnDefault({ statements }: Pick<Classified, "statements">): boolean {
  return statements.some(({ kind, name }) => kind === "show" && showing.has(name ?? ""));
}

const showing: ReadonlySet<string> = new Set([readOnlySetting, "transaction_read_only", "all"]);

/** The locks to choose from; null is one that can't be had. Where it is known not to write it needs none of them. */
export function readLock(classified: Classified, place: LockPlace): ReadLock | null {
  if (!isRead(classified.verbs)) return "none";
  if (place === "start" && isReadOnly(classified)) {
    return setsOwnDefault(classified) || showsOwnDefault(classified) ? null : "session";
  }
  if (place === "block" && fitsSavepoint(classified)) return "savepoint";
  return fitsBehindControl(classified, place) ? "behind control" : null;
}

/** How many statements at the front of a message control its transaction, but do not end it. */
export function controlAhead({ statements }: Pick<Classified, "statements">): number {
  const rest = statements.findIndex(({ kind }) => !controlling.includes(kind));
  return rest === -1 ? statements.length : rest;
}

const controlling: readonly StatementKind[] = ["begin", "release", "savepoint"];

/** In one message of the simple protocol, in a transaction that is the client's once its first statements have run. */
function fitsBehindControl(classified: Classified, place: LockPlace): boolean {
  const { statements } = classified;
  const ahead = controlAhead(classified);
  const isBlock = place === "block" || (place === "start" && statements[0]?.kind === "begin");
  const rest = { ...classified, statements: statements.slice(ahead) };
  return isBlock && ahead > 0 && rest.statements.length > 0 && fitsSavepoint(rest);
}

/** Whether it runs, or plans, a query: what is about the session itself runs nothing of anybody's. */
export function runsQuery({ kind }: Statement): boolean {
  return queries.includes(kind);
}

/** It would be the end of the savepoint, is not allowed in there, or would run outside of it. */
function fitsSavepoint({ statements, facts }: Classified): boolean {
  return (
    statements.every(({ kind, runsAtCommit }) => inSavepoint.includes(kind) && !runsAtCommit) &&
    !facts.settings.some((name) => name.startsWith("transaction_"))
  );
}

const queries: readonly StatementKind[] = [
  "copy_out",
  "declare",
  "execute",
  "explain",
  "fetch",
  "prepare",
  "select",
];
/** Of what counts as a read, `other` is LISTEN, UNLISTEN, SET CONSTRAINTS and LOCK TABLE … IN ACCESS SHARE MODE. */
const inSavepoint: readonly StatementKind[] = [
  ...queries,
  "close",
  "deallocate",
  "discard",
  "other",
  "reset",
  "set",
  "show",
];

function isRead(verbs: Classified["verbs"]): boolean {
  return verbs.every((verb) => verb === "sql.read");
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
