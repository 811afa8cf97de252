/** Actions without a review that are under way, in their table. */
import type { DatabaseSync } from "node:sqlite";
import type { SpelledRecord } from "#/store/ledger.ts";
import type { PendingExecution } from "#/store/stored.ts";

/**
 * Takes over what the records of one commit say, in their order. It can't fail for a reason of theirs, because most were
 * acknowledged before; what began and ended in between leaves no row.
 */
export function prepareExecutionMarks(db: DatabaseSync) {
  const begin = db.prepare(
    "INSERT OR REPLACE INTO pending_executions (action, began_at) VALUES (?, ?)",
  );
  const end = db.prepare("DELETE FROM pending_executions WHERE action = ?");
  return (records: readonly Pick<SpelledRecord, "mark">[]): void => {
    const begun = new Map<string, number>();
    for (const { mark } of records) {
      if (mark?.kind === "begun") begun.set(mark.action, mark.beganAt);
      else if (mark?.kind === "ended" && !begun.delete(mark.action)) end.run(mark.action);
    }
    for (const [action, beganAt] of begun) begin.run(action, beganAt);
  };
}

export function prepareExecutionReader(db: DatabaseSync) {
  const all = db.prepare(`
    SELECT action, began_at AS beganAt FROM pending_executions ORDER BY began_at, action`);
  return (): readonly PendingExecution[] =>
    all.all().map(({ action, beganAt }) => ({ action, beganAt }) as unknown as PendingExecution);
}
