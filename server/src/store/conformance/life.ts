/** Restart and close. */
import assert from "node:assert/strict";
import type { ActionId } from "#/core/ids.ts";
import { draft, pendingReview } from "./fixtures.ts";
import { nameOf, never, openMax, range, type StoreTest } from "./harness.ts";
import { assertTree } from "./tree.ts";

export function testLife(storeTest: StoreTest): void {
  void storeTest(
    "everything is there after a restart, and goes on from there",
    async (store, reopen) => {
      const review = pendingReview("kept");
      await store.openReview(review, openMax, [draft("a")]);
      await store.append([draft("b"), draft("c")]);
      const before = await store.records(0, 10);
      const head = await store.logHead();
      const payloads = await store.payloads([0, 1, 2]);

      const again = await reopen();
      assert.deepEqual(await again.records(0, 10), before);
      assert.deepEqual(await again.logHead(), head);
      assert.deepEqual(await again.payloads([0, 1, 2]), payloads);
      assert.deepEqual(await again.review(review.id), review);
      await again.append([draft("d")]);
      assert.deepEqual((await again.records(3, 10)).map(nameOf), ["d"]);
      await assertTree(again);
    },
  );

  void storeTest("a read sees everything that was acknowledged before it", async (store) => {
    const review = pendingReview("watched");
    await store.openReview(review, openMax, [draft("opened")]);
    await Promise.all(
      range(50).map(async (at) => {
        await store.append([draft(`${at}`)]);
        const [head, records, ofAction] = await Promise.all([
          store.logHead(),
          store.records(0, 100),
          store.recordsOfAction(`act_${at}` as ActionId, 9),
        ]);
        assert.ok(records.map(nameOf).includes(`${at}`));
        assert.equal(ofAction.length, 1);
        assert.ok((ofAction[0]?.index ?? head.size) < head.size);
      }),
    );
  });

  void storeTest(
    "closing finishes what was accepted and refuses what comes later",
    async (store, reopen) => {
      const accepted = range(20).map((at) => store.append([draft(`${at}`)]));
      const read = store.logHead();
      const waits = store.changesSince(0, never());
      const closed = store.close();
      const later = [
        store.append([draft("late")]),
        store.logHead(),
        store.changesSince(0, never()),
      ];
      for (const verb of [waits, ...later]) {
        await assert.rejects(verb, { code: "store.closed" });
      }
      assert.equal((await Promise.all(accepted)).length, 20);
      await read;
      await closed;
      await store.close();
      assert.deepEqual(store.status(), { state: "closed" });
      assert.equal((await (await reopen()).logHead()).size, 20);
    },
  );
}
