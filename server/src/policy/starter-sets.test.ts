import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { PolicyInput } from "#/core/decision.ts";
import { entityNames, entityOf } from "#/core/entity.ts";
import type { JsonObject, McpFacts, SqlFacts } from "#/core/facts.ts";
import { targetText } from "#/core/obligation.ts";
import type { PrincipalKind } from "#/core/principal.ts";
import type { Verb } from "#/core/verb.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { loadPolicyFolder } from "./check.ts";
import { createPolicy } from "./evaluate.ts";
import { agent, callInput, facts, input } from "./inputs.test-support.ts";

const policies = join(import.meta.dirname, "..", "..", "..", "policies");

interface Case {
  readonly verbs: readonly Verb[];
  readonly facts: Partial<SqlFacts>;
  readonly by?: PrincipalKind;
  readonly quickstart: string;
  readonly production: string;
}

const one = { quickstart: "1 of dba", production: "1 of dba" };
const two = { quickstart: "1 of dba", production: "2 of dba" };
const allow = { quickstart: "allow", production: "allow" };
const never = { quickstart: "forbidden", production: "forbidden" };
const opaque = { kinds: [], statements: 0, opaque: "too long" };

const cases: Readonly<Record<string, Case>> = {
  "select email from customers where email = …": {
    verbs: ["sql.read"],
    facts: { reads: ["public.customers"], maskedUse: true },
    ...one,
  },
  "select 1": { verbs: ["sql.read"], facts: {}, ...allow },
  "show search_path": { verbs: ["sql.read"], facts: { kinds: ["show"] }, ...allow },
  "begin; select 1; commit": {
    verbs: ["sql.read"],
    facts: { kinds: ["begin", "commit", "select"], statements: 3 },
    ...allow,
  },
  "insert into t …": { verbs: ["sql.write"], facts: { kinds: ["insert"] }, ...one },
  "delete from customers where id = 7": {
    verbs: ["sql.read", "sql.write"],
    facts: { kinds: ["delete"], writes: ["public.customers"] },
    ...one,
  },
  "delete from customers": {
    verbs: ["sql.read", "sql.write"],
    facts: { kinds: ["delete"], filtered: false },
    ...one,
  },
  "alter table t …": { verbs: ["sql.schema"], facts: { kinds: ["alter_table"] }, ...one },
  "create table t as select …": {
    verbs: ["sql.read", "sql.schema", "sql.write"],
    facts: { kinds: ["create_table", "select"] },
    ...one,
  },
  "grant … to …": { verbs: ["sql.admin"], facts: { kinds: ["grant"] }, ...two },
  "select 1; set role …": {
    verbs: ["sql.admin", "sql.read"],
    facts: { kinds: ["select", "set"], settings: ["role"], statements: 2 },
    ...two,
  },
  "do $$ … $$": { verbs: ["sql.opaque"], facts: { ...opaque, kinds: ["do"] }, ...one },
  "what can't be parsed": { verbs: ["sql.opaque"], facts: opaque, ...one },
  "truncate t": { verbs: ["sql.write"], facts: { kinds: ["truncate"] }, ...never },
  "drop table t": { verbs: ["sql.schema"], facts: { kinds: ["drop_table"] }, ...never },
  "drop view v": { verbs: ["sql.schema"], facts: { kinds: ["drop_view"] }, ...never },
  "drop index i": { verbs: ["sql.schema"], facts: { kinds: ["drop_index"] }, ...never },
  "drop schema s": { verbs: ["sql.schema"], facts: { kinds: ["drop_schema"] }, ...never },
  "drop function f": { verbs: ["sql.schema"], facts: { kinds: ["drop_function"] }, ...never },
  "drop database d": { verbs: ["sql.admin"], facts: { kinds: ["drop_database"] }, ...never },
  "drop role r": { verbs: ["sql.admin"], facts: { kinds: ["drop_role"] }, ...never },
  "drop owned by r": { verbs: ["sql.admin"], facts: { kinds: ["drop_owned"] }, ...never },
  "select 1; drop table t": {
    verbs: ["sql.read", "sql.schema"],
    facts: { kinds: ["drop_table", "select"], statements: 2 },
    ...never,
  },
  "drop operator +": { verbs: ["sql.schema"], facts: { kinds: ["drop_operator"] }, ...never },
  "drop table t, by a person": {
    by: "user",
    verbs: ["sql.schema"],
    facts: { kinds: ["drop_table"] },
    ...one,
  },
};

