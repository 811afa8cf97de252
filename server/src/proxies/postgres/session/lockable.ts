/** What a lock under reads (`read-lock.ts`) can stand around, as far as a text tells. */
import { readOnlySetting } from "#/proxies/postgres/dialogue/own-default.ts";
import type { Classified, Statement, StatementKind } from "#/proxies/postgres/sql/facts.ts";

/** Where a statement is to run: it begins a transaction, is in a block of the client's, or neither. */
export type LockPlace = "start" | "block" | "midway";

export function isRead(verbs: Classified["verbs"]): boolean {
  return verbs.every((verb) => verb === "sql.read");
}

/** Reads that leave the default as a lock to what comes behind them in their message or pipeline. */
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
export function setsOwnDefault({
  facts,
  statements,
}: Pick<Classified, "facts" | "statements">): boolean {
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

/** Else it would be the end of the savepoint, is not allowed in there, or would run outside of it. */
export function fitsSavepoint({ statements, facts }: Classified): boolean {
  return statements.every(mayBeInSavepoint) && !setsModes(facts);
}

/** Of one statement, as far as its kind tells. */
export function mayBeInSavepoint({ kind, runsAtCommit }: Statement): boolean {
  return inSavepoint.includes(kind) && !runsAtCommit;
}

/** Of the transaction that is under way. */
export function setsModes({ settings }: Pick<Classified["facts"], "settings">): boolean {
  return settings.some((name) => name.startsWith("transaction_"));
}

/** Whether it runs, or plans, a query: what is about the session itself runs nothing of anybody's. */
export function runsQuery({ kind }: Statement): boolean {
  return queries.includes(kind);
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
