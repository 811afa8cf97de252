import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import type { ActionId, Digest } from "#/core/ids.ts";
import type { ActionRecords, StoredRecord } from "#/store/stored.ts";
import { createHistory } from "./history.ts";
import { payloadKey, seal } from "./log.test-support.ts";
import { policyActivatedRecord } from "./records.ts";

const digest = "ab".repeat(32) as Digest;
const anything = {
  decision: null,
  connection: null,
  principal: null,
  asker: null,
  verb: null,
  before: null,
};

test("searches take turns, call by call, and one that fails holds up no other", async () => {
  let running = 0;
  let most = 0;
  let calls = 0;
  const store = storeOf({
    async actionRecords({ before }) {
      running += 1;
      most = Math.max(most, running);
      calls += 1;
      await Promise.resolve();
      running -= 1;
      if (before === 13) throw new GatewayError("store.busy", "busy");
      return { records: [], next: null };
    },
  });
  const history = createHistory(store, payloadKey, () => digest);
  const ask = (before: number) => history.page({ ...anything, before, limit: 10 });
  const asked = await Promise.allSettled([1, 13, 2, 3].map(ask));
  assert.deepEqual(
    asked.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
  assert.deepEqual([most, calls], [1, 4]);
});

test("a page asks only for what it still lacks, and ends with the log", async () => {
  const asked: (readonly [number | null, number])[] = [];
  const found: ActionRecords[] = [
    { records: [decided(9), decided(8)], next: 5 },
    { records: [], next: 3 },
    { records: [decided(1)], next: null },
  ];
  const store = storeOf({
    async actionRecords({ before, limit }) {
      asked.push([before, limit]);
      return found[asked.length - 1] ?? { records: [], next: null };
    },
  });
  const history = createHistory(store, payloadKey, () => digest);
  const { items, next } = await history.page({ ...anything, limit: 5 });
  assert.deepEqual(
    items.map(({ action }) => action.id),
    ["act_9", "act_8", "act_1"],
  );
  assert.equal(next, null);
  assert.deepEqual(asked, [
    [null, 5],
    [5, 3],
    [3, 3],
  ]);
});

test("the words of a policy set are read once, and those of a set without any are asked for again", async () => {
  const words = [{ policy: "reads-run", text: "Reading is allowed." }];
  const activation = seal(policyActivatedRecord(digest, words, 0));
  const asked: Digest[] = [];
  const store = storeOf({
    recordsOfAction: async () => [decided(1)],
    async policyActivation(policySet) {
      asked.push(policySet);
      const isFirst = asked.length === 1;
      return isFirst ? null : { index: 0, leaf: activation.leaf, leafHash: activation.leafHash };
    },
    payloads: async (indexes) => indexes.map((index) => (index === 0 ? activation.payload : null)),
  });
  const history = createHistory(store, payloadKey, () => digest);
  const explained = async () => (await history.action("act_1" as ActionId)).reasons;
  assert.deepEqual(await explained(), [{ policy: "reads-run", text: "" }]);
  assert.deepEqual(await explained(), words);
  assert.deepEqual(await explained(), words);
  assert.equal(asked.length, 2);
});

type HistoryStore = Parameters<typeof createHistory>[0];

function storeOf(verbs: Partial<HistoryStore>): HistoryStore {
  return {
    actionRecords: async () => ({ records: [], next: null }),
    recordsOfAction: async () => [],
    latestExecutions: async (actions) => actions.map(() => null),
    payloads: async (indexes) => indexes.map(() => null),
    policyActivation: async () => null,
    ...verbs,
  };
}

/** A decision whose payload was erased. */
function decided(index: number): StoredRecord & { readonly payloadBytes: null } {
  const { leaf, leafHash } = seal({
    type: "action.allowed",
    at: 0,
    action: `act_${index}` as ActionId,
    review: null,
    body: {
      digest,
      verbs: ["sql.read"],
      connection: "shop",
      environment: "test",
      principal: { kind: "agent", name: "importer" },
      policySet: digest,
      policies: ["reads-run"],
    },
    payload: null,
  });
  return { index, leaf, leafHash, payloadBytes: null };
}
