import assert from "node:assert/strict";
import { test } from "node:test";
import { statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import * as fc from "fast-check";
import type { Decision, PolicyInput } from "#/core/decision.ts";
import { unclaimed } from "#/core/facts.ts";
import type { Obligations } from "#/core/obligation.ts";
import { assuranceMeets, assurances } from "#/core/principal.ts";
import { type Verb, verbs } from "#/core/verb.ts";
import { createPolicy } from "./evaluate.ts";
import {
  agent,
  callInput,
  facts,
  input,
  policyOf,
  setOf,
  shop,
  shopServer,
} from "./inputs.test-support.ts";
import { actionType, connectionType, principalTypes } from "./schema.ts";

const verb = (name: Verb) => `action == ${actionType}::"${name}"`;
const statements = `action in [${verbs
  .filter((each) => each.startsWith("sql."))
  .map((each) => `${actionType}::"${each}"`)
  .join(", ")}]`;
const readers = `@id("reads") @reason("Reads run.") permit (principal, ${verb("sql.read")}, resource);`;
const writers = `@id("writes") @reason("Writes wait.") @review("1 of dba") permit (principal, ${verb("sql.write")}, resource);`;
/** Passes strict validation; adding up fails when a message has a statement. */
const failingFor = (head: string) =>
  `@id("fails") @reason("No.") forbid (principal, ${head}, resource)
  when { context.statements + 9223372036854775807 > 0 };`;
const failingForbid = failingFor(statements);

/** What is reported, without the set's digest. */
function outcome(decision: Decision): readonly unknown[] {
  const policies = decision.reasons.map(({ policy }) => policy);
  return decision.effect === "deny"
    ? ["deny", decision.cause, policies]
    : [decision.effect, policies];
}

test("a forbid that fails denies, although Cedar alone would let the action through", () => {
  const set = setOf(`${readers}\n${failingForbid}`);
  const read = input(["sql.read"]);
  const alone = statefulIsAuthorized({
    principal: { type: principalTypes.agent, id: "shop-agent" },
    action: { type: actionType, id: "sql.read" },
    resource: { type: connectionType, id: "shop" },
    context: {
      kinds: [],
      reads: [],
      writes: [],
      functions: [],
      settings: [],
      filtered: true,
      maskedUse: false,
      statements: 1,
    },
    entities: [],
    preparsedPolicySetId: set.name,
    preparsedSchemaName: set.schema,
    validateRequest: true,
  });
  assert(alone.type === "success");
  assert.equal(alone.response.decision, "allow");
  assert.equal(alone.response.diagnostics.errors.length, 1);

  const policy = createPolicy(set);
  const decision = policy.evaluate(read);
  assert.deepEqual(outcome(decision), ["deny", "policy_error", ["fails"]]);
  assert.deepEqual(policy.evaluate(read), decision);
  // With 0 statements the sum does not overflow: the same rule then simply forbids.
  const empty = input(["sql.read"], { facts: facts({ statements: 0 }) });
  assert.deepEqual(outcome(policy.evaluate(empty)), ["deny", "forbidden", ["fails"]]);
});

test("a permit that fails denies, even where another permit applies", () => {
  const failing = failingForbid.replace("forbid", '@review("1 of dba") permit');
  const policy = policyOf(`${readers}\n${failing}`);
  assert.deepEqual(outcome(policy.evaluate(input(["sql.read"]))), [
    "deny",
    "policy_error",
    ["fails"],
  ]);
});

test("the reason of a failed rule quotes nothing of the input", () => {
  const decision = policyOf(`${readers}\n${failingForbid}`).evaluate(input(["sql.read"]));
  assert.deepEqual(decision.reasons, [
    { policy: "fails", text: "This policy failed to evaluate, so the action is denied." },
  ]);
});

test("what no rule permits is denied", () => {
  const policy = policyOf(readers);
  assert.deepEqual(outcome(policy.evaluate(input(["sql.admin"]))), ["deny", "unmatched", []]);
});

test("a permit without a review allows, with the author's reason and the set's digest", () => {
  const set = setOf(readers);
  assert.deepEqual(createPolicy(set).evaluate(input(["sql.read"])), {
    effect: "allow",
    reasons: [{ policy: "reads", text: "Reads run." }],
    obligations: {
      quorum: [],
      ttlMs: 14_400_000,
      validMs: 300_000,
      assurance: "local-demo",
      rows: null,
      masks: [],
      reveals: [],
    },
    policySet: set.digest,
  });
});

test("a permit with a review holds under what it asks for", () => {
  const decision = policyOf(writers).evaluate(input(["sql.write"]));
  assert(decision.effect === "review");
  assert.deepEqual(decision.obligations.quorum, [{ group: "dba", needed: 1 }]);
  assert.deepEqual(decision.reasons, [{ policy: "writes", text: "Writes wait." }]);
});

test("a forbid wins over any number of permits", () => {
  const forbid = `@id("never") forbid (principal, action, resource) when { context has kinds && context.kinds.contains("drop_table") };`;
  const policy = policyOf(`${readers}\n${writers}\n${forbid}`);
  const drop = input(["sql.write"], { facts: facts({ kinds: ["drop_table"] }) });
  assert.deepEqual(outcome(policy.evaluate(drop)), ["deny", "forbidden", ["never"]]);
});

test("a broad permit does not hide what a narrow one asks for, and only the holding one is told", () => {
  const narrow = `@id("zz-customers") @review("2 of dba") permit (principal, ${verb("sql.read")}, resource)
    when { context.reads.contains("public.customers") };`;
  const policy = policyOf(`${readers}\n${narrow}`);
  const customers = input(["sql.read"], { facts: facts({ reads: ["public.customers"] }) });
  assert.deepEqual(outcome(policy.evaluate(customers)), ["review", ["zz-customers"]]);
  assert.deepEqual(outcome(policy.evaluate(input(["sql.read"]))), ["allow", ["reads"]]);
});

test("every verb of an action must be permitted, and what they ask for is joined", () => {
  const schema = `@id("schema") @review("1 of sec, 2 of dba") @ttl("1h") permit (principal, ${verb("sql.schema")}, resource);`;
  const policy = policyOf(`${readers}\n${writers}\n${schema}`);
  const decision = policy.evaluate(input(["sql.read", "sql.schema", "sql.write"]));
  assert.deepEqual(outcome(decision), ["review", ["schema", "writes"]]);
  assert(decision.effect === "review");
  assert.deepEqual(decision.obligations, {
    quorum: [
      { group: "dba", needed: 2 },
      { group: "sec", needed: 1 },
    ],
    ttlMs: 3_600_000,
    validMs: 300_000,
    assurance: "local-demo",
    rows: null,
    masks: [],
    reveals: [],
  });
  assert.deepEqual(outcome(policy.evaluate(input(["sql.admin", "sql.read"]))), [
    "deny",
    "unmatched",
    [],
  ]);
});

test("of several denials the gravest cause is told, with the reasons of all", () => {
  const never = `@id("never") forbid (principal, ${verb("sql.write")}, resource);`;
  const policy = policyOf(`${readers}\n${writers}\n${never}\n${failingFor(verb("sql.read"))}`);
  const causes: readonly (readonly [readonly Verb[], readonly unknown[]])[] = [
    [["sql.read"], ["deny", "policy_error", ["fails"]]],
    [["sql.write"], ["deny", "forbidden", ["never"]]],
    [
      ["sql.read", "sql.write"],
      ["deny", "forbidden", ["fails", "never"]],
    ],
    [
      ["sql.admin", "sql.read"],
      ["deny", "policy_error", ["fails"]],
    ],
    [
      ["sql.admin", "sql.write"],
      ["deny", "forbidden", ["never"]],
    ],
  ];
  for (const [some, expected] of causes) {
    assert.deepEqual(outcome(policy.evaluate(input(some))), expected, some.join());
  }
});

test("what can't be asked is denied: no verb, an unknown one, the gateway itself, broken facts", () => {
  const open = `@id("open") @review("1 of dba") permit (principal, action, resource);`;
  const policy = policyOf(`${open}\n${readers}`);
  const throwing = new Proxy(facts(), {
    get() {
      throw new Error("unreadable");
    },
  });
  const inputs: Readonly<Record<string, PolicyInput>> = {
    "no verb": input([]),
    "a verb that the schema does not have": input(["sql.nothing" as Verb]),
    "a family in place of a verb": input(["sql" as Verb]),
    "the gateway": input(["sql.read"], { principal: { ...agent, kind: "gateway" } }),
    "a number that is none": input(["sql.read"], { facts: facts({ statements: Number.NaN }) }),
    "text that is no Unicode": input(["sql.read"], { facts: facts({ reads: ["\ud800"] }) }),
    "facts that throw": input(["sql.read"], { facts: throwing }),
    "no facts": input(["sql.read"], { facts: null as never }),
  };
  for (const [name, broken] of Object.entries(inputs)) {
    assert.deepEqual(outcome(policy.evaluate(broken)), ["deny", "policy_error", []], name);
  }
  assert.equal(policy.evaluate(input(["sql.read"])).effect, "review");
});

test("a set that Cedar does not have denies", () => {
  const policy = createPolicy({ ...setOf(readers), name: "countersign/none" });
  assert.deepEqual(outcome(policy.evaluate(input(["sql.read"]))), ["deny", "policy_error", []]);
});

test("policies see groups, connection, environment, labels and every set of facts", () => {
  const conditions: Readonly<Record<string, Partial<PolicyInput>>> = {
    'principal in Countersign::Group::"agents"': { principal: { ...agent, groups: ["x"] } },
    'principal == Countersign::Agent::"shop-agent"': { principal: { ...agent, name: "other" } },
    "principal is Countersign::Agent": { principal: { ...agent, kind: "service" } },
    'resource == Countersign::Connection::"shop"': {
      resource: { ...shop, connection: "x" },
    },
    'resource in Countersign::Environment::"sample"': {
      resource: { ...shop, environment: "x" },
    },
    'resource.name == "shop"': { resource: { ...shop, connection: "x" } },
    'resource.hasTag("tier") && resource.getTag("tier") == "gold"': {
      resource: { ...shop, labels: {} },
    },
    'context.kinds == ["select"]': { facts: facts({ kinds: ["explain", "select"] }) },
    'context.reads.isEmpty() || context.reads.contains("a")': { facts: facts({ reads: ["b"] }) },
    "context.writes.isEmpty()": { facts: facts({ writes: ["a"] }) },
    "context.functions.isEmpty()": { facts: facts({ functions: ["a"] }) },
    "context.settings.isEmpty()": { facts: facts({ settings: ["a"] }) },
    "context.filtered": { facts: facts({ filtered: false }) },
    "!context.maskedUse": { facts: facts({ maskedUse: true }) },
    "context.statements == 1": { facts: facts({ statements: 2 }) },
    'resource.kind == "postgres"': {
      resource: { ...shop, kind: "other" as "postgres" },
    },
  };
  for (const [condition, other] of Object.entries(conditions)) {
    const policy = policyOf(
      `@id("a") permit (principal, ${verb("sql.read")}, resource) when { ${condition} };`,
    );
    assert.equal(policy.evaluate(input(["sql.read"])).effect, "allow", condition);
    assert.equal(policy.evaluate(input(["sql.read"], other)).effect, "deny", condition);
  }
});

const duration = fc.constantFrom("1s", "30m", "4h", "9h", "7d");
const scope = fc.constantFrom(
  verb("sql.read"),
  verb("sql.write"),
  `action in ${actionType}::"sql"`,
  `action in [${actionType}::"sql.schema", ${actionType}::"sql.write"]`,
);
const condition = fc.constantFrom(
  "",
  "when { context.filtered }",
  `when { context.reads.contains("a") }`,
  `when { principal in Countersign::Group::"agents" }`,
  `unless { context.kinds.contains("select") }`,
  "when { context.statements + 9223372036854775806 > 0 }",
);
const quorum = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom("dba", "sec", "app")), {
    selector: ([, group]) => group,
    minLength: 1,
  })
  .map((slots) => slots.map(([needed, group]) => `${needed} of ${group}`).join(", "));
