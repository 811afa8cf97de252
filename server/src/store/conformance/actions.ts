/** The history of actions: walked in pages, while the log grows. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { ActionId, Digest } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Store } from "#/store/store.ts";
import type { ActionRecord, ActionRecordsQuery, StoredRecord } from "#/store/stored.ts";
import { draft, openedAt } from "./fixtures.ts";
import { range, type StoreTest } from "./harness.ts";

type Filter = Omit<ActionRecordsQuery, "before" | "limit">;

const everything: Filter = {
  decision: null,
  connection: null,
  principal: null,
  asker: null,
  verb: null,
};
/** More than any engine should look through at once. */
const manyRecords = 3000;

export function testActions(storeTest: StoreTest): void {
  void storeTest(
    "walking all pages gives exactly the matching actions, newest first, none twice, while records are appended",
    async (store) => {
      const drafts = mixed(1700, 1);
      await store.append(drafts);
      await fc.assert(
        fc.asyncProperty(filters, fc.integer({ min: 1, max: 700 }), async (filter, limit) => {
          const { size } = await store.logHead();
          const known = drafts.slice(0, size);
          const found = await walk(store, filter, limit, async () => {
            const added = mixed(3, drafts.length);
            drafts.push(...added);
            await store.append(added);
          });
          const expected = [...known.keys()].filter((index) => matches(known[index], filter));
          assert.deepEqual(
            found.map(({ index }) => index),
            expected.toReversed(),
          );
        }),
        { numRuns: 40 },
      );
    },
  );

  void storeTest("one call looks at a part of the log, and says where to go on", async (store) => {
    await store.append([action("action.denied", 0, "rare")]);
    for (let added = 0; added < manyRecords; added += 1000) {
      await store.append(range(1000).map((at) => action("action.denied", at, "shop")));
    }
    for (const decision of [null, "deny"] as const) {
      const query = { ...everything, decision, connection: "rare", limit: 10 };
      const first = await store.actionRecords({ ...query, before: null });
      assert.deepEqual(first.records, []);
      assert.ok(first.next !== null && first.next > 0 && first.next < manyRecords);
      const found = await walk(store, query, 10);
      assert.deepEqual(indexesOf(found), [0]);
    }
  });

  void storeTest("what is denied or held is found at once in a log of any size", async (store) => {
    await store.append([action("action.denied", 0, "shop"), action("action.held", 0, "shop")]);
    await store.append(range(manyRecords).map((at) => action("action.allowed", at, "shop")));
    for (const [index, decision] of (["deny", "review"] as const).entries()) {
      const query = { ...everything, decision, before: null, limit: 10 };
      const { records, next } = await store.actionRecords(query);
      assert.deepEqual(indexesOf(records), [index]);
      assert.equal(next, null);
    }
  });

  void storeTest("a decision comes with its leaf and the size of its payload", async (store) => {
    await store.append([
      action("action.allowed", 0, "shop"),
      { ...action("action.denied", 1, "shop"), payload: null },
    ]);
    const query = { ...everything, before: null, limit: 10 };
    const { records } = await store.actionRecords(query);
    const plain = records.map(({ payloadBytes: _, ...record }) => record);
    assert.deepEqual(plain.toReversed(), await store.records(0, 10));
    const payloads = await store.payloads([1, 0]);
    assert.deepEqual(
      records.map(({ payloadBytes }) => payloadBytes),
      payloads.map((payload) => payload?.length ?? null),
    );
  });

  void storeTest(
    "the latest execution of each action is found, in the order asked",
    async (store) => {
      const of = (name: string, type: RecordDraft["type"]) => draft(name, { type, payload: null });
      await store.append([
        of("twice", "action.held"),
        of("twice", "execution.claimed"),
        of("once", "action.allowed"),
        of("never", "action.denied"),
        of("twice", "execution.completed"),
        of("twice", "review.detached"),
        of("once", "execution.failed"),
      ]);
      const asked = ["once", "never", "twice", "unknown"].map((name) => `act_${name}` as ActionId);
      const found = await store.latestExecutions(asked);
      assert.deepEqual(
        found.map((record) => record?.index ?? null),
        [6, null, 4, null],
      );
      assert.deepEqual(found[0], (await store.records(6, 1))[0]);
    },
  );

  void storeTest("a policy set is found by its latest activation", async (store) => {
    const activated = (policySet: string) =>
      draft("set", { type: "policy.activated", action: null, body: { policySet } });
    await store.append([activated("aa"), draft("between"), activated("bb"), activated("aa")]);
    // Names the set, and is no activation of it.
    await store.append([draft("decided", { body: { policySet: "aa" } })]);
    const at = async (policySet: string) =>
      (await store.policyActivation(policySet as Digest))?.index ?? null;
    assert.deepEqual([await at("aa"), await at("bb"), await at("cc")], [3, 2, null]);
  });
}

