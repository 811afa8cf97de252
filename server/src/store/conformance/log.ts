/** The log: indexes, order, tree, payloads. */
import assert from "node:assert/strict";
import type { ActionId } from "#/core/ids.ts";
import { draft, pendingReview, secretCommand } from "./fixtures.ts";
import { nameOf, openMax, range, type StoreTest } from "./harness.ts";
import { assertTree, leafHash, signedHead } from "./tree.ts";

export function testLog(storeTest: StoreTest): void {
  void storeTest("a new log is empty and has a signed head", async (store) => {
    const { size, checkpoint } = await store.logHead();
    assert.equal(size, 0);
    assert.equal(signedHead(checkpoint).size, 0);
    assert.deepEqual(await store.records(0, 10), []);
    assert.deepEqual(await store.nodes([{ level: 0, index: 0 }]), [null]);
  });

  void storeTest("a record is stored with its leaf hash, at the index it has", async (store) => {
    await store.append([draft("before")]);
    await store.append([draft("a"), draft("b")]);
    const records = await store.records(1, 10);
    assert.deepEqual(
      records.map((record) => [record.index, nameOf(record)]),
      [
        [1, "a"],
        [2, "b"],
      ],
    );
    for (const record of records) {
      assert.deepEqual(Buffer.from(record.leafHash), leafHash(record.leaf));
    }
  });

  void storeTest(
    "what has resolved stands before what is asked for afterwards, of whatever kind",
    async (store) => {
      await Promise.all(
        range(20).map(async (writer) => {
          const review = pendingReview(`${writer}`);
          await store.append([draft(`${writer}-1`)]);
          await store.openReview(review, openMax, [draft(`${writer}-2`)]);
          await store.append([draft(`${writer}-3`)]);
          const payload = { command: "x".repeat(writer * 30_000) };
          await store.append([draft(`${writer}-4`, { payload })]);
          await store.saveReview({ ...review, version: 2 }, [draft(`${writer}-5`)]);
        }),
      );
      const names = (await store.records(0, 200)).map(nameOf);
      for (const writer of range(20)) {
        const own = names.filter((name) => name?.startsWith(`${writer}-`));
        assert.deepEqual(
          own,
          [1, 2, 3, 4, 5].map((step) => `${writer}-${step}`),
        );
      }
      await assertTree(store);
    },
  );

  void storeTest("indexes are consecutive, and a verb's records stand together", async (store) => {
    const verbs = range(200).map((verb) => range(1 + (verb % 4)).map((part) => `${verb}-${part}`));
    await Promise.all(verbs.map((names) => store.append(names.map((name) => draft(name)))));
    const records = await store.records(0, 1000);
    assert.deepEqual(
      records.map(({ index }) => index),
      range(verbs.flat().length),
    );
    const names = records.map(nameOf);
    for (const own of verbs) {
      const first = names.indexOf(own[0]);
      assert.deepEqual(names.slice(first, first + own.length), own);
    }
  });

  void storeTest("records stand in the order in which the verbs took effect", async (store) => {
    const review = pendingReview("ordered");
    await store.openReview(review, openMax, [draft("v1")]);
    // Each save is possible only after the one before it.
    await Promise.all(
      range(20).map((step) =>
        store.saveReview({ ...review, version: step + 2 }, [draft(`v${step + 2}`)]),
      ),
    );
    const stored = await store.review(review.id);
    const names = (await store.records(0, 100)).map(nameOf);
    assert.deepEqual(
      names,
      range(stored?.version ?? 0).map((step) => `v${step + 1}`),
    );
  });

  void storeTest(
    "the tree is that of the records, and its root is signed",
    async (store, reopen) => {
      for (const count of [1, 1, 2, 3, 1, 64, 7]) {
        await store.append(range(count).map((part) => draft(`${count}-${part}`)));
        await assertTree(store);
      }
      const again = await reopen();
      await Promise.all(range(50).map((verb) => again.append([draft(`more-${verb}`)])));
      await assertTree(again);
    },
  );

  void storeTest("an action's records are found by it, in order", async (store) => {
    await Promise.all(
      range(30).map((verb) =>
        store.append([draft(`${verb % 3}`), draft("nobody", { action: null })]),
      ),
    );
    const records = await store.recordsOfAction("act_1" as ActionId, 100);
    assert.equal(records.length, 10);
    assert.deepEqual(new Set(records.map(nameOf)), new Set(["1"]));
    assert.deepEqual(
      records.map(({ index }) => index),
      sorted(records.map(({ index }) => index)),
    );
    assert.deepEqual(await store.recordsOfAction("act_1" as ActionId, 4), records.slice(0, 4));
    assert.deepEqual(await store.recordsOfAction("act_none" as ActionId, 100), []);
  });

  void storeTest(
    "records are read from an index on, at most as many as asked for",
    async (store) => {
      await store.append(range(10).map((part) => draft(`${part}`)));
      assert.deepEqual(
        (await store.records(7, 2)).map(({ index }) => index),
        [7, 8],
      );
      assert.deepEqual(await store.records(10, 5), []);
    },
  );

  void storeTest("payloads are kept sealed, by the index of their record", async (store) => {
    await store.append([draft("with"), draft("without", { payload: null })]);
    const [first, second, none] = await store.payloads([0, 1, 2]);
    assert.ok(first instanceof Uint8Array);
    assert.ok(!Buffer.from(first).includes(secretCommand));
    assert.deepEqual([second, none], [null, null]);
  });

  void storeTest("a value that no record can hold is refused, not dropped", async (store) => {
    for (const value of [Number.NaN, undefined, 1n]) {
      const record = draft("odd", { body: { value: value as never } });
      await assert.rejects(store.append([record]));
    }
    assert.equal((await store.logHead()).size, 0);
  });
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
