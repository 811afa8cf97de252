/** The one place where an attempt is run. */
import type { Action } from "#/core/action.ts";
import type { Mask } from "#/core/obligation.ts";
import type { Attempt, Outcome } from "#/core/protocol.ts";
import type { RowLimit } from "#/core/row-limit.ts";
import type { EnforcementDeps } from "./deps.ts";

export const unknown = { state: "unknown" } as const;

/** What the record of an execution says that touched more rows than it may. */
export const exceededDetail = "rows_exceeded";

/** How an execution ended, as far as anybody knows. */
export type Ending = Outcome | typeof unknown;

/** What its decision asks of the run itself. */
export interface RunUnder {
  readonly limit: RowLimit | null;
  readonly masks: readonly Mask[];
}

/** Whatever it throws, at once or later, nobody knows what came of it. What its answer will tell is a label by now, and kept. */
export async function execute(
  attempt: Attempt,
  action: Action,
  gate: Promise<void>,
  { limit, masks }: RunUnder,
  { labels }: Pick<EnforcementDeps, "labels">,
): Promise<Ending> {
  try {
    const outcome = await attempt.execute(action, gate, limit, masks);
    if ("masked" in outcome && outcome.masked !== undefined) {
      labels.takeMasked(action.principal, outcome.masked)?.catch(() => {});
    }
    return outcome;
  } catch {
    return unknown;
  }
}
