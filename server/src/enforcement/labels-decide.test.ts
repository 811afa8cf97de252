import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyInput } from "#/core/decision.ts";
import { unclaimed } from "#/core/facts.ts";
import type { Attempt, Outcome } from "#/core/protocol.ts";
import { manualClock } from "#/platform/clock.ts";
import { createPolicy } from "#/policy/evaluate.ts";
import { loadPolicies } from "#/policy/load.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";
import { execute } from "./execute.ts";
import { createSessionLabels } from "./session-labels.ts";

const text = `
@id("runs") permit (principal, action in Countersign::Action::"mcp", resource);
@id("no-way-out") forbid (principal, action == Countersign::Action::"mcp.call", resource)
when { context.toolClass == "send" && context.labels.contains("confidential") };`;

function call(connection: string, toolClass: "read" | "send"): PolicyInput {
  return {
    verbs: ["mcp.call"],
    principal: { kind: "agent", name: "a", groups: [], onBehalfOf: null, people: [] },
    resource: { kind: "mcp", connection, environment: "t", labels: {}, endpoint: "stdio:x" },
    facts: {
      family: "mcp",
      method: "tools/call",
      name: "x",
      arguments: {},
      rounded: [],
      claims: unclaimed,
      definition: "pinned",
      toolClass,
      flags: [],
      saysOpenWorld: false,
      literals: [],
    },
  };
}

test("no call that is decided once an answer could be used slips by what that answer tells", async () => {
  const load = loadPolicies([{ path: "a.cedar", text }]);
  assert(load.ok, JSON.stringify(load));
  const clock = manualClock(0);
  const labels = createSessionLabels({
    clock,
    dataOf: (name) => (name === "crm" ? "confidential" : null),
  });
  const deps = { evaluate: createPolicy(load.set).evaluate, labels } as unknown as EnforcementDeps;
  const send = call("mail", "send");
  assert.equal(decide(send, deps).effect, "allow");

  const effects: string[] = [];
  const outcome: Outcome = { state: "executed", detail: null, rows: null };
  const attempt = {
    async execute() {
      // The first byte of the answer may pass from here on.
      effects.push(decide(send, deps).effect);
      await Promise.resolve();
      effects.push(decide({ ...send }, deps).effect);
      return outcome;
    },
  } as unknown as Attempt;
  const read = { ...call("crm", "read"), id: "act_1" } as never;
  await execute(attempt, read, Promise.resolve(), { limit: null, masks: [] }, deps);
  assert.deepEqual([...effects, decide(send, deps).effect], ["deny", "deny", "deny"]);
});
