import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Resource } from "#/core/action.ts";
import { type McpFacts, noFacts, unclaimed } from "#/core/facts.ts";
import { type DataClass, dataClasses, overflowLabel } from "#/core/label.ts";
import type { Principal } from "#/core/principal.ts";
import { manualClock } from "#/platform/clock.ts";
import {
  createSessionLabels,
  labelLifetimeMs,
  labelledPrincipalsMax,
  labelsMax,
} from "./session-labels.ts";
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
  labels.take(call("crm", "get_contact"));
  labels.take({ principal: agent("a"), resource: resource("shop"), facts: noFacts });
  labels.takeMasked(agent("a"), { email: 3, column: 1 });
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
  labels.take({ principal: agent("b"), resource: resource("web"), facts: uri });
  assert.deepEqual(labels.of(agent("b")), ["connection:web", "untrusted"]);
  assert.deepEqual(labels.of({ ...agent("a"), kind: "service" }), []);
});

test("people are told where it was read, by which tools and since when, what is confidential first", () => {
  const { clock, labels } = open();
  labels.take({ principal: agent("a"), resource: resource("shop"), facts: noFacts });
  clock.advance(5);
  labels.take(call("web", "read_page"));
  clock.advance(5);
  labels.take(call("crm", "get_contact"));
  labels.take({ ...call("crm", "sk_live_4242"), facts: { ...facts("x"), definition: "unknown" } });
  labels.takeMasked(agent("a"), { email: 3 });
  clock.advance(5);
  labels.take(call("crm", "get_contact"));
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
  for (let at = 0; at < connectionsToldMax + 3; at += 1) labels.take(call(`c${at}`, "x"));
  for (let at = 0; at < toolsToldMax + 2; at += 1) labels.take(call("crm", `get_${at}`));
  const { from, fromMore, isMore } = labels.reads(agent("a"));
  assert.deepEqual([from.length, fromMore, isMore], [connectionsToldMax, 4, false]);
  assert.deepEqual(
    [from[0]?.connection, from[0]?.tools.length, from[0]?.toolsMore],
    ["crm", toolsToldMax, 2],
  );
  for (let at = 0; at < labelsMax; at += 1) labels.take(call("shop", `put_${at}`));
  assert.equal(labels.reads(agent("a")).isMore, true);
  clock.advance(labelLifetimeMs);
  assert.deepEqual(labels.reads(agent("a")), { from: [], fromMore: 0, masked: [], isMore: false });
});

test("where its owner says nothing of a connection, a tool whose server says that it reaches anybody's words makes what is read untrusted", () => {
  const { labels } = open();
  const opening = (connection: string) => {
    return { ...call(connection, "fetch"), facts: { ...facts("fetch"), saysOpenWorld: true } };
  };
  labels.take(call("shop", "get_order"));
  assert(!labels.of(agent("a")).includes("untrusted"));
  labels.take(opening("crm"));
  assert(!labels.of(agent("a")).includes("untrusted"), "what its owner says counts");
  labels.take(opening("shop"));
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
  labels.take(call("crm", "get_contact"));
  clock.advance(labelLifetimeMs - 1);
  labels.take(call("web", "get_page"));
  assert(labels.of(agent("a")).includes("confidential"));
  clock.advance(1);
  assert.deepEqual(labels.of(agent("a")), ["connection:web", "tool:web/get_page", "untrusted"]);
  labels.take(call("web", "get_page"));
  clock.advance(labelLifetimeMs - 1);
  assert(labels.of(agent("a")).includes("untrusted"));
  clock.advance(1);
  assert.deepEqual(labels.of(agent("a")), []);
});

test("the same labels are the same list, so that what is remembered of them is found again", () => {
  const { labels } = open();
  labels.take(call("crm", "get_contact"));
  const list = labels.of(agent("a"));
  labels.take(call("crm", "get_contact", { ...agent("a") }));
  assert.equal(labels.of(agent("a")), list);
});

test("of whom too much would have to be kept counts as having read everything", () => {
  const { labels } = open();
  for (let at = 0; at < labelsMax + 10; at += 1) labels.take(call("shop", `get_${at}`));
  const list = labels.of(agent("a"));
  for (const each of [...dataClasses, overflowLabel]) assert(list.includes(each), each);
  assert(list.length <= labelsMax + dataClasses.length + 1);
});

test("who comes when as many principals as can be kept are known counts as having read everything", () => {
  const { labels } = open();
  for (let at = 0; at < labelledPrincipalsMax; at += 1) {
    labels.take(call("shop", "get", agent(`a${at}`)));
  }
  labels.take(call("shop", "get", agent("late")));
  assert(labels.of(agent("late")).includes("confidential"));
  assert(!labels.of(agent("a1")).includes("confidential"));
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
        else if ("masked" in each) labels.takeMasked(agent("a"), { [each.masked]: 1 });
        else labels.take(call(each.connection, each.tool));
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
