import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import type { ReviewId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { type ManualClock, manualClock } from "#/platform/clock.ts";
import { type Log, silentLog } from "#/platform/log.ts";
import type { StoreStatus } from "#/store/stored.ts";
import {
  createReviewFeed,
  type ReviewFeed,
  type ReviewFeedDeps,
  retryPauseMs,
  waitersMax,
} from "./feed.ts";
import { openedAt, pendingReview } from "./fixtures.test-support.ts";
import { openTestStore, type TestStore } from "./memory-store.test-support.ts";

interface Opened {
  readonly store: TestStore;
  readonly feed: ReviewFeed;
  readonly clock: ManualClock;
  /** What is logged as an error. */
  readonly logged: readonly string[];
  readonly stop: () => Promise<void>;
}

function openFeed(
  pause?: () => Promise<void>,
  wrap = (store: TestStore): ReviewFeedDeps["store"] => store,
): Opened {
  const { store } = openTestStore(pause);
  const clock = manualClock(openedAt);
  const stopping = new AbortController();
  const logged: string[] = [];
  const error: Log["error"] = (event, { reason } = {}) => void logged.push(`${event} ${reason}`);
  const log = { ...silentLog, error };
  const feed = createReviewFeed({ store: wrap(store), clock, log }, stopping.signal);
  const stop = async () => {
    stopping.abort(new Error("stopped"));
    await feed.ended;
  };
  return { store, feed, clock, logged, stop };
}

const record = {
  type: "review.detached",
  at: openedAt,
  action: null,
  review: null,
  body: {},
  payload: null,
} as const;

const first = pendingReview();
const second: Review = { ...first, version: 2 };
const patient = new AbortController().signal;

/** Lets everything happen that can happen without anybody's doing. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a change that came before the wait is seen at once", async () => {
  const { store, feed, stop } = openFeed();
  await store.openReview(first, 1, [record]);
  assert.equal((await feed.next(first.id, 0, patient)).version, 1);
  await stop();
});

test("nobody waits on a store that takes no change any more, from the moment on that it says so", async () => {
  let status: StoreStatus = { state: "ready" };
  const stirred = Promise.withResolvers<void>();
  const { store, feed, logged, stop } = openFeed(undefined, (own) => ({
    ...own,
    status: () => status,
    async changesSince(cursor, signal) {
      await stirred.promise;
      return own.changesSince(cursor, signal);
    },
  }));
  await store.openReview(first, 1, [record]);
  const waiting = assert.rejects(feed.next(first.id, 1, patient), { code: "store.degraded" });
  await settled();
  status = { state: "degraded", reason: "The disk is full." };
  stirred.resolve();
  await waiting;
  await assert.rejects(feed.next(first.id, 1, patient), { code: "store.degraded" });
  await feed.ended;
  assert.deepEqual(logged, ["store.degraded The disk is full."]);
  await stop();
});

test("a change that comes later wakes all who wait on that review, and nobody else", async () => {
  const { store, feed, stop } = openFeed();
  const other = { ...first, id: "rev_2" as ReviewId };
  await store.openReview(first, 2, [record]);
  await store.openReview(other, 2, [record]);
  const waiting = [feed.next(first.id, 1, patient), feed.next(first.id, 1, patient)];
  const apart = feed.next(other.id, 1, patient).catch((error: Error) => error.message);
  const later = feed.next(first.id, 2, patient).catch((error: Error) => error.message);
  await settled();
  await store.saveReview(second, [record]);
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ version }) => version),
    [2, 2],
  );
  await stop();
  assert.deepEqual([await apart, await later], ["stopped", "stopped"]);
});

test("no change is missed, however waiting and saving interleave", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (scheduler, versions, watchers) => {
        const { store, feed, stop } = openFeed(() => scheduler.schedule(Promise.resolve()));
        const save = async () => {
          await store.openReview(first, 1, [record]);
          for (let version = 2; version <= versions; version += 1) {
            await store.saveReview({ ...first, version }, [record]);
          }
        };
        const watch = async () => {
          for (let seen = 1; seen < versions; ) {
            const { version } = await feed.next(first.id, seen, patient);
            assert.ok(version > seen);
            seen = version;
          }
        };
        const opened = store.openReview(first, 1, [record]);
        await scheduler.waitFor(opened);
        const all = Promise.all([save(), ...Array.from({ length: watchers }, watch)]);
        await scheduler.waitFor(all);
        const stopped = stop();
        await scheduler.waitFor(stopped);
      },
    ),
    { numRuns: 100 },
  );
});

test("a store that fails for a while loses no change: the loop tries again after a pause", async () => {
  let failing = false;
  const { store, feed, clock, stop } = openFeed(undefined, (real) => ({
    ...real,
    changesSince: (cursor, signal) => real.changesSince(cursor, signal),
    review: async (id) => {
      if (failing) throw new Error("unreadable");
      return await real.review(id);
    },
  }));
  await store.openReview(first, 1, [record]);
  const waiting = feed.next(first.id, 1, patient);
  await settled();
  failing = true;
  await store.saveReview(second, [record]);
  await settled();
  failing = false;
  clock.advance(retryPauseMs);
  assert.equal((await waiting).version, 2);
  await stop();
});

test("who gives up waiting hears their own reason, and leaves no trace", async () => {
  const { store, feed, stop } = openFeed();
  await store.openReview(first, 1, [record]);
  const leaving = new AbortController();
  const waiting = feed.next(first.id, 1, leaving.signal);
  leaving.abort("cancelled");
  await assert.rejects(waiting, (reason) => reason === "cancelled");
  await assert.rejects(feed.next(first.id, 0, leaving.signal), (reason) => reason === "cancelled");
  await stop();
});

test("a review that does not exist is not waited for", async () => {
  const { feed, stop } = openFeed();
  await assert.rejects(feed.next("rev_none" as ReviewId, 0, patient), { code: "review.not_found" });
  await stop();
});

test("a store that can't be read fails the wait instead of leaving it open", async () => {
  const { feed, stop } = openFeed(undefined, (real) => ({
    ...real,
    changesSince: (cursor, signal) => real.changesSince(cursor, signal),
    review: () => Promise.reject(new Error("unreadable")),
  }));
  await assert.rejects(feed.next(first.id, 0, patient), { message: "unreadable" });
  await stop();
});

test("a stopped feed lets everybody go and takes nobody on", async () => {
  const { store, feed, stop } = openFeed();
  await store.openReview(first, 1, [record]);
  const waiting = feed.next(first.id, 1, patient).catch((error: Error) => error.message);
  await settled();
  await stop();
  assert.equal(await waiting, "stopped");
  await assert.rejects(feed.next(first.id, 0, patient), { message: "stopped" });
});

test("a store that fails while the feed stops does not hold it up", async () => {
  const { feed, stop } = openFeed(undefined, (real) => ({
    ...real,
    changesSince: () => Promise.reject(new Error("closed")),
    review: (id) => real.review(id),
  }));
  await settled();
  await stop();
  await feed.ended;
});

test("the number of those who wait is bounded, and places that are left are free again", async () => {
  const { store, feed, stop } = openFeed();
  await store.openReview(first, 1, [record]);
  const leaving = new AbortController();
  const waiting = Array.from({ length: waitersMax }, () =>
    feed.next(first.id, 1, leaving.signal).catch(() => "left"),
  );
  await assert.rejects(feed.next(first.id, 1, patient), { code: "review.too_many_waiting" });
  leaving.abort();
  assert.ok((await Promise.all(waiting)).every((one) => one === "left"));
  assert.equal((await feed.next(first.id, 0, patient)).version, 1);
  await stop();
});
