/** The wake-up: nothing that changed is missed. */
import assert from "node:assert/strict";
import type { Review } from "#/core/review.ts";
import type { Store } from "#/store/store.ts";
import { changed, draft, pendingReview, reviewId } from "./fixtures.ts";
import { never, openMax, range, type StoreTest } from "./harness.ts";

export function testChanges(storeTest: StoreTest): void {
  void storeTest("changes come in order, each review once, with its latest", async (store) => {
    const [a, b, c] = [pendingReview("a"), pendingReview("b"), pendingReview("c")];
    for (const review of [a, b, c]) await store.openReview(review, openMax, [draft("opened")]);
    await store.saveReview(changed(a), [draft("saved")]);
    const first = await store.changesSince(0, never());
    assert.deepEqual(first.reviews, [b.id, c.id, a.id]);
    await store.saveReview(changed(b), [draft("saved")]);
    const second = await store.changesSince(first.cursor, never());
    assert.deepEqual(second.reviews, [b.id]);
    assert.ok(second.cursor > first.cursor);
    assert.equal(await store.latestChange(), second.cursor);
  });

  void storeTest("before the first change the latest is none", async (store) => {
    await store.append([draft("no change of a review")]);
    assert.equal(await store.latestChange(), 0);
  });

  void storeTest(
    "whoever waits is woken by the next change, and only by a change",
    async (store) => {
      const { cursor } = await openAndFollow(store, pendingReview("known"));
      let isWoken = false;
      const waits = store.changesSince(cursor, never()).then((changes) => {
        isWoken = true;
        return changes;
      });
      await store.append([draft("no change of a review")]);
      const conflict = { ...pendingReview("known"), version: 7 };
      await store.saveReview(conflict, [draft("conflict")]);
      await store.records(0, 1);
      assert.equal(isWoken, false);
      await store.saveReview(changed(pendingReview("known")), [draft("saved")]);
      assert.deepEqual((await waits).reviews, [reviewId("known")]);
    },
  );

  void storeTest("an abort ends the wait with nothing, at the same cursor", async (store) => {
    const abort = new AbortController();
    const waits = store.changesSince(0, abort.signal);
    abort.abort();
    assert.deepEqual(await waits, { cursor: 0, reviews: [] });
    assert.deepEqual(await store.changesSince(0, abort.signal), { cursor: 0, reviews: [] });
  });

  void storeTest("no change is lost on those who follow while many are made", async (store) => {
    const reviews = range(20).map((at) => pendingReview(`${at}`));
    const versions = 10;
    const followers = range(5).map(() => follow(store, reviews.length, versions));
    await Promise.all(
      reviews.map(async (review) => {
        await store.openReview(review, openMax, [draft("opened")]);
        for (let current = review; current.version < versions; ) {
          current = changed(current);
          assert.equal(await store.saveReview(current, [draft("saved")]), "saved");
        }
      }),
    );
    for (const seen of await Promise.all(followers)) assert.equal(seen.size, reviews.length);
  });

  void storeTest("a cursor holds over a restart", async (store, reopen) => {
    const { cursor } = await openAndFollow(store, pendingReview("seen"));
    await store.openReview(pendingReview("missed"), openMax, [draft("opened")]);
    const again = await reopen();
    const changes = await again.changesSince(cursor, never());
    assert.deepEqual(changes.reviews, [reviewId("missed")]);
    const waits = again.changesSince(changes.cursor, never());
    await again.openReview(pendingReview("later"), openMax, [draft("opened")]);
    assert.deepEqual((await waits).reviews, [reviewId("later")]);
  });
}

async function openAndFollow(store: Store, review: Review) {
  await store.openReview(review, openMax, [draft("opened")]);
  return await store.changesSince(0, never());
}

/** Follows until every one of so many reviews has been seen at this version. */
async function follow(
  store: Store,
  reviews: number,
  version: number,
): Promise<ReadonlySet<string>> {
  const finished = new Set<string>();
  for (let cursor = 0; finished.size < reviews; ) {
    const changes = await store.changesSince(cursor, never());
    assert.ok(changes.cursor > cursor);
    cursor = changes.cursor;
    for (const id of changes.reviews) {
      if ((await store.review(id))?.version === version) finished.add(id);
    }
  }
  return finished;
}