const review = fc
  .record({
    review: quorum,
    ttl: fc.option(duration, { nil: null }),
    valid: fc.option(duration, { nil: null }),
    assurance: fc.option(fc.constantFrom(...assurances), { nil: null }),
  })
  .map((given) =>
    Object.entries(given)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `@${name}("${value}")`)
      .join(" "),
  );
const permit = fc
  .tuple(fc.oneof(fc.constant(""), review), fc.constantFrom("", "1", "20"), scope, condition)
  .map(([head, rows, action, when]) => {
    const limit = rows === "" || action.includes("schema") ? "" : `@max_rows("${rows}")`;
    return `${head} ${limit} permit (principal, ${action}, resource) ${when};`;
  });
const forbidden = fc
  .tuple(scope, condition)
  .map(([action, when]) => `forbid (principal, ${action}, resource) ${when};`);
const rules = fc.array(
  fc.oneof({ weight: 6, arbitrary: permit }, { weight: 1, arbitrary: forbidden }),
  { minLength: 1, maxLength: 5 },
);
const named = (texts: readonly string[]) =>
  texts.map((text, index) => `@id("p${index}") ${text}`).join("\n");

const someInput = fc
  .record({
    verbs: fc.subarray([...verbs].slice(0, 3), { minLength: 1 }),
    groups: fc.constantFrom(["agents"], []),
    kinds: fc.constantFrom(["select"], ["update"]),
    reads: fc.constantFrom(["a"], ["b"], []),
    filtered: fc.boolean(),
    statements: fc.constantFrom(1, 2),
  })
  .map(({ verbs: some, groups, ...rest }) =>
    input(some, { principal: { ...agent, groups }, facts: facts(rest) }),
  );

