import assert from "node:assert/strict";
import { createHash, createHmac, hash } from "node:crypto";
import { test } from "node:test";
import type { Action, LoadedData, PostgresResource } from "./action.ts";
import { actionDigest, dataDigest, joinKey } from "./digest.ts";
import type { ActionId, PersonId } from "./ids.ts";

const resource: PostgresResource = {
  connection: "shop",
  kind: "postgres",
  environment: "production",
  labels: {},
  endpoint: "127.0.0.1:5432",
  database: "shop",
  role: "gateway_shop",
};

const action: Action = {
  id: "act_1" as ActionId,
  family: "sql",
  verbs: ["sql.write"],
  principal: {
    kind: "agent",
    name: "demo-agent",
    groups: ["agents"],
    onBehalfOf: { id: "per_1" as PersonId, name: "ada" },
    people: [],
  },
  resource,
  command: "delete from customers where name = 'Ö'",
  parameters: [{ type: 23, format: "text", bytes: "Nw==" }],
  facts: {
    family: "sql",
    statements: 1,
    kinds: ["delete"],
    reads: [],
    writes: ["public.customers"],
    functions: [],
    settings: [],
    filtered: true,
    maskedUse: false,
    literals: [],
    uncounted: null,
    opaque: null,
  },
  agentReason: null,
  session: "ses_1",
  fingerprint: "f".repeat(64),
  revision: 1,
  salt: "a".repeat(64),
  data: null,
  proposedAt: 0,
};

/** Written out by hand, as `docs/reference/log-format.md` describes it. */
const canonicalFields =
  '"command":"ZGVsZXRlIGZyb20gY3VzdG9tZXJzIHdoZXJlIG5hbWUgPSAnw5Yn","connection":"shop","database":"shop",' +
  '"endpoint":"127.0.0.1:5432","onBehalfOf":"per_1","parameters":[{"bytes":"Nw==","format":"text","type":23}],' +
  '"principal":{"kind":"agent","name":"demo-agent"}';
const canonicalRest = `"role":"gateway_shop"`;

test("the digest is SHA-256 over the tag and the canonical fields, salt and revision included", () => {
  const fields = `{${canonicalFields},"revision":1,${canonicalRest},"salt":"${action.salt}","sessionFingerprint":"${action.fingerprint}","verbs":["sql.write"]}`;
  const expected = createHash("sha256").update(`countersign/action/v1\0${fields}`).digest("hex");
  assert.equal(actionDigest(action), expected);
});

test("the join key is an HMAC over the same fields without salt and revision", () => {
  const key = Buffer.alloc(32, 7);
  const fields = `{${canonicalFields},${canonicalRest},"sessionFingerprint":"${action.fingerprint}","verbs":["sql.write"]}`;
  const expected = createHmac("sha256", key).update(`countersign/join/v1\0${fields}`).digest("hex");
  assert.equal(joinKey(action, key), expected);
  assert.notEqual(joinKey(action, Buffer.alloc(32, 8)), expected);
});

const data: LoadedData = {
  format: "text",
  sha256: "0".repeat(64),
  bytes: 1,
  rows: 1,
  columns: ["id"],
  firstRows: [],
};

test("what is said of data beside its digest and size is in no digest of the action", () => {
  const other: LoadedData = { ...data, format: "csv", rows: null, columns: [] };
  assert.equal(actionDigest({ ...action, data: other }), actionDigest({ ...action, data }));
  const key = Buffer.alloc(32, 7);
  assert.notEqual(joinKey({ ...action, data }, key), joinKey(action, key));
});

test("the digest of data that was loaded is the salt's, so that it tells nobody else what it was", () => {
  const [one, other] = [action.salt, "b".repeat(64)].map((salt) => dataDigest({ salt }, data));
  const fields = `{"bytes":1,"salt":"${action.salt}","sha256":"${data.sha256}"}`;
  assert.equal(one, hash("sha256", `countersign/data/v1\0${fields}`, "hex"));
  assert.notEqual(one, other);
});

test("of a call no database and no role are in the digest, which is else taken alike", () => {
  const { connection, environment, labels } = resource;
  const endpoint = "https://mcp.example.com/v1";
  const call: Action = {
    ...action,
    verbs: ["mcp.call"],
    resource: { kind: "mcp", connection, environment, labels, endpoint },
    command: '{"method":"tools/call","name":"pay"}',
    parameters: [],
  };
  const command = Buffer.from(call.command).toString("base64");
  const fields = `{"command":"${command}","connection":"shop","database":null,"endpoint":"${endpoint}","onBehalfOf":"per_1","parameters":[],"principal":{"kind":"agent","name":"demo-agent"},"revision":1,"role":null,"salt":"${call.salt}","sessionFingerprint":"${call.fingerprint}","verbs":["mcp.call"]}`;
  assert.equal(actionDigest(call), hash("sha256", `countersign/action/v1\0${fields}`, "hex"));
});

test("a change of anything that gives the action its meaning changes the digest", () => {
  const { principal } = action;
  const changed: readonly Partial<Action>[] = [
    { command: `${action.command} ` },
    { parameters: [{ type: 23, format: "binary", bytes: "Nw==" }] },
    { parameters: [{ type: 20, format: "text", bytes: "Nw==" }] },
    { parameters: [{ type: 23, format: "text", bytes: null }] },
    { data },
    { data: { ...data, sha256: "1".repeat(64) } },
    { data: { ...data, bytes: 2 } },
    { verbs: ["sql.read"] },
    { principal: { ...principal, name: "other" } },
    { principal: { ...principal, kind: "service" } },
    { principal: { ...principal, onBehalfOf: null } },
    { resource: { ...resource, connection: "other" } },
    { resource: { ...resource, endpoint: "127.0.0.1:5433" } },
    { resource: { ...resource, database: "other" } },
    { resource: { ...resource, role: "other" } },
    { fingerprint: "e".repeat(64) },
    { fingerprint: null },
    { revision: 2 },
    { salt: "b".repeat(64) },
  ];
  const digests = changed.map((change) => actionDigest({ ...action, ...change }));
  assert.equal(new Set([...digests, actionDigest(action)]).size, changed.length + 1);
});

test("facts, the agent's reason and the session's id are not in the digest", () => {
  const better = { ...action.facts, kinds: ["delete", "select"] };
  assert.equal(
    actionDigest({
      ...action,
      facts: better,
      agentReason: "Tidying up.",
      session: "ses_2",
      id: "act_2" as ActionId,
    }),
    actionDigest(action),
  );
});
