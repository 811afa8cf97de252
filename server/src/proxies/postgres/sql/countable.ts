/**
 * Whether the upstream's answer tells how many rows a statement returns and changes.
 *
 * Closed world: the rows of a result pass by one by one, and the tag of a command counts what that command itself
 * returned or changed, and nothing that stands inside it. What no list here names is not counted.
 */
import type { RawStmt } from "libpg-query";
import type { Statement } from "./classified.ts";
import { unwrap } from "./tree.ts";
import type { Findings } from "./walk.ts";

/** Why it does not, in a sentence; null where it does. */
export function whyUncounted({ stmt }: RawStmt, findings: Findings): string | null {
  const type = unwrap(stmt ?? {})?.type ?? "";
  const { verbs, kinds, changes, executes } = findings;
  if (executes !== null && type !== "ExecuteStmt") {
    return "What it runs by name is not counted in its own answer.";
  }
  if ([...verbs].some((verb) => verb !== "sql.read" && verb !== "sql.write")) {
    return "It does more than return and change rows.";
  }
  if (kinds.has("large_object")) return "It works on large objects, which have no rows.";
  if (changing.has(type)) return changes === 1 ? null : changesInside;
  if (stmt !== undefined && "PrepareStmt" in stmt) {
    // What it holds runs later by its name, and is counted as if it stood there alone.
    const inner = unwrap(stmt.PrepareStmt.query ?? {})?.type ?? "";
    return changes === (changing.has(inner) ? 1 : 0) ? null : changesInside;
  }
  if (returning.has(type)) return changes === 0 ? null : changesInside;
  return rowless.has(type) ? null : "Its answer does not say how many rows it touches.";
}

/** Of a whole message. What ends a transaction by itself could keep rows before they are counted. */
export function whyUncountedTogether(
  statements: readonly Statement[],
  each: readonly (string | null)[],
): string | null {
  const alone = each.find((why) => why !== null) ?? null;
  if (alone !== null || statements.length < 2) return alone;
  const writes = statements.some(
    ({ verbs, executes, kind }) =>
      executes !== null || kind === "fetch" || verbs.includes("sql.write"),
  );
  const controls = statements.some(({ kind }) => transactionControl.has(kind));
  return writes && controls ? "It begins or ends a transaction in the same message." : null;
}

const changesInside = "It changes rows in a part of it that its answer does not count.";

const changing: ReadonlySet<string> = new Set([
  "DeleteStmt",
  "InsertStmt",
  "MergeStmt",
  "UpdateStmt",
]);

const returning: ReadonlySet<string> = new Set([
  "CopyStmt",
  "DeclareCursorStmt",
  "ExecuteStmt",
  "ExplainStmt",
  "FetchStmt",
  "SelectStmt",
  "VariableShowStmt",
]);

const rowless: ReadonlySet<string> = new Set([
  "ClosePortalStmt",
  "ConstraintsSetStmt",
  "DeallocateStmt",
  "DiscardStmt",
  "ListenStmt",
  "LockStmt",
  "NotifyStmt",
  "TransactionStmt",
  "UnlistenStmt",
  "VariableSetStmt",
]);

export const transactionControl: ReadonlySet<string> = new Set([
  "begin",
  "commit",
  "release",
  "rollback",
  "rollback_to",
  "savepoint",
]);
