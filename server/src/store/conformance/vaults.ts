/** Vaults of pseudonyms: one of each scope, for a lifetime, and its numbers once. */
import assert from "node:assert/strict";
import type { FreshVault, StoredPseudonym } from "#/store/stored.ts";
import { openMax, range, type StoreTest } from "./harness.ts";

const fresh: FreshVault = { scope: "ada at shop", key: "key one", expiresAt: 100 };
const sealed = (at: number): StoredPseudonym => ({ at, sealed: `sealed ${at}` });

export function testVaults(storeTest: StoreTest): void {
  void storeTest(
    "a vault is the same until its lifetime ends, also over a restart",
    async (store, reopen) => {
      const made = await store.openVault(fresh, 10, openMax);
      assert.deepEqual([made?.counts, made?.isFirst], [{}, true]);
      const { scope, expiresAt } = fresh;
      const added = { scope, expiresAt, counts: { email: 2 }, pseudonyms: [sealed(1), sealed(2)] };
      assert.equal(await store.addPseudonyms(added), "added");
      const again = await reopen();
      const other = { scope, key: "key two", expiresAt: 200 };
      const opened = await again.openVault(other, 99, openMax);
      assert.equal(opened?.key, fresh.key);
      assert.deepEqual(
        [opened?.expiresAt, opened?.counts, opened?.isFirst],
        [100, { email: 2 }, false],
      );
      assert.deepEqual(await again.pseudonyms(scope, 0, 10), [sealed(1), sealed(2)]);
    },
  );

  void storeTest(
    "what a vault keeps is read behind a place, so much of it at a time",
    async (store) => {
      await store.openVault(fresh, 10, openMax);
      await store.openVault({ ...fresh, scope: "other" }, 10, openMax);
      const { scope, expiresAt } = fresh;
      const pseudonyms = range(5).map((at) => sealed(at + 1));
      await store.addPseudonyms({ scope, expiresAt, counts: {}, pseudonyms });
      assert.deepEqual(
        (await store.pseudonyms(scope, 2, 2)).map(({ at }) => at),
        [3, 4],
      );
      assert.deepEqual(await store.pseudonyms("other", 0, 10), []);
    },
  );

  void storeTest("an end takes key and values away, and the counts stay", async (store) => {
    const { scope, expiresAt } = fresh;
    await store.openVault(fresh, 10, openMax);
    const addition = { scope, expiresAt, counts: { email: 1 }, pseudonyms: [sealed(1)] };
    await store.addPseudonyms(addition);
    await store.endVaults(100);
    assert.equal((await store.pseudonyms(scope, 0, 10)).length, 1);
    await store.endVaults(101);
    assert.deepEqual(await store.pseudonyms(scope, 0, 10), []);
    assert.equal(await store.addPseudonyms({ ...addition, pseudonyms: [sealed(2)] }), "over");
    const next = await store.openVault({ scope, key: "key three", expiresAt: 300 }, 101, openMax);
    assert.equal(next?.key, "key three");
    assert.deepEqual([next?.expiresAt, next?.counts, next?.isFirst], [300, { email: 1 }, false]);
  });

  void storeTest(
    "a lifetime that is over makes a vault anew before anybody has ended it",
    async (store) => {
      const { scope, expiresAt } = fresh;
      await store.openVault(fresh, 10, openMax);
      await store.addPseudonyms({
        scope,
        expiresAt,
        counts: { email: 1 },
        pseudonyms: [sealed(1)],
      });
      const next = await store.openVault({ ...fresh, expiresAt: 300 }, 100, openMax);
      assert.deepEqual([next?.expiresAt, next?.counts, next?.isFirst], [300, { email: 1 }, false]);
      assert.deepEqual(await store.pseudonyms(scope, 0, 10), []);
      const late = { scope, expiresAt, counts: {}, pseudonyms: [sealed(2)] };
      assert.equal(await store.addPseudonyms(late), "over");
    },
  );

  void storeTest(
    "no more vaults are open than may be, and an ended one makes room",
    async (store) => {
      const vault = (scope: string, expiresAt: number) => ({ ...fresh, scope, expiresAt });
      assert.ok((await store.openVault(vault("one", 50), 10, 2)) !== null);
      assert.ok((await store.openVault(vault("two", 100), 10, 2)) !== null);
      assert.equal(await store.openVault(vault("three", 100), 10, 2), null);
      assert.ok((await store.openVault(vault("two", 100), 10, 2)) !== null);
      await store.endVaults(60);
      assert.ok((await store.openVault(vault("three", 100), 60, 2)) !== null);
    },
  );
}
