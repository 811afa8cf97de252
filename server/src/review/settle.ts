/** What time and restarts do to reviews: without anybody's asking, and never in an agent's favour. */
import { executionRecord } from "#/audit/records.ts";
import type { ReviewId } from "#/core/ids.ts";
import { applyEvent, type ReviewDeps } from "./life.ts";

/** Changed at a time, so that they share a flush of the disk: thousands may be due in the same second. */
const settledTogetherMax = 100;

/** Ends what is past its time; says how many those were. */
export async function expireDue(deps: ReviewDeps): Promise<number> {
  let expired = 0;
  for (;;) {
    const due = await deps.store.dueReviews(deps.clock.now(), settledTogetherMax);
    const ended = await Promise.all(due.map((id) => applyEvent(deps, id, { kind: "expire" })));
    const moved = ended.filter(({ kind }) => kind === "moved").length;
    expired += moved;
    // A batch of which nothing moved would come again.
    if (due.length < settledTogetherMax || moved === 0) return expired;
  }
}

export interface Settled {
  readonly detached: number;
  /** Executions of which nobody knows whether they happened: a person has to look. */
  readonly unknown: number;
}

/**
 * Takes over from a process that is gone: its callers no longer wait, and what it was running may or may not
 * have run and is never run again. Only before the first caller of this process.
 */
export async function settleAfterRestart(deps: ReviewDeps): Promise<Settled> {
  const { store } = deps;
  const unsettled = await store.unsettledReviews();
  const pending = await store.pendingExecutions();
  const changes = await inBatches(unsettled, (id) => settle(id, deps));
  await inBatches(pending, ({ action }) => {
    const record = executionRecord("execution.unknown", action, deps.clock.now(), {});
    return store.append([{ ...record, execution: "ended" }]);
  });
  const count = (change: Change) => changes.filter((each) => each === change).length;
  return { detached: count("detached"), unknown: count("unknown") + pending.length };
}

type Change = keyof Settled | null;

async function settle(id: ReviewId, deps: ReviewDeps): Promise<Change> {
  const review = await deps.store.review(id);
  if (review === null) return null;
  const { caller, execution } = review;
  if (execution === null) {
    if (caller === null) return null;
    const { kind } = await applyEvent(deps, id, { kind: "detach", caller });
    return kind === "moved" ? "detached" : null;
  }
  const outcome = { state: "outcome_unknown", detail: null, rows: null } as const;
  const { kind } = await applyEvent(deps, id, { kind: "outcome", ...outcome });
  return kind === "moved" ? "unknown" : null;
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  each: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += settledTogetherMax) {
    results.push(...(await Promise.all(items.slice(at, at + settledTogetherMax).map(each))));
  }
  return results;
}
