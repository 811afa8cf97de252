/**
 * A CREATE VIEW whose query can only fail. The server analyses the query before it looks at anything else of the statement, so that it is
 * asked by a Parse of the query alone. What event triggers would do before that is asked about.
 */
import type { RawStmt } from "libpg-query";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { viewQuery } from "#/proxies/postgres/sql/view-query.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import { askAside, parseOnly } from "./parse-only.ts";

export async function findMissingInView(
  dialogue: Dialogue,
  command: string,
  trees: readonly RawStmt[] | null,
): Promise<ErrorFields | null> {
  const query = trees === null || dialogue.status === "failed" ? null : viewQuery(command, trees);
  if (query === null) return null;
  const isWatched = await askAside(dialogue, [{ sql: failsWhereWatched, parameters: [] }]);
  return isWatched === null ? parseOnly(dialogue, query) : null;
}

const failsWhereWatched = `
select 1 operator(pg_catalog./) case when exists (
  select from pg_catalog.pg_event_trigger as e where e.evtenabled operator(pg_catalog.<>) 'D') then 0 else 1 end`;