interface CallCase {
  readonly call: PolicyInput;
  readonly quickstart: string;
  readonly production: string;
}

const read = callInput({ name: "get_order", toolClass: "read" });
const both = ["confidential", "connection:crm", "untrusted"];

const calls: Readonly<Record<string, CallCase>> = {
  "a tool that reads": { call: read, ...allow },
  "a tool that reads, for the first time": {
    call: callInput({ toolClass: "read", definition: "first" }),
    ...allow,
  },
  "a tool that reads, after everything was read": { call: { ...read, labels: both }, ...allow },
  "a resource": {
    call: callInput(
      { method: "resources/read", toolClass: "read", definition: "unknown" },
      "mcp.read",
    ),
    ...allow,
  },
  "a prompt": {
    call: callInput(
      { method: "prompts/get", toolClass: "read", definition: "unknown" },
      "mcp.read",
    ),
    ...allow,
  },
  "a tool that reads, changed": {
    call: callInput({ toolClass: "read", definition: "changed" }),
    ...one,
  },
  "a tool that nobody lists": {
    call: callInput({ toolClass: "read", definition: "unknown" }),
    ...one,
  },
  "a tool of which nothing is known": {
    call: callInput({ toolClass: "unknown", definition: "first" }),
    ...one,
  },
  "a tool that writes": { call: callInput({ toolClass: "write" }), ...one },
  "a tool that sends": { call: callInput({ toolClass: "send" }), ...one },
  "a tool that destroys": { call: callInput({ toolClass: "destructive" }), ...two },
  "a tool that sends, after private data and strangers' words": {
    call: { ...callInput({ toolClass: "send" }), labels: both },
    ...two,
  },
  "a tool that sends, after private data alone": {
    call: { ...callInput({ toolClass: "send" }), labels: ["confidential"] },
    ...one,
  },
};

/** On a connection that says so, which another can't. */
const inBrowser = (some: Partial<McpFacts>, labels: readonly string[] = []): PolicyInput => {
  const call = callInput(some);
  return { ...call, labels, resource: { ...call.resource, labels: { use: "browsing" } } };
};

const browsing: Readonly<Record<string, CallCase>> = {
  "a click": { call: inBrowser({ toolClass: "write" }), ...allow },
  "another page": { call: inBrowser({ toolClass: "send" }, ["untrusted"]), ...allow },
  "a click, after private data": {
    call: inBrowser({ toolClass: "write" }, ["confidential"]),
    ...one,
  },
  "another page, after private data and strangers' words": {
    call: inBrowser({ toolClass: "send" }, both),
    ...two,
  },
  "a click that has changed": {
    call: inBrowser({ toolClass: "write", definition: "changed" }),
    ...one,
  },
  "cookies that are deleted": { call: inBrowser({ toolClass: "destructive" }), ...two },
  "a file that is uploaded": {
    call: inBrowser({ name: "browser_file_upload", toolClass: "send" }),
    ...one,
  },
  "files that are put into a form": {
    call: inBrowser({ name: "set_input_files", toolClass: "write" }),
    ...one,
  },
  "a file that is uploaded, in camel case": {
    call: inBrowser({ name: "fileUpload", toolClass: "send" }),
    ...one,
  },
  "a script": { call: inBrowser({ toolClass: "unknown" }), ...one },
};

const refund = (args: JsonObject, more: Partial<McpFacts> = {}) => {
  const call = callInput({ name: "refund", toolClass: "write", arguments: args, ...more });
  return { ...call, resource: { ...call.resource, connection: "desk" } };
};

