/**
 * The verbs of the store that reviews use, in memory: a model of the contract in `store/store.ts`, for tests.
 * It keeps every version of every review, for `history.test-support.ts` to judge.
 */
import assert from "node:assert/strict";
import { canonicalize } from "#/core/canonical.ts";
import type { ReviewId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import type { Store } from "#/store/store.ts";
import type { PendingExecution } from "#/store/stored.ts";

export type TestStore = Pick<
  Store,
  | "openReview"
  | "saveReview"
  | "review"
  | "detachedReviews"
  | "deniedReview"
  | "unknownRun"
  | "dueReviews"
  | "openReviews"
  | "unsettledReviews"
  | "append"
  | "pendingExecutions"
  | "changesSince"
  | "status"
>;

/** One commit. */
export interface Step {
  readonly before: Review | null;
  readonly after: Review;
  readonly records: readonly RecordDraft[];
}

export interface OpenedTestStore {
  readonly store: TestStore;
  readonly steps: readonly Step[];
  readonly records: readonly RecordDraft[];
}

/** `pause` runs before and after each verb takes effect, so that a test can order what happens between. */
export function openTestStore(pause: () => Promise<void> = async () => {}): OpenedTestStore {
  const reviews = new Map<ReviewId, Review>();
  const steps: Step[] = [];
  const records: RecordDraft[] = [];
  const changed: ReviewId[] = [];
  const executions = new Map<string, PendingExecution>();
  let wake = Promise.withResolvers<void>();

  const verb = async <Result>(act: () => Result): Promise<Result> => {
    await pause();
    const result = structuredClone(act());
    await pause();
    return result;
  };
  const log = (added: readonly RecordDraft[]) => {
    for (const { body, payload } of added) canonicalize({ body, payload });
    records.push(...structuredClone(added));
  };
  const save = (review: Review, added: readonly RecordDraft[]) => {
    assert(added.length > 0, "every change is recorded");
    const before = reviews.get(review.id) ?? null;
    const after = structuredClone(review);
    log(added);
    reviews.set(review.id, after);
    steps.push({ before, after, records: structuredClone(added) });
    changed.push(review.id);
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const select = (matches: (review: Review) => boolean) => [...reviews.values()].filter(matches);
  const selectIds = (matches: (review: Review) => boolean) => select(matches).map(({ id }) => id);

  const store: TestStore = {
    openReview: (review, openMax, added) =>
      verb(() => {
        const { kind, name } = review.action.principal;
        const open = select(
          ({ state, action }) =>
            state === "pending" && action.principal.kind === kind && action.principal.name === name,
        );
        if (open.length >= openMax) return "too_many";
        save(review, added);
        return "opened";
      }),
    saveReview: (review, added) =>
      verb(() => {
        if (reviews.get(review.id)?.version !== review.version - 1) return "conflict";
        save(review, added);
        return "saved";
      }),
    review: (id) => verb(() => reviews.get(id) ?? null),
    detachedReviews: (joinKey) =>
      verb(() =>
        selectIds(
          (review) => review.joinKey === joinKey && isOpen(review) && review.caller === null,
        ),
      ),
    deniedReview: (joinKey) =>
      verb(() => {
        const isDenied = ({ state }: Review) => state === "denied" || state === "changes_requested";
        const found = select((review) => review.joinKey === joinKey && isDenied(review));
        return found.toSorted((one, other) => other.openedAt - one.openedAt)[0]?.id ?? null;
      }),
    unknownRun: (joinKey) =>
      verb(() => {
        const found = select((review) => review.joinKey === joinKey && review.execution !== null);
        const last = found.toSorted((one, other) => other.openedAt - one.openedAt)[0];
        return last?.execution?.state === "outcome_unknown" ? last.id : null;
      }),
    dueReviews: (now, limit) =>
      verb(() =>
        selectIds(
          (review) =>
            isOpen(review) &&
            ((review.state === "pending" ? review.expiresAt : review.validUntil) ?? 0) <= now,
        ).slice(0, limit),
      ),
    openReviews: (connection) =>
      verb(() =>
        selectIds((review) => isOpen(review) && review.action.resource.connection === connection),
      ),
    unsettledReviews: () =>
      verb(() =>
        selectIds(
          ({ caller, execution }) =>
            caller !== null ||
            execution?.state === "claimed" ||
            execution?.state === "executed_uncommitted",
        ),
      ),
    append: (added) =>
      verb(() => {
        log(added);
        for (const { action, at, execution } of added) {
          if (action === null || execution === undefined) continue;
          if (execution === "begun") executions.set(action, { action, beganAt: at });
          else executions.delete(action);
        }
      }),
    pendingExecutions: () => verb(() => [...executions.values()]),
    status: () => ({ state: "ready" }),
    async changesSince(cursor, signal) {
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      while (changed.length <= cursor && !signal.aborted) {
        await Promise.race([wake.promise, aborted]);
      }
      return verb(() =>
        signal.aborted
          ? { cursor, reviews: [] }
          : { cursor: changed.length, reviews: [...new Set(changed.slice(cursor))] },
      );
    },
  };
  return { store, steps, records };
}

function isOpen({ state, execution }: Review): boolean {
  return state === "pending" || (state === "approved" && execution === null);
}