/** What it takes before the action runs, at least as much as before. */
function assertNoWeaker(after: Obligations, before: Obligations): void {
  for (const { group, needed } of before.quorum) {
    assert((after.quorum.find((slot) => slot.group === group)?.needed ?? 0) >= needed, group);
  }
  assert(after.ttlMs <= before.ttlMs, "ttl");
  assert(after.validMs <= before.validMs, "valid");
  assert(assuranceMeets(after.assurance, before.assurance), "assurance");
  assert(rowsOf(after) <= rowsOf(before), "rows");
}

function rowsOf({ rows }: Obligations): number {
  return rows?.max ?? Number.POSITIVE_INFINITY;
}

test("policies see what is called of which server, what it says of it, and what the gateway takes it for", () => {
  const conditions: Readonly<Record<string, PolicyInput>> = {
    'context.server == "https://mcp.example.com/v1"': {
      ...callInput(),
      resource: { ...shopServer, endpoint: "https://elsewhere.example.com/v1" },
    },
    'resource.kind == "mcp"': { ...callInput(), resource: shop },
    'context.method == "tools/call"': callInput({ method: "prompts/get" }),
    'context.tool == "create_refund"': callInput({ name: "create_refunds" }),
    "!context.claims.readOnly": callInput({ claims: { ...unclaimed, readOnly: true } }),
    "context.claims.destructive": callInput({ claims: { ...unclaimed, destructive: false } }),
    "!context.claims.idempotent": callInput({ claims: { ...unclaimed, idempotent: true } }),
    "context.claims.openWorld": callInput({ claims: { ...unclaimed, openWorld: false } }),
    'context.definition == "pinned"': callInput({ definition: "changed" }),
    'context.toolClass == "write"': callInput({ toolClass: "send" }),
    'context.labels == ["read"] || context.labels.isEmpty()': { ...callInput(), labels: ["other"] },
  };
  for (const [asked, other] of Object.entries(conditions)) {
    const policy = policyOf(
      `@id("a") permit (principal, ${verb("mcp.call")}, resource) when { ${asked} };`,
    );
    assert.equal(policy.evaluate(callInput()).effect, "allow", asked);
    assert.equal(policy.evaluate(other).effect, "deny", asked);
    assert.equal(policy.evaluate(callInput()).effect, "allow", asked);
  }
});

