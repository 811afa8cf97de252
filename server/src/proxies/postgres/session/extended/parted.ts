/**
 * A pipeline that reads first and writes then, outside of a transaction of the client's. The server is kept from writing for the whole of a
 * transaction or not at all, so that the reads get one of their own: a Sync of the gateway's ends it before the first write.
 *
 * The client can't tell: where each statement takes a snapshot of its own (READ COMMITTED), reads that leave nothing behind are not more
 * together with what follows them in one transaction than in two. Elsewhere nothing is parted.
 */
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { isRead } from "#/proxies/postgres/session/lockable.ts";
import type { SessionParts } from "#/proxies/postgres/session/parts.ts";
import type { Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import type { Classified, StatementKind } from "#/proxies/postgres/sql/facts.ts";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";

/** Nothing of its transaction is left to what comes behind it. */
export function leavesNothing({ verbs, statements, facts }: Classified): boolean {
  return (
    isRead(verbs) &&
    facts.settings.length === 0 &&
    statements.every(({ kind, executes }) => reading.has(kind) && executes === null)
  );
}

/** It writes, and neither controls its transaction nor commits by itself. */
export function mayFollowParted({ verbs, statements }: Classified): boolean {
  const known = verbs.every((verb) => partedVerbs.has(verb));
  return known && !isRead(verbs) && statements.every(({ kind }) => kind !== "call");
}

const reading: ReadonlySet<StatementKind> = new Set(["copy_out", "explain", "select", "show"]);
const partedVerbs: ReadonlySet<string> = new Set(["sql.read", "sql.write", "sql.schema"]);

/** What is bound next, and where. The pipeline stays read-only where it can't be parted. */
export async function goOnWriting(
  { dialogue, statements, progress }: Pick<SessionParts, "dialogue" | "statements" | "progress">,
  pipeline: Pipeline,
  { classified, portal }: { readonly classified: Classified; readonly portal: string },
): Promise<void> {
  await dialogue.settled();
  const replaced = portal === "" && statements.portal("") !== undefined ? 1 : 0;
  if (pipeline.failed || statements.portalsOpen > replaced) return;
  if (pipeline.ran) {
    const isParted = pipeline.leavesNothing && mayFollowParted(classified);
    if (!isParted || !(await mayBeParted(dialogue))) return;
  }
  dialogue.sendOwn("sync", syncFrame, {
    onAnswer: (answer) => progress.ready(answer, answer.error !== null),
  });
  await dialogue.settled();
  dialogue.setReadOnly(false);
  pipeline.readOnly = false;
  pipeline.ran = false;
}

/**
 * Of the transaction that is under way, or of the next. A lock that a function behind a view has taken would end with the reads, and what
 * is written is to be done under it; the session's own locks can't be told from such.
 */
export async function mayBeParted(dialogue: Dialogue): Promise<boolean> {
  const rows = await dialogue.ask(partedQuery);
  return rows[0]?.[0] === "t";
}

const partedQuery = `
select pg_catalog.current_setting('transaction_isolation') operator(pg_catalog.=) any ('{read committed,read uncommitted}')
   and not exists (
     select from pg_catalog.pg_locks as l
      where l.locktype operator(pg_catalog.=) 'advisory' and l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid())`;
