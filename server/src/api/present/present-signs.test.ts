import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewSign } from "@countersign/sdk/wire/review";
import type { DeceptionKind } from "#/core/deception.ts";
import type { McpFacts } from "#/core/facts.ts";
import type { DataClass, SessionReads } from "#/core/label.ts";
import { pendingReview } from "#/review/fixtures.test-support.ts";
import { presentSigns } from "./present-signs.ts";

const call: McpFacts = {
  family: "mcp",
  method: "tools/call",
  name: "send_mail",
  arguments: {},
  rounded: [],
  claims: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  definition: "pinned",
  toolClass: "write",
  flags: [],
  saysOpenWorld: false,
  literals: [],
};
const flag = (kind: DeceptionKind) => ({ kind, at: "description", words: "w" });
const read = (...data: readonly DataClass[]): SessionReads => ({
  from: data.map((each) => {
    const named = { connection: each, data: each, tools: [], toolsMore: 0 };
    return { ...named, since: 0, at: 0 };
  }),
  fromMore: 0,
  masked: [],
  isMore: false,
});

const cases: readonly (readonly [
  string,
  Partial<McpFacts>,
  SessionReads | null,
  readonly ReviewSign[],
])[] = [
  ["nothing", {}, read("internal"), []],
  ["a changed definition", { definition: "changed" }, null, ["tool_changed"]],
  ["hidden signs", { flags: [flag("invisible")] }, null, ["tool_hides_text"]],
  [
    "orders",
    { flags: [flag("orders"), flag("tags")] },
    null,
    ["tool_hides_text", "tool_tells_model"],
  ],
  ["what was read", {}, read("confidential", "untrusted"), ["read_confidential", "read_untrusted"]],
  ["a way out", { toolClass: "send" }, read("confidential"), ["may_leak"]],
  ["one that its server names", { saysOpenWorld: true }, read("confidential"), ["may_leak"]],
  ["a tool that nobody knows", { toolClass: "unknown" }, read("confidential"), ["may_leak"]],
  ["a way out alone", { toolClass: "send" }, read("internal"), []],
  [
    "more than is kept apart",
    { toolClass: "send" },
    { ...read(), isMore: true },
    ["may_leak", "read_untrusted"],
  ],
];

for (const [what, facts, reads, signs] of cases) {
  test(`of a call with ${what} a list shows: ${signs.join(", ") || "no sign"}`, () => {
    const review = pendingReview();
    const action = { ...review.action, facts: { ...call, ...facts } };
    assert.deepEqual(presentSigns({ action, reads }), signs);
  });
}

test("a statement has no signs", () => {
  assert.deepEqual(presentSigns(pendingReview()), []);
});
