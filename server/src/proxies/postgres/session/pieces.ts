/**
 * A message of the simple protocol as the pieces in which it can run, so that the lock stands around what reads and nothing else.
 *
 * In a transaction that the client has opened, one message and several are the same to the server. Outside of one, what stands between two
 * ends is a transaction by itself and stays together: a BEGIN would take in what has run before it there, and the server tells a
 * statement that is alone in its message from others (SET LOCAL, DECLARE, DISCARD ALL).
 */
import type { Classified, Statement, StatementKind } from "#/proxies/postgres/sql/facts.ts";
import {
  type LockPlace,
  mayBeInSavepoint,
  runsQuery,
  setsModes,
  setsOwnDefault,
  showsOwnDefault,
} from "./lockable.ts";

export interface Piece {
  readonly statements: readonly Statement[];
  /** Where it comes to stand decides how. */
  readonly isLocked: boolean;
}

/** Each costs a round trip, and a message that is as long as all of it. */
export const piecesMax = 50;

/** Null where a read of it would stand where no lock fits. */
export function piecesOf(
  classified: Pick<Classified, "statements" | "facts">,
  place: LockPlace,
): readonly Piece[] | null {
  const { statements } = classified;
  if (statements.length < 2 || place === "midway" || setsModesInQuery(classified)) return null;
  const pieces: (Stretch & { readonly statements: Statement[] })[] = [];
  let isInBlock = place === "block";
  for (const statement of statements) {
    const isControl = controlling.has(statement.kind) || setsTransaction(statement);
    if (!(isInBlock ? fitsBlock(statement) : fitsBetween(statement, isControl))) return null;
    const isLocked = !isControl && (!isInBlock || runsQuery(statement));
    const last = pieces.at(-1);
    if (last !== undefined && goesOn(last, { statement, isLocked, isInBlock })) {
      last.statements.push(statement);
    } else pieces.push({ statements: [statement], isLocked, isInBlock });
    isInBlock = isBlockBehind(statement, isInBlock);
  }
  const between = pieces.filter(isBetween);
  if (pieces.length > piecesMax || (pieces.length < 2 && !between.some(isEnded))) return null;
  const meetsOwn = setsOwnDefault(classified) || showsOwnDefault(classified);
  if (between.length > 0 && meetsOwn) return null;
  const areWhole = between.every((piece) => isEnded(piece) || isLast(piece, pieces.at(-1)));
  return areWhole ? pieces : null;
}

interface Stretch extends Piece {
  readonly isInBlock: boolean;
}

function isBetween({ isLocked, isInBlock }: Pick<Stretch, "isLocked" | "isInBlock">): boolean {
  return isLocked && !isInBlock;
}

/** What runs between transactions takes its COMMIT or ROLLBACK along: sent by itself, that would find nothing left to end or undo. */
function goesOn(
  last: Stretch,
  next: Pick<Stretch, "isLocked" | "isInBlock"> & { readonly statement: Statement },
): boolean {
  if (isBetween(last)) {
    if (isEnded(last)) return false;
    return enders.has(next.statement.kind) || isBetween(next);
  }
  return last.isLocked === next.isLocked && (!next.isLocked || next.isInBlock);
}

function isEnded({ statements }: Piece): boolean {
  const last = statements.at(-1);
  return last !== undefined && enders.has(last.kind);
}

function isBlockBehind({ kind, chain }: Statement, isInBlock: boolean): boolean {
  if (kind === "begin") return true;
  return kind === "commit" || kind === "rollback" ? isInBlock && chain : isInBlock;
}

function fitsBlock(statement: Statement): boolean {
  return controlling.has(statement.kind) || mayBeInSavepoint(statement);
}

function fitsBetween(statement: Statement, isControl: boolean): boolean {
  return isControl ? beginnersAndEnders.has(statement.kind) : mayBeInSavepoint(statement);
}

/** What runs between transactions is one of its own, up to its end or that of the message. */
function isLast(piece: Piece, last: Piece | undefined): boolean {
  const { statements } = piece;
  return (
    piece === last && (statements.length > 1 || statements.every(({ kind }) => sameAlone.has(kind)))
  );
}

/** SET TRANSACTION, and SET of what it sets. */
function setsTransaction({ kind, name }: Statement): boolean {
  return (kind === "set" || kind === "reset") && (name ?? "").startsWith("transaction");
}

/** A function that a query calls may set it in the midst of what reads, and so may what is run by a name. */
function setsModesInQuery({ statements, facts }: Pick<Classified, "statements" | "facts">) {
  const calls = facts.functions.some((name) => /(?:^|\.)set_config$/.test(name));
  const runs = statements.some(({ kind, executes }) => executes !== null || kind === "fetch");
  return setsModes(facts) && (calls || runs);
}

const enders: ReadonlySet<StatementKind> = new Set(["commit", "rollback"]);
const beginnersAndEnders: ReadonlySet<StatementKind> = new Set([...enders, "begin"]);
const controlling: ReadonlySet<StatementKind> = new Set([
  ...beginnersAndEnders,
  "release",
  "rollback_to",
  "savepoint",
]);
/** What the server takes for the same whether it is alone in its message or not. */
const sameAlone: ReadonlySet<StatementKind> = new Set([
  "copy_out",
  "execute",
  "explain",
  "fetch",
  "select",
  "show",
]);
