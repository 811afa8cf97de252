/** Tools whose definition is pinned: each once, changed by compare-and-set. */
import assert from "node:assert/strict";
import type { Digest, PersonId } from "#/core/ids.ts";
import type { PinnedTool } from "#/core/tool-pin.ts";
import { draft, personId } from "./fixtures.ts";
import type { StoreTest } from "./harness.ts";

const definition = (name: string) => ({
  digest: name.padEnd(64, "0") as Digest,
  content: { name, description: "Gives “back” – all of it.", inputSchema: { type: "object" } },
  at: 100,
});
const tool = (name: string, changes: Partial<PinnedTool> = {}): PinnedTool => ({
  connection: "payments",
  name,
  version: 1,
  pinned: { ...definition("a"), person: null },
  changed: null,
  rejected: null,
  ...changes,
});

export function testTools(storeTest: StoreTest): void {
  void storeTest(
    "a tool comes back as it was saved, also over a restart",
    async (store, reopen) => {
      const first = tool("refund");
      assert.equal(await store.saveTool(first, [draft("pinned")]), "saved");
      assert.equal(await store.saveTool(tool("pay"), [draft("other")]), "saved");
      assert.equal(
        await store.saveTool(tool("refund", { connection: "x" }), [draft("x")]),
        "saved",
      );
      const person = { id: "per_ada" as PersonId, name: "ada" };
      const second = tool("refund", {
        rejected: { ...definition("r"), person },
        version: 2,
        pinned: { ...definition("b"), person: { id: personId("ada"), name: "ada" } },
        changed: definition("c"),
      });
      assert.equal(await store.saveTool(second, [draft("changed")]), "saved");
      const again = await reopen();
      assert.deepEqual(await again.tools("payments"), [tool("pay"), second]);
      assert.deepEqual(await again.tools("none"), []);
    },
  );

  void storeTest(
    "of two changes of one version one is saved, and alone recorded",
    async (store) => {
      await store.saveTool(tool("refund"), [draft("pinned")]);
      const { size } = await store.logHead();
      const outcomes = await Promise.all([
        store.saveTool(tool("refund", { version: 2 }), [draft("one")]),
        store.saveTool(tool("refund", { version: 2, changed: definition("c") }), [draft("two")]),
        store.saveTool(tool("refund"), [draft("anew")]),
        store.saveTool(tool("unknown", { version: 3 }), [draft("unknown")]),
      ]);
      assert.deepEqual(outcomes, ["saved", "conflict", "conflict", "conflict"]);
      assert.deepEqual(await store.tools("payments"), [tool("refund", { version: 2 })]);
      assert.equal((await store.logHead()).size, size + 1);
    },
  );
}
