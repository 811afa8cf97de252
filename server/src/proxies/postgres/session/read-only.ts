/** Which statements are let through as reads. The server's read-only lock is on while they run (SEMANTICS §4). */
import type { Classified } from "#/proxies/postgres/sql/facts.ts";

/** All that are let through as reads, unless one opens a transaction. */
export function isReadOnly({ verbs, statements }: Classified): boolean {
  return (
    verbs.every((verb) => verb === "sql.read") && !statements.some(({ kind }) => kind === "begin")
  );
}
