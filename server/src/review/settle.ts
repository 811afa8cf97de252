/** What time and restarts do to reviews: without anybody's asking, and never in an agent's favour. */
import { executionRecord } from "#/audit/records.ts";
import { applyEvent, type ReviewDeps } from "./life.ts";

const dueReviewsMax = 100;

/** Ends what is past its time; says how many those were. */
export async function expireDue(deps: ReviewDeps): Promise<number> {
  let expired = 0;
  for (;;) {
    const due = await deps.store.dueReviews(deps.clock.now(), dueReviewsMax);
    let moved = 0;
    for (const id of due) {
      if ((await applyEvent(deps, id, { kind: "expire" })).kind === "moved") moved += 1;
    }
    expired += moved;
    // A batch of which nothing moved would come again.
    if (due.length < dueReviewsMax || moved === 0) return expired;
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
  let detached = 0;
  let unknown = 0;
  for (const id of await deps.store.unsettledReviews()) {
    const review = await deps.store.review(id);
    if (review === null) continue;
    const { caller, execution } = review;
    if (execution === null) {
      if (caller === null) continue;
      if ((await applyEvent(deps, id, { kind: "detach", caller })).kind === "moved") detached += 1;
    } else {
      const outcome = { state: "outcome_unknown", detail: null, rows: null } as const;
      const settled = await applyEvent(deps, id, { kind: "outcome", ...outcome });
      if (settled.kind === "moved") unknown += 1;
    }
  }
  for (const { action } of await deps.store.pendingExecutions()) {
    const record = executionRecord("execution.unknown", action, deps.clock.now(), {});
    await deps.store.append([{ ...record, execution: "ended" }]);
    unknown += 1;
  }
  return { detached, unknown };
}
