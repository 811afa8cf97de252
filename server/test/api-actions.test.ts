/** The history of actions over the API: what is found, how it is explained, and what erasure leaves of it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import type { ActionDetail, ActionSummary } from "@countersign/sdk/wire/action";
import type { Page } from "@countersign/sdk/wire/page";
import type { Problem } from "@countersign/sdk/wire/problem";
import { actionRecord, executionRecord, policyActivatedRecord } from "#/audit/records.ts";
import type { Action } from "#/core/action.ts";
import { type Decision, ownReason } from "#/core/decision.ts";
import { actionDigest } from "#/core/digest.ts";
import type { Digest } from "#/core/ids.ts";
import { noObligations } from "#/core/obligation.ts";
import type { RecordDraft } from "#/core/record.ts";
import { applyEvent } from "#/review/life.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import type { Store } from "#/store/store.ts";
import { actionOf, policySet, startTestApi, type TestApi } from "./support/api.ts";

const earlierSet = "e".repeat(64) as Digest;

test("every decision is in the history, newest first, with what became of it", async (context) => {
  const { api, get } = await started(context);
  const allowed = await decide(api, allow, { verbs: ["sql.read"], command: "select 1" });
  await api.deps.store.append([
    executionRecord("execution.completed", allowed.id, api.clock.now(), {
      committed: true,
      detail: "SELECT 1",
      rows: 1,
    }),
  ]);
  const denied = await decide(api, deny, {});
  const held = await api.hold();
  const { items, next } = await get("/actions");
  assert.equal(next, null);
  assert.deepEqual(
    items.map(({ id, decision, reviewId }) => ({ id, decision, reviewId })),
    [
      { id: held.action.id, decision: "review", reviewId: held.id },
      { id: denied.id, decision: "deny", reviewId: null },
      { id: allowed.id, decision: "allow", reviewId: null },
    ],
  );
  assert.deepEqual(items[2], {
    id: allowed.id,
    at: "2026-09-21T14:13:20.000Z",
    decision: "allow",
    headline: items[2]?.headline,
    verb: "sql.read",
    connection: "shop",
    environment: "production",
    principal: { kind: "agent", name: "importer" },
    onBehalfOf: null,
    command: "select 1",
    commandIsCut: false,
    reviewId: null,
    reviewState: null,
    outcome: { type: "execution.completed", detail: "SELECT 1", rows: 1 },
  });
  assert.deepEqual([items[0]?.outcome, items[1]?.outcome], [null, null]);
  assert.match(items[1]?.headline ?? "", /in shop, production$/);
});

test("filters are the action's own decision, connection, principal and verbs", async (context) => {
  const { api, get } = await started(context);
  const principal = { kind: "agent", name: "reporter", groups: [], onBehalfOf: null, people: [] };
  const crm = api.deps.connections.get("crm");
  const byReporter = await decide(api, allow, { principal } as Partial<Action>);
  const onCrm = await decide(api, deny, { resource: crm } as Partial<Action>);
  const schema = await decide(api, deny, { verbs: ["sql.schema"] });
  const found = async (query: string) => (await get(`/actions?${query}`)).items.map(({ id }) => id);
  assert.deepEqual(await found("principal=reporter"), [byReporter.id]);
  assert.deepEqual(await found("connection=crm"), [onCrm.id]);
  assert.deepEqual(await found("verb=sql.schema"), [schema.id]);
  assert.deepEqual(await found("decision=deny"), [schema.id, onCrm.id]);
  assert.deepEqual(await found("decision=deny&connection=shop"), [schema.id]);
  assert.deepEqual(await found("verb=sql.read"), [onCrm.id, byReporter.id]);
  assert.deepEqual(await found("connection=nowhere"), []);
});

test("a person who acts has a name in the history, which is payload", async (context) => {
  const { api, get } = await started(context);
  const principal = { kind: "user", name: "dana", groups: [], onBehalfOf: null, people: [] };
  await decide(api, allow, { principal } as Partial<Action>);
  const [item] = (await get("/actions")).items;
  assert.deepEqual(item?.principal, { kind: "user", name: "dana" });
  await erasePayloads(api);
  const [erased] = (await get("/actions")).items;
  assert.deepEqual(erased?.principal, { kind: "user", name: "" });
});

test("pages join to the whole history, each action once", async (context) => {
  const { api, get } = await started(context);
  const all: string[] = [];
  for (let count = 0; count < 11; count += 1) all.unshift((await decide(api, allow, {})).id);
  const found: string[] = [];
  for (let cursor = ""; ; ) {
    const { items, next } = await get(`/actions?limit=3${cursor}`);
    found.push(...items.map(({ id }) => id));
    if (next === null) break;
    cursor = `&cursor=${next}`;
  }
  assert.deepEqual(found, all);
});

test("a search through a long log ends with an empty page that has a next one", async (context) => {
  const { api, get } = await started(context);
  const wanted = await decide(api, allow, { resource: api.deps.connections.get("crm") } as never);
  const none = { action: null, review: null, body: {}, payload: null };
  const record: RecordDraft = { type: "execution.completed", at: 0, ...none };
  for (let added = 0; added < 25; added += 1) {
    await api.deps.store.append(Array.from({ length: 1000 }, () => record));
  }
  const first = await get("/actions?connection=crm");
  assert.deepEqual(first.items, []);
  assert.notEqual(first.next, null);
  const second = await get(`/actions?connection=crm&cursor=${first.next}`);
  assert.deepEqual(
    second.items.map(({ id }) => id),
    [wanted.id],
  );
  assert.equal(second.next, null);
});

test("a page opens no more payload than is bounded, however large the commands are", async (context) => {
  const asked: number[] = [];
  const { api, get } = await started(context, (store) => ({
    ...store,
    payloads(indexes) {
      asked.push(indexes.length);
      return store.payloads(indexes);
    },
  }));
  const command = `select '${"x".repeat(1_500_000)}'`;
  for (let count = 0; count < 5; count += 1) await decide(api, allow, { command });
  const first = await get("/actions");
  assert.deepEqual([first.items.length, asked], [2, [2]]);
  const second = await get(`/actions?cursor=${first.next}`);
  const third = await get(`/actions?cursor=${second.next}`);
  assert.deepEqual([second.items.length, third.items.length, third.next], [2, 1, null]);
});

test("a list shows the beginning of a command, and the action itself all of it", async (context) => {
  const { api, get, detail } = await started(context);
  const at = (length: number, tail: string) => "x".repeat(length) + tail;
  for (const [command, shown] of [
    [at(1000, ""), at(1000, "")],
    [at(1000, "y"), at(1000, "")],
    // The pair would be cut in the middle, and a lone half is no text.
    [at(999, "\u{1f600}z"), at(999, "")],
    [at(998, "\u{1f600}z"), at(998, "\u{1f600}")],
  ] as const) {
    const { id } = await decide(api, allow, { command });
    const [item] = (await get("/actions?limit=1")).items;
    assert.equal(item?.command, shown);
    assert.equal(item?.commandIsCut, shown !== command);
    const whole = await detail(id);
    assert.deepEqual([whole.command, whole.commandIsCut], [command, false]);
  }
});

test("an action is told whole: what, where, on which values, and by which records", async (context) => {
  const { api, detail } = await started(context);
  const held = await api.hold({ quorum: [{ group: "dba", needed: 2 }] });
  const found = await detail(held.action.id);
  assert.deepEqual(found.upstream, { endpoint: "db.example:5432", database: "shop", role: "app" });
  assert.deepEqual(found.parameters, [
    { type: 25, format: "text", text: "7" },
    { type: 17, format: "binary", text: "<BYTES 2>" },
    { type: 25, format: "text", text: null },
  ]);
  assert.deepEqual(found.facts, {
    family: "sql",
    kinds: ["delete"],
    reads: [],
    writes: ["public.customers"],
    functions: [],
    filtered: true,
    maskedUse: false,
    opaque: null,
  });
  assert.equal(found.digest, held.digest);
  assert.deepEqual(found.verbs, ["sql.read", "sql.write"]);
  assert.deepEqual(found.quorum, [{ group: "dba", needed: 2 }]);
  assert.deepEqual(found.policySet, { digest: policySet, inForce: true });
  assert.equal(found.cause, null);
  assert.deepEqual(
    found.records.map(({ type }) => type),
    ["action.held", "review.opened"],
  );
  const [record] = found.records;
  const leaf = Buffer.from(record?.bytes ?? "", "base64");
  const hash = createHash("sha256").update("\0").update(leaf).digest("hex");
  assert.equal(record?.leafHash, hash);
});

test("no salt, session, fingerprint or opaque id of a person is told of an action", async (context) => {
  const { api, token } = await started(context);
  const action = await decide(api, allow, { fingerprint: "f".repeat(64), session: "ses_hidden" });
  for (const path of ["/actions", `/actions/${action.id}`]) {
    const { text } = await api.request("GET", path, { token });
    assert.ok(!text.includes(action.salt));
    assert.doesNotMatch(text, /ses_hidden|f{64}|per_/);
  }
});

test("a decision is explained in the words that its rules had then", async (context) => {
  const { api, detail } = await started(context);
  const { store } = api.deps;
  const words = (text: string) => [{ policy: "writes-wait", text }];
  await store.append([policyActivatedRecord(earlierSet, words("As it was said before."), 0)]);
  await store.append([policyActivatedRecord(policySet, words("Writes wait for a person."), 0)]);
  const before = await decide(api, { ...deny, policySet: earlierSet }, {});
  const now = await decide(api, deny, {});
  const unknown = await decide(api, { ...deny, policySet: "0".repeat(64) as Digest }, {});
  const explained = async ({ id }: Action) => {
    const { reasons, policySet: set, cause } = await detail(id);
    return { reasons, inForce: set.inForce, cause };
  };
  assert.deepEqual(await explained(before), {
    reasons: words("As it was said before."),
    inForce: false,
    cause: "forbidden",
  });
  assert.deepEqual(await explained(now), {
    reasons: words("Writes wait for a person."),
    inForce: true,
    cause: "forbidden",
  });
  assert.deepEqual((await explained(unknown)).reasons, words(""));
  // Kept from the first look on, and the same in the second.
  assert.deepEqual((await explained(before)).reasons, words("As it was said before."));
});

test("what the gateway itself denies says why in the gateway's words", async (context) => {
  const { api, detail } = await started(context);
  const reasons = [ownReason("The gateway does not carry this message.")];
  const { id } = await decide(api, { ...deny, cause: "unsupported", reasons }, {});
  const found = await detail(id);
  assert.deepEqual([found.reasons, found.cause], [reasons, "unsupported"]);
});

test("a rule that failed is told as such, not in its author's words", async (context) => {
  const { api, detail } = await started(context);
  await api.deps.store.append([
    policyActivatedRecord(policySet, [{ policy: "writes-wait", text: "Writes wait." }], 0),
  ]);
  const { id } = await decide(api, { ...deny, cause: "policy_error" }, {});
  const { reasons, cause } = await detail(id);
  assert.equal(cause, "policy_error");
  assert.match(reasons[0]?.text ?? "", /failed to evaluate/);
});

test("of an action whose payload was erased the decision remains, and no word of it", async (context) => {
  const { api, get, detail, token } = await started(context);
  const held = await api.hold({ command: "select 'Rumpelstilzchen'" });
  await erasePayloads(api);
  const [item] = (await get("/actions")).items;
  assert.deepEqual([item?.command, item?.commandIsCut, item?.decision], [null, false, "review"]);
  assert.match(item?.headline ?? "", /in shop, production$/);
  const found = await detail(held.action.id);
  assert.deepEqual([found.facts, found.upstream, found.parameters], [null, null, []]);
  assert.deepEqual(found.reasons, [{ policy: "writes-wait", text: "" }]);
  assert.equal(found.digest, held.digest);
  const { text } = await api.request("GET", "/actions", { token });
  assert.doesNotMatch(text, /Rumpelstilzchen/);
});

test("a payload that is another record's is a failure, never shown", async (context) => {
  const { api, token } = await started(context);
  const one = await decide(api, allow, { command: "select 1" });
  await decide(api, allow, { command: "select 2" });
  await withDatabase(api, (db) => {
    const sealed = db.prepare("SELECT sealed FROM payloads ORDER BY idx DESC LIMIT 1").get();
    db.prepare("UPDATE payloads SET sealed = ?").run(sealed?.["sealed"] as Uint8Array);
  });
  for (const path of ["/actions", `/actions/${one.id}`]) {
    const { status, json } = await api.request("GET", path, { token });
    assert.deepEqual([status, (json as Problem).code], [500, "audit.seal_broken"]);
  }
});

test("an unknown action is not found, and a question of another form is refused", async (context) => {
  const { api, token } = await started(context);
  const { action } = await api.hold();
  const asked = async (path: string) => {
    const { status, json } = await api.request("GET", path, { token });
    return [status, (json as Problem).code];
  };
  assert.deepEqual(await asked(`/actions/${action.id}x`), [404, "api.not_found"]);
  for (const query of [
    "decision=held",
    "verb=sql.everything",
    "cursor=-1",
    "cursor=1e3",
    `cursor=${"9".repeat(16)}`,
    "limit=0",
    "limit=101",
    `connection=${"x".repeat(64)}`,
  ]) {
    assert.deepEqual(await asked(`/actions?${query}`), [400, "api.invalid_request"], query);
  }
  // Beyond the log's end is its end.
  assert.equal((await asked("/actions?cursor=999999999999999"))[0], 200);
});

const reasons = [{ policy: "writes-wait", text: "Said by the rule itself." }];
const allow: Decision = { effect: "allow", reasons, obligations: noObligations, policySet };
const deny = { effect: "deny", cause: "forbidden", reasons, policySet } as const;

/** What enforcement would record. */
async function decide(api: TestApi, decision: Decision, changes: Partial<Action>): Promise<Action> {
  const now = api.clock.now();
  const action = actionOf(now, { action: changes }, null);
  await api.deps.store.append([actionRecord(action, actionDigest(action), decision, null, now)]);
  return action;
}