test("facts of one family are never judged as another's", () => {
  const policy = policyOf(
    `@id("a") permit (principal, action in [Countersign::Action::"sql", Countersign::Action::"mcp"], resource);`,
  );
  assert.equal(policy.evaluate(callInput()).effect, "allow");
  assert.equal(policy.evaluate(callInput({}, "mcp.read")).effect, "allow");
  const mixed = [input(["mcp.call"]), callInput({}, "sql.read")];
  for (const each of mixed) {
    assert.deepEqual(outcome(policy.evaluate(each)), ["deny", "policy_error", []]);
  }
});

test("adding a permit never weakens what an already permitted action needs", () => {
  let compared = 0;
  fc.assert(
    fc.property(rules, permit, fc.array(someInput, { minLength: 12 }), (some, extra, inputs) => {
      const before = policyOf(named(some));
      const after = policyOf(named([...some, extra]));
      for (const one of inputs) {
        const [then, now] = [before.evaluate(one), after.evaluate(one)];
        if (then.effect === "allow") {
          if (now.effect !== "deny") assert(rowsOf(now.obligations) <= rowsOf(then.obligations));
          continue;
        }
        if (then.effect === "deny") {
          if (then.cause !== "unmatched") assert.equal(now.effect, "deny");
          continue;
        }
        if (now.effect === "deny") {
          assert.equal(now.cause, "policy_error");
          continue;
        }
        assert.equal(now.effect, "review");
        assertNoWeaker(now.obligations, then.obligations);
        compared += 1;
      }
    }),
    { numRuns: 60 },
  );
  assert(compared > 50, `only ${compared} held actions were compared`);
});

test("a remembered decision is the one that a fresh evaluation gives", () => {
  fc.assert(
    fc.property(rules, fc.array(someInput, { minLength: 20, maxLength: 40 }), (some, inputs) => {
      const set = setOf(named(some));
      const remembering = createPolicy(set);
      for (const one of [...inputs, ...inputs]) {
        const fresh = createPolicy(set).evaluate(structuredClone(one));
        assert.deepEqual(remembering.evaluate(one), fresh);
        assert.deepEqual(remembering.evaluate(structuredClone(one)), fresh);
      }
    }),
    { numRuns: 15 },
  );
});

test("an input that was decided before is not evaluated again, one that failed is", () => {
  const policy = policyOf(`${readers}\n${failingForbid}`);
  const failing = input(["sql.read"]);
  assert.notEqual(policy.evaluate(failing), policy.evaluate(failing));
  const open = policyOf(readers);
  const decision = open.evaluate(input(["sql.read"]));
  assert.equal(open.evaluate(input(["sql.read"])), decision);
});
