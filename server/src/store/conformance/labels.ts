/** What sessions have read: one document of each, replaced as a whole. */
import assert from "node:assert/strict";
import type { KeptLabels } from "#/core/label.ts";
import { range, type StoreTest } from "./harness.ts";

const kept = (scope: string, at = 100, document = `of ${scope}`): KeptLabels => {
  return { scope, at, document };
};

export function testLabels(storeTest: StoreTest): void {
  void storeTest(
    "what a session has read comes back as it was kept last, also over a restart",
    async (store, reopen) => {
      await store.keepLabels(kept("bot"));
      await store.keepLabels(kept("other"));
      await store.keepLabels(kept("bot", 200, "“more” – now"));
      const again = await reopen();
      assert.deepEqual(await again.keptLabels("", 10), [
        kept("bot", 200, "“more” – now"),
        kept("other"),
      ]);
    },
  );

  void storeTest(
    "what sessions have read is read behind one of them, so much at a time",
    async (store) => {
      for (const at of range(5)) await store.keepLabels(kept(`s${at}`));
      const scopes = async (after: string, limit: number) =>
        (await store.keptLabels(after, limit)).map(({ scope }) => scope);
      assert.deepEqual(await scopes("", 2), ["s0", "s1"]);
      assert.deepEqual(await scopes("s1", 10), ["s2", "s3", "s4"]);
      assert.deepEqual(await scopes("s4", 10), []);
    },
  );

  void storeTest("what was kept before a time is removed, and nothing else", async (store) => {
    for (const at of [100, 200, 300]) await store.keepLabels(kept(`s${at}`, at));
    await store.forgetLabels(200);
    assert.deepEqual(
      (await store.keptLabels("", 10)).map(({ at }) => at),
      [200, 300],
    );
  });
}
