/** A statement that was prepared, and a portal: what the upstream has under a name. */
import type { Parameter } from "#/core/action.ts";
import type { MaskedRun } from "#/proxies/postgres/masked/masked-run.ts";
import type { Limited, RowCount } from "#/proxies/postgres/reply/limited.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";

export interface Prepared {
  readonly sql: string;
  readonly classified: Classified;
  readonly parameterTypes: readonly number[];
}

export interface Portal {
  readonly statement: Prepared;
  readonly parameters: readonly Parameter[];
  /** Whether it was not simply allowed when it was bound. */
  readonly asks: boolean;
  /** The Bind, and what followed it, that waits for the decision on the portal's execution. */
  deferred: readonly Received[];
  /** Whether it has run; running on then only fetches more of the same. */
  executed: boolean;
  /** As what it runs on, once it has run. */
  fetched: Fetched;
  /** What it has returned, over all of its executions, where that is limited. */
  limit?: PortalLimit;
  /** What of its rows is masked, over all of its executions. */
  masked?: MaskedRun | null;
}

export interface PortalLimit {
  readonly limited: Limited;
  readonly count: RowCount;
  readonly classified: Classified;
}

/**
 * A cursor's query is decided when the cursor is declared, and runs when rows are fetched: `read` where it counted as
 * a read then and may write after all.
 */
export type Fetched = "read" | "decided";

/** Its text counts too: the statement may have been closed. The values come a second time in the Bind. */
export function bytesOfPortal({ statement, parameters }: Portal): number {
  return parameters.reduce(
    (sum, { bytes }) => sum + 2 * (bytes?.length ?? 0),
    statement.sql.length,
  );
}
