import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Resource } from "#/core/action.ts";
import { type McpFacts, noFacts, unclaimed } from "#/core/facts.ts";
import { type DataClass, dataClasses, overflowLabel } from "#/core/label.ts";
import type { Principal } from "#/core/principal.ts";
import { manualClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import { labelsMax } from "./held-labels.ts";
import { type LabelStore, labelKeptEveryMs, labelLifetimeMs, loadLabels } from "./kept-labels.ts";
import { createSessionLabels, labelledPrincipalsMax } from "./session-labels.ts";
import { connectionsToldMax, toolsToldMax } from "./session-reads.ts";

const data: Readonly<Record<string, DataClass>> = { crm: "confidential", web: "untrusted" };
const agent = (name: string): Principal => ({
  kind: "agent",
  name,
  groups: [],
  onBehalfOf: null,
  people: [],
});
const resource = (connection: string): Resource => ({
  kind: "mcp",
  connection,
  environment: "test",
  labels: {},
  endpoint: "stdio:x",
});
const facts = (name: string): McpFacts => ({
  family: "mcp",
  method: "tools/call",
  name,
  arguments: {},
  rounded: [],
  claims: unclaimed,
  definition: "pinned",
  toolClass: "read",
  flags: [],
  saysOpenWorld: false,
  literals: [],
});
const call = (connection: string, tool: string, principal = agent("a")) => ({
  principal,
  resource: resource(connection),
  facts: facts(tool),
});
const open = () => {
  const clock = manualClock(0);
  const labels = createSessionLabels({ clock, dataOf: (name) => data[name] ?? null });
  return { clock, labels };
};

test("what a session reads is told by connection, by what its data is, by tool and by what was masked", () => {
  const { labels } = open();
  assert.deepEqual(labels.of(agent("a")), []);
  void labels.take(call("crm", "get_contact"));
  void labels.take({ principal: agent("a"), resource: resource("shop"), facts: noFacts });
  void labels.takeMasked(agent("a"), { email: 3, column: 1 });
  assert.deepEqual(labels.of(agent("a")), [
    "confidential",
    "connection:crm",
    "connection:shop",
    "masked:column",
    "masked:email",
    "tool:crm/get_contact",
  ]);
  assert.deepEqual(labels.of(agent("b")), []);
  const uri = { ...facts("file:///a"), method: "resources/read" } as const;
  void labels.take({ principal: agent("b"), resource: resource("web"), facts: uri });
  assert.deepEqual(labels.of(agent("b")), ["connection:web", "untrusted"]);
  assert.deepEqual(labels.of({ ...agent("a"), kind: "service" }), []);
});

test("people are told where it was read, by which tools and since when, what is confidential first", () => {
  const { clock, labels } = open();
  void labels.take({ principal: agent("a"), resource: resource("shop"), facts: noFacts });
  clock.advance(5);
  void labels.take(call("web", "read_page"));
  clock.advance(5);
  void labels.take(call("crm", "get_contact"));
  void labels.take({
    ...call("crm", "sk_live_4242"),
    facts: { ...facts("x"), definition: "unknown" },
  });
  void labels.takeMasked(agent("a"), { email: 3 });
  clock.advance(5);
  void labels.take(call("crm", "get_contact"));
  assert.deepEqual(labels.reads(agent("a")), {
    from: [
      {
        connection: "crm",
        data: "confidential",
        tools: ["get_contact"],
        toolsMore: 1,
        since: 10,
        at: 15,
      },
      { connection: "web", data: "untrusted", tools: ["read_page"], toolsMore: 0, since: 5, at: 5 },
      { connection: "shop", data: null, tools: [], toolsMore: 0, since: 0, at: 0 },
    ],
    fromMore: 0,
    masked: ["email"],
    isMore: false,
  });
  assert.deepEqual(labels.reads(agent("b")).from, []);
});

test("what people are told of it is bounded, and says that there is more", () => {
  const { clock, labels } = open();
  for (let at = 0; at < connectionsToldMax + 3; at += 1) void labels.take(call(`c${at}`, "x"));
  for (let at = 0; at < toolsToldMax + 2; at += 1) void labels.take(call("crm", `get_${at}`));
  const { from, fromMore, isMore } = labels.reads(agent("a"));
  assert.deepEqual([from.length, fromMore, isMore], [connectionsToldMax, 4, false]);
  assert.deepEqual(
    [from[0]?.connection, from[0]?.tools.length, from[0]?.toolsMore],
    ["crm", toolsToldMax, 2],
  );
  for (let at = 0; at < labelsMax; at += 1) void labels.take(call("shop", `put_${at}`));
  assert.equal(labels.reads(agent("a")).isMore, true);
  clock.advance(labelLifetimeMs);
  assert.deepEqual(labels.reads(agent("a")), { from: [], fromMore: 0, masked: [], isMore: false });
});

test("where its owner says nothing of a connection, a tool whose server says that it reaches anybody's words makes what is read untrusted", () => {
  const { labels } = open();
  const opening = (connection: string) => {
    return { ...call(connection, "fetch"), facts: { ...facts("fetch"), saysOpenWorld: true } };
  };
  void labels.take(call("shop", "get_order"));
  assert(!labels.of(agent("a")).includes("untrusted"));
  void labels.take(opening("crm"));
  assert(!labels.of(agent("a")).includes("untrusted"), "what its owner says counts");
  void labels.take(opening("shop"));
  assert(labels.of(agent("a")).includes("untrusted"));
  assert.deepEqual(
    labels.reads(agent("a")).from.map(({ connection, data: of }) => [connection, of]),
    [
      ["crm", "confidential"],
      ["shop", "untrusted"],
    ],
  );
});

test("a label goes when nothing of its kind was read for its lifetime, and no sooner", () => {
  const { clock, labels } = open();
  void labels.take(call("crm", "get_contact"));
  clock.advance(labelLifetimeMs - 1);
  void labels.take(call("web", "get_page"));
  assert(labels.of(agent("a")).includes("confidential"));
  clock.advance(1);
  assert.deepEqual(labels.of(agent("a")), ["connection:web", "tool:web/get_page", "untrusted"]);
  void labels.take(call("web", "get_page"));
  clock.advance(labelLifetimeMs - 1);
  assert(labels.of(agent("a")).includes("untrusted"));
  clock.advance(1);
  assert.deepEqual(labels.of(agent("a")), []);
});

test("the same labels are the same list, so that what is remembered of them is found again", () => {
  const { labels } = open();
  void labels.take(call("crm", "get_contact"));
  const list = labels.of(agent("a"));
  void labels.take(call("crm", "get_contact", { ...agent("a") }));
  assert.equal(labels.of(agent("a")), list);
});

test("of whom too much would have to be kept counts as having read everything", () => {
  const { labels } = open();
  for (let at = 0; at < labelsMax + 10; at += 1) void labels.take(call("shop", `get_${at}`));
  const list = labels.of(agent("a"));
  for (const each of [...dataClasses, overflowLabel]) assert(list.includes(each), each);
  assert(list.length <= labelsMax + dataClasses.length + 1);
});

test("who comes when as many principals as can be kept are known counts as having read everything", () => {
  const { labels } = open();
  for (let at = 0; at < labelledPrincipalsMax; at += 1) {
    void labels.take(call("shop", "get", agent(`a${at}`)));
  }
  void labels.take(call("shop", "get", agent("late")));
  assert(labels.of(agent("late")).includes("confidential"));
  assert(!labels.of(agent("a1")).includes("confidential"));
});

/** A store of labels in memory, and what a process that starts on it knows. */
function keeping() {
  const documents = new Map<string, string | null>();
  const warned: unknown[] = [];
  const log = { ...silentLog, warn: (...said: unknown[]) => void warned.push(said) };
  const clock = manualClock(0);
  const store: LabelStore = {
    async keepLabels({ scope, document }) {
      documents.set(scope, document);
    },
    async keptLabels(after, limit) {
      const rows = [...documents]
        .filter(([scope]) => scope > after)
        .toSorted(([one], [other]) => (one < other ? -1 : 1));
      return rows.slice(0, limit).map(([scope, document]) => ({ scope, at: 0, document }));
    },
  };
  const start = async (isFresh = false) =>
    createSessionLabels({
      clock,
      dataOf: (name) => data[name] ?? null,
      keep: store.keepLabels,
      before: await loadLabels(store, { now: clock.now(), isFresh, log }),
    });
  return { documents, clock, store, start, warned };
}

test("what was read before a restart is known after it, with where it was read", async () => {
  const { clock, start } = keeping();
  const labels = await start(true);
  await labels.take(call("crm", "get_contact"));
  clock.advance(5);
  await labels.take(call("web", "read_page", agent("b")));
  await labels.take(call("crm", "get_contact"));
  await labels.takeMasked(agent("a"), { email: 1 });
  clock.advance(60_000);
  const again = await start();
  for (const name of ["a", "b", "never"]) {
    assert.deepEqual(again.of(agent(name)), labels.of(agent(name)));
    assert.deepEqual(again.reads(agent(name)), labels.reads(agent(name)));
  }
});

test("after a restart a label goes no sooner than it would have, and not much later", async () => {
  const { clock, start } = keeping();
  const labels = await start(true);
  await labels.take(call("crm", "get_contact"));
  clock.advance(labelKeptEveryMs - 1);
  assert.equal(labels.take(call("crm", "get_contact")), null, "it is not written anew each time");
  const again = await start();
  clock.advance(labelLifetimeMs - 1);
  assert.ok(again.of(agent("a")).includes("confidential"));
  clock.advance(labelKeptEveryMs);
  assert.deepEqual(again.of(agent("a")), []);
});

test("what another answer just took is waited for too, until it is kept", async () => {
  const { clock, store } = keeping();
  const written: (() => void)[] = [];
  const labels = createSessionLabels({
    clock,
    dataOf: () => null,
    keep: () => new Promise((resolve) => written.push(resolve)),
  });
  assert.ok(store);
  const first = labels.take(call("crm", "get_contact"));
  const second = labels.take(call("crm", "get_contact"));
  const third = labels.take(call("crm", "list_contacts"));
  assert.ok(first !== null && second !== null && third !== null);
  assert.equal(written.length, 1);
  written[0]?.();
  await Promise.all([first, second]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(written.length, 2, "what came meanwhile is in the next");
  written[1]?.();
  await third;
  assert.equal(labels.take(call("crm", "list_contacts")), null);
});

test("what could not be kept is tried again by whoever reads it next", async () => {
  const { clock } = keeping();
  let fails = true;
  const labels = createSessionLabels({
    clock,
    dataOf: () => null,
    keep: () => (fails ? Promise.reject(new Error("full")) : Promise.resolve()),
  });
  const failed = { code: "audit.recording_failed", details: { sent: false } };
  for (let turn = 0; turn < 2; turn += 1) {
    await assert.rejects(labels.take(call("crm", "get")) ?? Promise.resolve(), failed);
  }
  fails = false;
  await labels.take(call("crm", "get"));
  assert.equal(labels.take(call("crm", "get")), null);
});

test("what was kept and can't be read any more counts as everything", async () => {
  const { documents, start } = keeping();
  const labels = await start(true);
  await labels.take(call("shop", "get"));
  await labels.take(call("shop", "get", agent("b")));
  documents.set('["agent","b",null]', null);
  const again = await start();
  assert.ok(again.of(agent("b")).includes("confidential"));
  assert.ok(!again.of(agent("a")).includes("confidential"));
});

test("a data folder that knows actions, and not what was read by them, counts as everything read for a lifetime, over restarts too", async () => {
  const { clock, start, warned } = keeping();
  await start();
  const labels = await start();
  const until = new Date(clock.now() + labelLifetimeMs).toISOString();
  const warning = ["labels.unknown", { until }];
  assert.deepEqual(warned, [warning, warning], "each start says so");
  await labels.take(call("shop", "get"));
  for (const name of ["a", "never"]) {
    assert.ok(labels.of(agent(name)).includes("confidential"), name);
    const { isMore, isUnknown } = labels.reads(agent(name));
    assert.deepEqual([isMore, isUnknown], [true, true], "people are told why");
  }
  clock.advance(labelLifetimeMs);
  assert.equal(labels.reads(agent("a")).isUnknown, undefined);
  await start();
  assert.equal(warned.length, 2);
  assert.ok(!labels.of(agent("a")).includes("confidential"));
  assert.deepEqual(labels.of(agent("never")), []);
});

test("who came when too many were known counts as having read everything after a restart too", async () => {
  const { start, documents } = keeping();
  const labels = await start(true);
  for (let at = 0; at < labelledPrincipalsMax; at += 1) {
    void labels.take(call("shop", "get", agent(`a${at}`)));
  }
  await labels.take(call("shop", "get", agent("late")));
  assert.equal(documents.size, labelledPrincipalsMax + 1);
  const again = await start();
  assert.ok(again.of(agent("late")).includes("confidential"));
  assert.ok(!again.of(agent("a1")).includes("confidential"));
});

test("within their lifetime labels only add up, whatever is read in whatever order", () => {
  const step = fc.oneof(
    fc.record({
      connection: fc.constantFrom("crm", "web", "shop"),
      tool: fc.constantFrom("x", "y"),
    }),
    fc.record({ masked: fc.constantFrom("email", "iban") }),
    fc.record({ advance: fc.nat(Math.floor(labelLifetimeMs / 50)) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, labels } = open();
      let before: readonly string[] = [];
      for (const each of steps) {
        if ("advance" in each) clock.advance(each.advance);
        else if ("masked" in each) void labels.takeMasked(agent("a"), { [each.masked]: 1 });
        else void labels.take(call(each.connection, each.tool));
        const now = labels.of({ ...agent("a") });
        assert.deepEqual(
          before.filter((label) => !now.includes(label)),
          [],
        );
        before = now;
      }
    }),
  );
});
