/** The lists of reviews that are asked for, and what is counted in them. */
import assert from "node:assert/strict";
import type { ExecutionState, Review } from "#/core/review.ts";
import type { Store } from "#/store/store.ts";
import {
  askedBy,
  callerId,
  changed,
  draft,
  openedAt,
  pendingReview,
  reviewId,
} from "./fixtures.ts";
import { openMax, range, type StoreTest } from "./harness.ts";

const claimed = { state: "claimed", claimedAt: openedAt, finishedAt: null, detail: null } as const;

export function testReviewLists(storeTest: StoreTest): void {
  void storeTest(
    "the states of many reviews are told at once, each as it is now",
    async (store) => {
      const [first, second] = [pendingReview("first"), pendingReview("second")];
      await store.openReview(first, openMax, [draft("one")]);
      await store.openReview(second, openMax, [draft("two")]);
      await store.saveReview(changed(second, { state: "denied" }), [draft("denied")]);
      const unknown = pendingReview("unknown");
      const ids = [second, unknown, first, second].map(({ id }) => id);
      assert.deepEqual(await store.reviewStates(ids), ["denied", null, "pending", "denied"]);
      assert.deepEqual(await store.reviewStates([]), []);
    },
  );

  void storeTest("what is pending is counted by agent and by connection", async (store) => {
    const open = (review: Review) => store.openReview(review, openMax, [draft("opened")]);
    const counts = (max: number) =>
      store.pendingCounts(
        [
          { kind: "agent", name: "importer" },
          { kind: "connection", name: "shop" },
          { kind: "agent", name: "reporter" },
          { kind: "connection", name: "nowhere" },
          { kind: "agent", name: "shop" },
        ],
        max,
      );
    assert.deepEqual(await counts(9), [0, 0, 0, 0, 0]);
    const first = pendingReview("first");
    await Promise.all([
      open(first),
      open(pendingReview("second")),
      open(askedBy(pendingReview("third"), "reporter")),
    ]);
    assert.deepEqual(await counts(9), [2, 3, 1, 0, 0]);
    assert.deepEqual(await counts(2), [2, 2, 1, 0, 0]);
    await store.saveReview(changed(first, { state: "denied" }), [draft("denied")]);
    assert.deepEqual(await counts(9), [1, 2, 1, 0, 0]);
  });

  void storeTest("reviews are listed newest first, by state, and page by page", async (store) => {
    for (const at of range(6)) {
      const review = pendingReview(`n${at}`, { openedAt: openedAt + at });
      await store.openReview(review, openMax, [draft("opened")]);
      if (at % 2 === 0) await store.saveReview(changed(review, { state: "denied" }), [draft("d")]);
    }
    const ids = async (query: Partial<Parameters<Store["reviews"]>[0]>) => {
      const found = await store.reviews({ state: null, before: null, limit: 10, ...query });
      return found.map(({ id }) => id.slice("rev_".length));
    };
    assert.deepEqual(await ids({}), ["n5", "n4", "n3", "n2", "n1", "n0"]);
    assert.deepEqual(await ids({ limit: 2 }), ["n5", "n4"]);
    assert.deepEqual(await ids({ before: reviewId("n4"), limit: 2 }), ["n3", "n2"]);
    assert.deepEqual(await ids({ state: "pending" }), ["n5", "n3", "n1"]);
    assert.deepEqual(await ids({ state: "pending", before: reviewId("n3") }), ["n1"]);
    assert.deepEqual(await ids({ state: "expired" }), []);
    assert.deepEqual(await ids({ before: reviewId("none") }), []);
  });

  void storeTest(
    "of large reviews a call reads few, and calls one after the other read all",
    async (store) => {
      const large = range(6).map((at) => {
        const { action, ...rest } = pendingReview(`n${at}`, { openedAt: openedAt + at });
        return { ...rest, action: { ...action, command: "x".repeat(1024 * 1024) } };
      });
      for (const review of large) await store.openReview(review, openMax, [draft("opened")]);
      const seen: Review[] = [];
      for (;;) {
        const before = seen.at(-1)?.id ?? null;
        const found = await store.reviews({ state: "pending", before, limit: 100 });
        if (found.length === 0) break;
        assert.ok(found.length <= 2, `${found.length} at once`);
        seen.push(...found);
      }
      assert.deepEqual(seen, large.toReversed());
    },
  );

  void storeTest("detached are open reviews without a live caller, oldest first", async (store) => {
    const all: readonly Review[] = [
      pendingReview("younger", { openedAt: openedAt + 5 }),
      pendingReview("older"),
      pendingReview("approved", { state: "approved", openedAt: openedAt + 9 }),
      pendingReview("claimed", { state: "approved", execution: claimed }),
      pendingReview("attached", { caller: callerId("1") }),
      pendingReview("other-key", { joinKey: "other" }),
      pendingReview("denied", { state: "denied" }),
    ];
    for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
    const detached = () => store.detachedReviews("join");
    const older = reviewId("older");
    assert.deepEqual(await detached(), [older, reviewId("younger"), reviewId("approved")]);

    const joined = changed(pendingReview("older"), { caller: callerId("2") });
    await store.saveReview(joined, [draft("joined")]);
    assert.deepEqual(await detached(), [reviewId("younger"), reviewId("approved")]);
    await store.saveReview(changed(joined, { caller: null }), [draft("left")]);
    assert.deepEqual(await detached(), [older, reviewId("younger"), reviewId("approved")]);
    assert.deepEqual(await store.detachedReviews("none"), []);
  });

  void storeTest(
    "what people denied last, or asked to change, is found by what was asked, over a restart too",
    async (store, reopen) => {
      const all: readonly Review[] = [
        pendingReview("older", { state: "denied" }),
        pendingReview("last", { state: "changes_requested", openedAt: openedAt + 5 }),
        pendingReview("expired", { state: "expired", openedAt: openedAt + 7 }),
        pendingReview("approved", { state: "approved", openedAt: openedAt + 8 }),
        pendingReview("open", { openedAt: openedAt + 9 }),
        pendingReview("another", { state: "denied", joinKey: "other" }),
      ];
      for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
      assert.equal(await store.deniedReview("none"), null);
      const again = await reopen();
      assert.equal(await again.deniedReview("join"), reviewId("last"));
      assert.equal(await again.deniedReview("other"), reviewId("another"));
    },
  );

  void storeTest(
    "where nobody knows what came of the last run of the same, that is found, and of no earlier one",
    async (store, reopen) => {
      const ran = (name: string, after: number, state: ExecutionState, joinKey = "join") =>
        pendingReview(name, {
          state: "approved",
          openedAt: openedAt + after,
          joinKey,
          execution: { state, claimedAt: openedAt, finishedAt: openedAt, detail: null },
        });
      const all: readonly Review[] = [
        ran("older", 1, "executed"),
        ran("last", 2, "outcome_unknown"),
        pendingReview("open", { openedAt: openedAt + 3 }),
        ran("unknown", 4, "outcome_unknown", "again"),
        ran("done", 5, "executed", "again"),
      ];
      for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
      assert.equal(await store.unknownRun("none"), null);
      const again = await reopen();
      assert.equal(await again.unknownRun("join"), reviewId("last"));
      assert.equal(await again.unknownRun("again"), null);
    },
  );

  void storeTest(
    "a review is due from its time on: to decide it, or to claim it",
    async (store) => {
      const approved = { state: "approved", expiresAt: openedAt } as const;
      const all: readonly Review[] = [
        pendingReview("at-200", { expiresAt: openedAt + 200 }),
        pendingReview("at-100", { expiresAt: openedAt + 100 }),
        pendingReview("approved-at-300", { ...approved, validUntil: openedAt + 300 }),
        pendingReview("claimed", { ...approved, validUntil: openedAt, execution: claimed }),
        pendingReview("denied", { state: "denied", expiresAt: openedAt }),
      ];
      for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
      const due = (after: number, limit = 10) => store.dueReviews(openedAt + after, limit);
      assert.deepEqual(await due(99), []);
      assert.deepEqual(await due(100), [reviewId("at-100")]);
      assert.deepEqual(await due(300), [
        reviewId("at-100"),
        reviewId("at-200"),
        reviewId("approved-at-300"),
      ]);
      assert.deepEqual(await due(300, 2), [reviewId("at-100"), reviewId("at-200")]);
    },
  );

  void storeTest(
    "open on a connection are those that wait there, or were approved and not claimed",
    async (store) => {
      const { action } = pendingReview("any");
      const elsewhere = { ...action, resource: { ...action.resource, connection: "elsewhere" } };
      const approved = { state: "approved", validUntil: openedAt + 300 } as const;
      const all: readonly Review[] = [
        pendingReview("later", { openedAt: openedAt + 5 }),
        pendingReview("waiting", { caller: callerId("1") }),
        pendingReview("approved", { ...approved, openedAt: openedAt + 9 }),
        pendingReview("claimed", { ...approved, execution: claimed }),
        pendingReview("denied", { state: "denied" }),
        pendingReview("other", { action: elsewhere }),
      ];
      for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
      const { connection } = action.resource;
      const expected = ["waiting", "later", "approved"].map(reviewId);
      assert.deepEqual(await store.openReviews(connection), expected);
      assert.deepEqual(await store.openReviews("elsewhere"), [reviewId("other")]);
      assert.deepEqual(await store.openReviews("none"), []);
    },
  );

  void storeTest(
    "unsettled are those with a live caller or an open execution",
    async (store, reopen) => {
      const execution = (state: NonNullable<Review["execution"]>["state"]) => ({
        execution: { state, claimedAt: openedAt, finishedAt: null, detail: null },
        state: "approved" as const,
      });
      const all: readonly Review[] = [
        pendingReview("waiting", { caller: callerId("1") }),
        pendingReview("claimed", execution("claimed")),
        pendingReview("uncommitted", execution("executed_uncommitted")),
        pendingReview("detached"),
        pendingReview("executed", execution("executed")),
        pendingReview("unknown", execution("outcome_unknown")),
      ];
      for (const review of all) await store.openReview(review, openMax, [draft("opened")]);
      const again = await reopen();
      const ids = await again.unsettledReviews();
      const expected = ["waiting", "claimed", "uncommitted"].map(reviewId);
      assert.deepEqual(new Set(ids), new Set(expected));
      assert.equal(ids.length, expected.length);
    },
  );
}