test("the sample desk refunds up to 100 at once, holds more, and denies what is no whole amount", async () => {
  const load = await loadPolicyFolder(join(policies, "quickstart"));
  assert(load.ok, JSON.stringify(load));
  const policy = createPolicy(load.set);
  const said = (call: PolicyInput) => {
    const decision = policy.evaluate(call);
    return decision.effect === "deny" ? decision.cause : decision.effect;
  };
  assert.equal(said(refund({ amount: 100 })), "allow");
  assert.equal(said(refund({ amount: 101 })), "review");
  assert.equal(said(refund({ amount: 40 }, { definition: "changed" })), "review");
  assert.equal(said(refund({})), "unmatched");
  assert.equal(said(refund({ amount: "40" })), "mistyped");
  assert.equal(said(refund({ amount: 40.5 })), "mistyped");
  const elsewhere = callInput({ name: "refund", toolClass: "write", arguments: { amount: 40 } });
  assert.equal(said(elsewhere), "review");
});

for (const name of ["quickstart", "production"] as const) {
  test(`the ${name} policies let tools read, and hold what writes, sends, destroys, is unknown or has changed`, async () => {
    const load = await loadPolicyFolder(join(policies, name));
    assert(load.ok, JSON.stringify(load));
    const policy = createPolicy(load.set);
    for (const [what, { call, ...wanted }] of Object.entries({ ...calls, ...browsing })) {
      const decision = policy.evaluate(call);
      assert(decision.effect !== "deny", what);
      const asked = decision.obligations.quorum.map(({ needed, group }) => `${needed} of ${group}`);
      assert.equal(asked.join() || decision.effect, wanted[name], what);
      const found = decision.obligations.masks.map(({ target }) => targetText(target));
      assert(found.includes("provider_token") && found.includes("iban"), what);
    }
  });

  test(`the ${name} policies load and decide as they read`, async () => {
    const load = await loadPolicyFolder(join(policies, name));
    assert(load.ok, JSON.stringify(load));
    const policy = createPolicy(load.set);
    for (const [command, wanted] of Object.entries(cases)) {
      const principal = { ...agent, kind: wanted.by ?? agent.kind };
      const decision = policy.evaluate(
        input(wanted.verbs, { principal, facts: facts(wanted.facts) }),
      );
      const outcome = decision.effect === "deny" ? decision.cause : decision.effect;
      const asked =
        decision.effect === "review"
          ? decision.obligations.quorum.map(({ needed, group }) => `${needed} of ${group}`).join()
          : outcome;
      assert.equal(asked, wanted[name], command);
      assert.notEqual(decision.reasons.length, 0, command);
    }
  });

  test(`the ${name} policies mask secrets and numbers of accounts in whatever can return some`, async () => {
    const load = await loadPolicyFolder(join(policies, name));
    assert(load.ok, JSON.stringify(load));
    const policy = createPolicy(load.set);
    for (const verbs of [["sql.read"], ["sql.opaque"], ["sql.read", "sql.write"]] as const) {
      const decision = policy.evaluate(input(verbs));
      assert(decision.effect !== "deny");
      const found = decision.obligations.masks.map(({ target }) => targetText(target));
      for (const entity of entityNames.filter((each) => entityOf(each).kind === "secret")) {
        assert(found.includes(entity), `${entity} in ${verbs.join()}`);
      }
      for (const entity of ["credit_card", "iban", "us_ssn"]) assert(found.includes(entity));
    }
    // So every answer with rows comes under the masks of reads.
    const classifier = await createClassifier({ bytesMax: 100_000 });
    for (const sql of [
      "update t set a = 1 returning *",
      "insert into t values (1) returning a",
      "delete from t returning t",
      "explain select * from t",
      "fetch all from c",
      "execute p",
      "copy t to stdout",
    ]) {
      const { verbs } = classifier.classify(sql);
      assert(verbs.includes("sql.read") || verbs.includes("sql.opaque"), sql);
    }
  });

  test(`every one of the ${name} policies gives its reason`, async () => {
    const load = await loadPolicyFolder(join(policies, name));
    assert(load.ok);
    for (const { id, reason } of load.set.policies.values()) {
      assert.doesNotMatch(reason.text, /^The policy /, id);
    }
  });
}

test("the production policies count a verdict only from a signed-in person", async () => {
  const load = await loadPolicyFolder(join(policies, "production"));
  assert(load.ok);
  const holding = [...load.set.policies.values()].filter(
    ({ obligations }) => obligations.quorum.length > 0,
  );
  assert.equal(holding.length, 11);
  for (const { id, obligations } of holding) assert.equal(obligations.assurance, "session", id);
});