const connections = ["shop", "crm"];
const principals = ["importer", "reporter", null];
const verbs = ["sql.read", "sql.write", "sql.schema"];

const filters: fc.Arbitrary<Filter> = fc.record({
  decision: fc.constantFrom(null, null, "allow", "deny", "review"),
  connection: fc.constantFrom(null, ...connections, "nowhere"),
  principal: fc.constantFrom(null, "importer", "reporter", "nobody"),
  asker: fc.constantFrom(null, null, "clients", "gateway"),
  verb: fc.constantFrom(null, ...verbs, "sql.admin"),
});

const types = [
  "action.allowed",
  "execution.completed",
  "action.denied",
  "action.allowed",
  "review.opened",
  "action.held",
  "action.allowed",
] as const;

/** The same ones in each run, from this number on. */
function mixed(count: number, seed: number): RecordDraft[] {
  return range(count).map((offset) => {
    const at = seed + offset;
    // Park and Miller's generator, so that no two properties go in step.
    const draw = (of: number, salt: number) => (((at * 7919 + salt) * 48_271) % 0x7fffffff) % of;
    const record = action(types[draw(types.length, 1)] ?? "action.allowed", at, "");
    return {
      ...record,
      body: {
        connection: connections[draw(connections.length, 2)] ?? "",
        principal: {
          kind: draw(4, 9) === 0 ? "gateway" : "agent",
          name: principals[draw(principals.length, 3)] ?? null,
        },
        verbs: verbs.filter((_, index) => draw(2, 4 + index) === 0),
      },
    };
  });
}

function action(type: RecordDraft["type"], at: number, connection: string): RecordDraft {
  return {
    type,
    at: openedAt + at,
    action: `act_${at}` as ActionId,
    review: null,
    body: { connection, principal: { kind: "agent", name: "importer" }, verbs: ["sql.read"] },
    payload: { at },
  };
}

/** What a query has to find, said another way than any engine does. */
function matches(record: RecordDraft | undefined, filter: Filter): boolean {
  if (record === undefined) return false;
  const { type, body } = record;
  const kinds = { allow: "action.allowed", deny: "action.denied", review: "action.held" } as const;
  const wanted: readonly string[] =
    filter.decision === null ? Object.values(kinds) : [kinds[filter.decision]];
  const { kind, name } = body["principal"] as {
    readonly kind: string;
    readonly name: string | null;
  };
  return (
    wanted.includes(type) &&
    (filter.connection === null || body["connection"] === filter.connection) &&
    (filter.principal === null || name === filter.principal) &&
    (filter.asker === null || (filter.asker === "gateway") === (kind === "gateway")) &&
    (filter.verb === null || (body["verbs"] as readonly string[]).includes(filter.verb))
  );
}

async function walk(
  store: Store,
  filter: Filter,
  limit: number,
  between: () => Promise<void> = async () => {},
): Promise<readonly ActionRecord[]> {
  const found: ActionRecord[] = [];
  for (let before: number | null = null; ; ) {
    const page = await store.actionRecords({ ...filter, before, limit });
    assert.ok(page.records.length <= limit);
    assert.ok(page.next === null || before === null || page.next < before, "it gets on");
    found.push(...page.records);
    if (page.next === null) return found;
    before = page.next;
    await between();
  }
}

function indexesOf(records: readonly StoredRecord[]): readonly number[] {
  return records.map(({ index }) => index);
}
