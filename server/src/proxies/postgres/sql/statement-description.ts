/** What the session has to know of a statement: which of its own things it is about, and where they lie in the text. */
import type { Node, RawStmt, TransactionStmt } from "libpg-query";
import type { Span, Statement, StatementKind } from "./classified.ts";
import type { Tokens } from "./sql-tokens.ts";
import type { Findings } from "./walk.ts";

export function describeStatement(
  { stmt, stmt_location = 0, stmt_len = 0 }: RawStmt,
  { verbs, opaque, executes }: Findings,
  bytes: Buffer,
  tokens: Tokens,
): Statement {
  const span: Span = {
    start: stmt_location,
    end: stmt_len === 0 ? bytes.length : stmt_location + stmt_len,
  };
  const description = stmt === undefined ? other : describe(stmt);
  const { kind, name = null, chain = false, runsAtCommit = false } = description;
  const prepared = kind === "prepare" ? innerStatement(span, bytes, tokens) : null;
  const what = { verbs: [...verbs].toSorted(), opaque, name, executes };
  return { kind, ...span, ...what, prepared, chain, runsAtCommit };
}

interface Description {
  readonly kind: StatementKind;
  readonly name?: string | null;
  readonly chain?: boolean;
  readonly runsAtCommit?: boolean;
}

/** CURSOR_OPT_HOLD of the server. */
const withHold = 0x20;

const other: Description = { kind: "other" };

function describe(node: Node): Description {
  if ("SelectStmt" in node) return { kind: "select" };
  if ("TransactionStmt" in node) return describeTransaction(node.TransactionStmt);
  if ("PrepareStmt" in node) return { kind: "prepare", name: node.PrepareStmt.name ?? "" };
  if ("ExecuteStmt" in node) return { kind: "execute", name: node.ExecuteStmt.name ?? "" };
  if ("DeallocateStmt" in node) {
    return { kind: "deallocate", name: node.DeallocateStmt.name ?? null };
  }
  if ("DiscardStmt" in node) {
    const target = (node.DiscardStmt.target ?? "DISCARD_ALL").slice("DISCARD_".length);
    return { kind: "discard", name: discardTargets[target] ?? "all" };
  }
  if ("DeclareCursorStmt" in node) {
    const { portalname: name = "", options = 0 } = node.DeclareCursorStmt;
    return { kind: "declare", name, runsAtCommit: (options & withHold) !== 0 };
  }
  if ("FetchStmt" in node) return { kind: "fetch", name: node.FetchStmt.portalname ?? "" };
  if ("ClosePortalStmt" in node) {
    return { kind: "close", name: node.ClosePortalStmt.portalname ?? null };
  }
  if ("ExplainStmt" in node) return { kind: "explain" };
  if ("VariableSetStmt" in node) {
    const { kind, name = null } = node.VariableSetStmt;
    const resets = kind === "VAR_RESET" || kind === "VAR_RESET_ALL";
    return { kind: resets ? "reset" : "set", name: name?.toLowerCase() ?? null };
  }
  if ("VariableShowStmt" in node) {
    return { kind: "show", name: node.VariableShowStmt.name?.toLowerCase() ?? null };
  }
  if ("CopyStmt" in node) {
    const { is_from = false, is_program = false, filename } = node.CopyStmt;
    if (is_program || filename !== undefined) return other;
    return { kind: is_from ? "copy_in" : "copy_out" };
  }
  return commitsItself(node) ? { kind: "call" } : other;
}

function commitsItself(node: Node): boolean {
  if ("IndexStmt" in node) return node.IndexStmt.concurrent === true;
  if ("DropStmt" in node) return node.DropStmt.concurrent === true;
  return ["CallStmt", "DoStmt", "VacuumStmt", "ReindexStmt", "ClusterStmt"].some(
    (type) => type in node,
  );
}

const discardTargets: Readonly<Record<string, string>> = {
  ALL: "all",
  PLANS: "plans",
  SEQUENCES: "sequences",
  TEMP: "temp",
};

function describeTransaction(node: TransactionStmt): Description {
  const { kind, chain = false, savepoint_name: name = null } = node;
  switch (kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return { kind: "begin" };
    case "TRANS_STMT_COMMIT":
      return { kind: "commit", chain };
    case "TRANS_STMT_ROLLBACK":
      return { kind: "rollback", chain };
    case "TRANS_STMT_SAVEPOINT":
      return { kind: "savepoint", name };
    case "TRANS_STMT_RELEASE":
      return { kind: "release", name };
    case "TRANS_STMT_ROLLBACK_TO":
      return { kind: "rollback_to", name };
    default:
      return other;
  }
}

const open = 0x28;
const close = 0x29;

/** `PREPARE name (types) AS …`: AS is reserved, so that the first one outside brackets is the one. */
function innerStatement({ start, end }: Span, bytes: Buffer, tokens: Tokens): Span | null {
  const { kinds, starts, ends } = tokens;
  let depth = 0;
  for (let index = firstFrom(starts, start); index < kinds.length; index += 1) {
    const [from, to] = [starts[index] ?? 0, ends[index] ?? 0];
    if (from >= end) return null;
    if (bytes[from] === open && kinds[index] === "punctuation") depth += 1;
    else if (bytes[from] === close && kinds[index] === "punctuation") depth -= 1;
    const isAs = kinds[index] === "word" && /^as$/i.test(bytes.toString("latin1", from, to));
    if (isAs && depth === 0) return { start: starts[index + 1] ?? end, end };
  }
  return null;
}

/** The first token that begins there or later: a text of many PREPAREs is not gone through for each of them. */
function firstFrom(starts: readonly number[], start: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
