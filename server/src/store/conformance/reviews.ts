/** Reviews: compare-and-set, with their records. */
import assert from "node:assert/strict";
import type { Review } from "#/core/review.ts";
import type { Store } from "#/store/store.ts";
import {
  askedBy,
  callerId,
  changed,
  draft,
  openedAt,
  pendingCall,
  pendingReview,
  reviewId,
  unwritableDraft,
} from "./fixtures.ts";
import { nameOf, openMax, range, type StoreTest } from "./harness.ts";
import { assertTree } from "./tree.ts";

export function testReviews(storeTest: StoreTest): void {
  void storeTest("a review comes back as it was saved", async (store) => {
    const review = pendingReview("whole", { caller: callerId("1") });
    assert.equal(await store.openReview(review, openMax, [draft("opened")]), "opened");
    assert.deepEqual(await store.review(review.id), review);
    const approved = changed(review, { state: "approved", validUntil: openedAt + 9, caller: null });
    assert.equal(await store.saveReview(approved, [draft("saved")]), "saved");
    assert.deepEqual(await store.review(review.id), approved);
    assert.equal(await store.review(reviewId("none")), null);
  });

  void storeTest("a review of a call comes back as it was saved", async (store) => {
    const review = pendingCall("call");
    assert.equal(await store.openReview(review, openMax, [draft("opened")]), "opened");
    assert.deepEqual(await store.review(review.id), review);
  });

  void storeTest("state and records become durable together or not at all", async (store) => {
    const kept = pendingReview("kept");
    const lost = pendingReview("lost");
    const results = await Promise.allSettled([
      store.append([draft("before")]),
      store.openReview(lost, openMax, [draft("first"), unwritableDraft()]),
      store.openReview(kept, openMax, [draft("opened")]),
      store.saveReview(changed(kept), [unwritableDraft()]),
      store.append([draft("begun", { execution: "begun" }), unwritableDraft()]),
      store.append([draft("after")]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "rejected", "rejected", "fulfilled"],
    );
    assert.equal(await store.review(lost.id), null);
    assert.deepEqual(await store.review(kept.id), kept);
    assert.deepEqual(await store.pendingExecutions(), []);
    const names = (await store.records(0, 10)).map(nameOf);
    assert.equal(names.length, 3);
    assert.deepEqual(new Set(names), new Set(["after", "before", "opened"]));
    assert.deepEqual(store.status(), { state: "ready" });
    await assertTree(store);
  });

  void storeTest(
    "what one agent has piled up is in front of one more of its own, not of a verdict or another agent",
    async (store) => {
      const review = pendingReview("quick");
      await store.openReview(review, openMax, [draft("opened")]);
      const done: string[] = [];
      const append = async (name: string, agent: string, chars: number) => {
        const principal = { kind: "agent", name: agent };
        const payload = { command: "x".repeat(chars) };
        await store.append([draft(name, { body: { name, principal }, payload })]);
        done.push(name);
      };
      const piled = range(8).map((at) => append(`piled-${at}`, "one", 1_000_000));
      const verdict = store.saveReview(changed(review), [draft("saved")]);
      await Promise.all([
        ...piled,
        verdict.then(() => done.push("verdict")),
        append("other", "other", 1_000_000),
        append("small", "other", 10),
      ]);
      const large = done.filter((name) => name !== "small");
      assert.ok(large.indexOf("verdict") <= 1 && large.indexOf("other") <= 3, large.join(" "));
      // Besides, nobody says when: its way may be another one.
      assert.ok(done.indexOf("small") < done.indexOf("piled-7"), done.join(" "));
    },
  );

  void storeTest(
    "of a hundred saves of one version exactly one wins, and is recorded",
    async (store) => {
      const review = pendingReview("raced");
      await store.openReview(review, openMax, [draft("opened")]);
      const answers = await Promise.all(
        range(100).map((racer) =>
          store.saveReview(changed(review, { note: `${racer}` }), [draft(`racer-${racer}`)]),
        ),
      );
      const winners = range(100).filter((racer) => answers[racer] === "saved");
      assert.equal(winners.length, 1);
      assert.equal((await store.review(review.id))?.note, `${winners[0]}`);
      const names = (await store.records(0, 200)).map(nameOf);
      assert.deepEqual(names, ["opened", `racer-${winners[0]}`]);
    },
  );

  void storeTest(
    "a save on another version, or of an unknown review, changes nothing",
    async (store) => {
      const review = pendingReview("versioned");
      await store.openReview(review, openMax, [draft("opened")]);
      for (const version of [1, 3]) {
        assert.equal(await store.saveReview({ ...review, version }, [draft("no")]), "conflict");
      }
      const unknown = changed(pendingReview("unknown"));
      assert.equal(await store.saveReview(unknown, [draft("no")]), "conflict");
      assert.deepEqual(await store.review(review.id), review);
      assert.equal(await store.review(unknown.id), null);
      assert.equal((await store.logHead()).size, 1);
    },
  );

  void storeTest("a principal never has more reviews pending than allowed", async (store) => {
    const answers = await Promise.all(
      range(30).map((racer) =>
        store.openReview(pendingReview(`${racer}`), 5, [draft(`racer-${racer}`)]),
      ),
    );
    assert.equal(answers.filter((answer) => answer === "opened").length, 5);
    assert.equal((await store.logHead()).size, 5);
    assert.equal((await store.reviews({ state: "pending", before: null, limit: 30 })).length, 5);

    const other = askedBy(pendingReview("other"), "another");
    assert.equal(await store.openReview(other, 5, [draft("other")]), "opened");
    const late = pendingReview("late");
    assert.equal(await store.openReview(late, 5, [draft("late")]), "too_many");
    const [first] = await pendingOf(store, "importer");
    assert.ok(first !== undefined);
    await store.saveReview(changed(first, { state: "denied" }), [draft("denied")]);
    assert.equal(await store.openReview(late, 5, [draft("late")]), "opened");
  });
}

async function pendingOf(store: Store, agent: string): Promise<readonly Review[]> {
  const pending = await store.reviews({ state: "pending", before: null, limit: 100 });
  return pending.filter(({ action }) => action.principal.name === agent);
}