/** As an erasure leaves it: no payload, every leaf. */
function erasePayloads(api: TestApi): Promise<void> {
  return withDatabase(api, (db) => db.exec("DELETE FROM payloads"));
}

async function withDatabase(api: TestApi, change: (db: DatabaseSync) => void): Promise<void> {
  // So that what was appended is there.
  await api.deps.store.logHead();
  const db = new DatabaseSync(storeFiles(api.dir).database, { timeout: 5000 });
  try {
    change(db);
  } finally {
    db.close();
  }
}

async function started(
  context: TestContext,
  store: (store: Store) => Store = (opened) => opened,
): Promise<{
  readonly api: TestApi;
  readonly token: string;
  readonly get: (path: string) => Promise<Page<ActionSummary>>;
  readonly detail: (id: string) => Promise<ActionDetail>;
}> {
  const api = await startTestApi({ store });
  context.after(api.close);
  const token = await api.signIn("dana");
  const read = async <Body>(path: string) => {
    const { status, json, text } = await api.request("GET", path, { token });
    assert.equal(status, 200, text);
    return json as Body;
  };
  return {
    api,
    token,
    get: (path) => read<Page<ActionSummary>>(path),
    detail: (id) => read<ActionDetail>(`/actions/${id}`),
  };
}

test("a held action says how its review stands now, in lists and alone; what was not held says nothing", async (context) => {
  const { api, get } = await started(context);
  await decide(api, allow, {});
  const { id, action } = await api.hold();
  const stateOf = async () => {
    const { items } = await get("/actions?decision=review");
    return items.find((each) => each.reviewId === id)?.reviewState;
  };
  assert.equal(await stateOf(), "pending");
  const caller = (await api.deps.store.review(id))?.caller ?? assert.fail();
  await applyEvent(api.deps.reviews, id, { kind: "cancel", caller });
  assert.equal(await stateOf(), "cancelled");
  const token = await api.signIn("dana");
  const alone = (await api.request("GET", `/actions/${action.id}`, { token })).json as ActionDetail;
  assert.equal(alone.reviewState, "cancelled");
  const { items } = await get("/actions?decision=allow");
  assert.deepEqual([...new Set(items.map(({ reviewState }) => reviewState))], [null]);
});
