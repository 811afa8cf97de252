/** A store whose writes a test can hold back or break; `touch` is called after each that is durable. */
import type { createRecorder } from "#/audit/recorder.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import type { ReviewFeedDeps } from "#/review/feed.ts";
import type { ReviewDeps } from "#/review/life.ts";

/** What enforcement and reviews use of a store. */
export type StageStore = ReviewDeps["store"] &
  ReviewFeedDeps["store"] &
  Parameters<typeof createRecorder>[0];

/** A write that waits to become durable. */
export interface HeldWrite {
  /** Resolves when there is one. */
  readonly reached: Promise<void>;
  release(): void;
}

export type RecordMatch = (record: RecordDraft) => boolean;

export interface WatchedWrites {
  readonly store: StageStore;
  /** What is durable, in order. */
  readonly records: readonly RecordDraft[];
  readonly reviews: ReadonlyMap<string, Review>;
  /** The first write with such a record waits. */
  hold(matches: RecordMatch): HeldWrite;
  /** Every write with such a record fails; `reached` resolves with the first. */
  fail(matches: RecordMatch): Pick<HeldWrite, "reached">;
}

interface Holding {
  readonly matches: RecordMatch;
  readonly reach: () => void;
  readonly released: Promise<void>;
}

export function watchWrites(store: StageStore, touch: () => void): WatchedWrites {
  const records: RecordDraft[] = [];
  const reviews = new Map<string, Review>();
  let holdings: readonly Holding[] = [];
  let failing: RecordMatch = () => false;
  let failed = () => {};

  const write = async <Result>(
    added: readonly RecordDraft[],
    review: Review | null,
    act: () => Promise<Result>,
  ): Promise<Result> => {
    const holding = holdings.find(({ matches }) => added.some(matches));
    holdings = holdings.filter((other) => other !== holding);
    holding?.reach();
    await holding?.released;
    if (added.some((record) => failing(record))) {
      failed();
      throw new Error("the disk is full");
    }
    const result = await act();
    if (result !== "conflict" && result !== "too_many") {
      records.push(...added);
      if (review !== null) reviews.set(review.id, review);
      touch();
    }
    return result;
  };

  const recorder: Parameters<typeof createRecorder>[0] = {
    append: (added) => write(added, null, () => store.append(added)),
  };
  return {
    records,
    reviews,
    store: {
      ...recorder,
      openReview: (review, openMax, added) =>
        write(added, review, () => store.openReview(review, openMax, added)),
      saveReview: (review, added) => write(added, review, () => store.saveReview(review, added)),
      review: (id) => store.review(id),
      detachedReviews: (key) => store.detachedReviews(key),
      deniedReview: (key) => store.deniedReview(key),
      unknownRun: (key) => store.unknownRun(key),
      dueReviews: (now, limit) => store.dueReviews(now, limit),
      openReviews: (connection) => store.openReviews(connection),
      unsettledReviews: () => store.unsettledReviews(),
      pendingExecutions: () => store.pendingExecutions(),
      status: () => store.status(),
      changesSince: (cursor, signal) => store.changesSince(cursor, signal),
    },
    hold(matches) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holdings = [...holdings, { matches, reach: reached.resolve, released: released.promise }];
      return { reached: reached.promise, release: released.resolve };
    },
    fail(matches) {
      failing = matches;
      const reached = Promise.withResolvers<void>();
      failed = reached.resolve;
      return { reached: reached.promise };
    },
  };
}
