/** Policy inputs and sets for tests. */
import assert from "node:assert/strict";
import type { McpResource, PostgresResource } from "#/core/action.ts";
import type { PolicyInput } from "#/core/decision.ts";
import { type McpFacts, type SqlFacts, unclaimed } from "#/core/facts.ts";
import type { Principal } from "#/core/principal.ts";
import type { Verb } from "#/core/verb.ts";
import { createPolicy, type Policy } from "./evaluate.ts";
import { loadPolicies, type PolicySet } from "./load.ts";
import type { PolicyProblem } from "./source.ts";

export const agent: Principal = {
  kind: "agent",
  name: "shop-agent",
  groups: ["agents"],
  onBehalfOf: null,
  people: [],
};

export const shop: PostgresResource = {
  connection: "shop",
  kind: "postgres",
  environment: "sample",
  labels: { tier: "gold" },
  endpoint: "127.0.0.1:5432",
  database: "shop",
  role: "shop_agent",
};

export function facts(some: Partial<SqlFacts> = {}): SqlFacts {
  return {
    family: "sql",
    statements: 1,
    kinds: ["select"],
    reads: [],
    writes: [],
    functions: [],
    settings: [],
    filtered: true,
    maskedUse: false,
    literals: [],
    uncounted: null,
    opaque: null,
    ...some,
  };
}

function callFacts(some: Partial<McpFacts> = {}): McpFacts {
  return {
    family: "mcp",
    method: "tools/call",
    name: "create_refund",
    arguments: {},
    rounded: [],
    claims: unclaimed,
    definition: "pinned",
    toolClass: "write",
    flags: [],
    saysOpenWorld: false,
    literals: [],
    ...some,
  };
}

export const shopServer: McpResource = {
  connection: "payments",
  kind: "mcp",
  environment: "sample",
  labels: {},
  endpoint: "https://mcp.example.com/v1",
};

export function callInput(some: Partial<McpFacts> = {}, verb: Verb = "mcp.call"): PolicyInput {
  return input([verb], { resource: shopServer, facts: callFacts(some) });
}

export function input(verbs: readonly Verb[], some: Partial<PolicyInput> = {}): PolicyInput {
  return {
    verbs,
    principal: agent,
    resource: shop,
    facts: facts(),
    ...some,
  };
}

export function setOf(text: string): PolicySet {
  const load = loadPolicies([{ path: "test.cedar", text }]);
  assert(load.ok, JSON.stringify(load));
  return load.set;
}

export function policyOf(text: string): Policy {
  return createPolicy(setOf(text));
}

/** The problems of one file, as `line: message`. */
export function problemsOf(text: string): readonly string[] {
  const load = loadPolicies([{ path: "test.cedar", text }]);
  return load.ok ? [] : load.problems.map(present);
}

function present({ line, message }: PolicyProblem): string {
  return `${line}: ${message}`;
}
