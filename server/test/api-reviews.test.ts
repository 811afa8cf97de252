import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ActionDetail } from "@countersign/sdk/wire/action";
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { VerdictAnswer } from "@countersign/sdk/wire/verdict";
import { reviewsPageBytesMax } from "#/api/routes/review-routes.ts";
import type { Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { applyEvent } from "#/review/life.ts";
import { idempotencyKeyBytesMax, verdictCommentBytesMax } from "#/review/verdict.ts";
import { type Answer, startTestApi, type TestApi } from "./support/api.ts";

test("an approval decides the review and says so", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold();
  const answer = await verdict(api, review, dana, { verdict: "approve" });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, {
    id: review.id,
    actionId: review.action.id,
    state: "approved",
    digest: review.digest,
  } satisfies VerdictAnswer);
  const { verdicts, quorum, decidedAt } = await detail(api, review, dana);
  assert.deepEqual(quorum, [{ group: "dba", needed: 1, given: ["dana"] }]);
  assert.equal(decidedAt, new Date(api.clock.now()).toISOString());
  assert.deepEqual(verdicts, [
    {
      kind: "approve",
      person: "dana",
      assurance: "session",
      comment: null,
      maxRows: null,
      measuredRows: null,
      viewDigest: null,
      revealed: [],
      at: new Date(api.clock.now()).toISOString(),
      counts: true,
    },
  ]);
});

test("an approval may say how many rows at most, and the least of all binds", async (context) => {
  const { api, dana } = await started(context);
  const quorum = [
    { group: "dba", needed: 1 },
    { group: "security", needed: 1 },
  ];
  const review = await api.hold({ quorum, rows: { max: 20, policy: "small" } });
  const byRule = { max: 20, by: "rule", name: "small" };
  assert.deepEqual((await detail(api, review, dana)).rowLimit, byRule);
  const sam = await api.signIn("sam");
  await verdict(api, review, sam, { verdict: "approve", maxRows: 30 });
  assert.deepEqual((await detail(api, review, dana)).rowLimit, byRule);
  const headers = { "idempotency-key": "one" };
  const given = { verdict: "approve", maxRows: 10 };
  assert.equal(stateOf(await verdict(api, review, dana, given, headers)), "approved");
  const after = await detail(api, review, dana);
  assert.deepEqual(after.rowLimit, { max: 10, by: "reviewer", name: "dana" });
  assert.deepEqual(
    after.verdicts.map(({ person, maxRows }) => [person, maxRows]),
    [
      ["sam", 30],
      ["dana", 10],
    ],
  );
  // The number is part of the verdict: the same key with another one is another verdict.
  const other = await verdict(api, review, dana, { ...given, maxRows: 11 }, headers);
  assert.equal(codeOf(other), "review.idempotency_conflict");
});

test("rows belong to an approval, are a number from one, and are refused where they can't be counted", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold();
  for (const body of [
    { verdict: "deny", comment: "no", maxRows: 3 },
    { verdict: "approve", maxRows: 0 },
    { verdict: "approve", maxRows: 1.5 },
    { verdict: "approve", maxRows: 1_000_000_001 },
    { verdict: "approve", maxRows: "3" },
  ]) {
    const answer = await verdict(api, review, dana, body);
    assert.deepEqual([answer.status, codeOf(answer)], [400, "api.invalid_request"]);
  }
  const facts = { ...review.action.facts, uncounted: "It does more." };
  const more = await api.hold({ action: { facts } });
  const answer = await verdict(api, more, dana, { verdict: "approve", maxRows: 3 });
  assert.deepEqual([answer.status, codeOf(answer)], [422, "review.rows_uncounted"]);
  const shown = await detail(api, more, dana);
  assert.deepEqual([shown.state, shown.uncounted], ["pending", "It does more."]);
});

test("one person of two leaves the review waiting for the other", async (context) => {
  const { api, dana } = await started(context);
  const quorum = [
    { group: "dba", needed: 1 },
    { group: "security", needed: 1 },
  ];
  const review = await api.hold({ quorum });
  const sam = await api.signIn("sam");
  assert.equal(stateOf(await verdict(api, review, sam, { verdict: "approve" })), "pending");
  const waiting = await detail(api, review, dana);
  assert.deepEqual(
    waiting.quorum.flatMap(({ given }) => given),
    ["sam"],
    "sam fills one slot of the two",
  );
  assert.equal(stateOf(await verdict(api, review, dana, { verdict: "approve" })), "approved");
});

for (const [kind, state] of [
  ["deny", "denied"],
  ["request_changes", "changes_requested"],
] as const) {
  test(`the verdict ${kind} needs a reason, and ends the review with it`, async (context) => {
    const { api, dana } = await started(context);
    const review = await api.hold();
    for (const comment of [undefined, null, "", " \n"]) {
      const silent = await verdict(api, review, dana, { verdict: kind, comment });
      assert.deepEqual([silent.status, codeOf(silent)], [422, "review.reason_required"]);
    }
    const answer = await verdict(api, review, dana, { verdict: kind, comment: "Not on a Friday." });
    assert.equal(stateOf(answer), state);
    const { verdicts } = await detail(api, review, dana);
    assert.deepEqual(
      verdicts.map(({ comment }) => comment),
      ["Not on a Friday."],
    );
  });
}

test("a digest of another version of the action is refused, and nothing is decided", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold();
  const digest = "0".repeat(64) as Digest;
  const stale = await verdict(api, { ...review, digest }, dana, { verdict: "approve" });
  assert.deepEqual([stale.status, codeOf(stale)], [409, "review.digest_mismatch"]);
  assert.equal((await detail(api, review, dana)).state, "pending");
});

test("approvals of an earlier version are shown as such, and fill no slot", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold({ quorum: [{ group: "dba", needed: 2 }] });
  await verdict(api, review, dana, { verdict: "approve" });
  const digest = "1".repeat(64) as Digest;
  await applyEvent(api.deps.reviews, review.id, {
    kind: "reopen",
    action: { ...review.action, revision: 2 },
    digest,
    terms: review,
    note: "The session changed.",
  });
  const shown = await detail(api, review, dana);
  assert.deepEqual([shown.revision, shown.digest, shown.note], [2, digest, "The session changed."]);
  assert.deepEqual(
    shown.verdicts.map(({ counts }) => counts),
    [false],
  );
  assert.deepEqual(shown.quorum, [{ group: "dba", needed: 2, given: [] }]);
});

test("the same Idempotency-Key answers the same, and another verdict under it is refused", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold({ quorum: [{ group: "dba", needed: 2 }] });
  const headers = { "idempotency-key": "one" };
  const first = await verdict(api, review, dana, { verdict: "approve" }, headers);
  const size = (await api.deps.store.logHead()).size;
  const again = await verdict(api, review, dana, { verdict: "approve" }, headers);
  assert.deepEqual([again.status, again.json], [200, first.json]);
  assert.equal((await api.deps.store.logHead()).size, size, "nothing was recorded again");
  assert.equal((await detail(api, review, dana)).verdicts.length, 1);
  const other = { verdict: "deny", comment: "no" };
  const conflict = await verdict(api, review, dana, other, headers);
  assert.deepEqual([conflict.status, codeOf(conflict)], [409, "review.idempotency_conflict"]);
});

test("a second verdict is refused with the reason", async (context) => {
  const { api, dana } = await started(context);
  const two = await api.hold({ quorum: [{ group: "dba", needed: 2 }] });
  await verdict(api, two, dana, { verdict: "approve" });
  const twice = await verdict(api, two, dana, { verdict: "approve" });
  assert.deepEqual([twice.status, codeOf(twice)], [409, "review.duplicate_verdict"]);
  const one = await api.hold();
  await verdict(api, one, dana, { verdict: "approve" });
  const late = await verdict(api, one, await api.signIn("sam"), { verdict: "deny", comment: "no" });
  assert.deepEqual([late.status, codeOf(late)], [409, "review.already_decided"]);
  assert.match(late.text, /approved by dana/);
});

test("who answers for the agent can't decide on what it asks for", async (context) => {
  const { api } = await started(context);
  const review = await api.hold();
  const answer = await verdict(api, review, await api.signIn("olga"), { verdict: "approve" });
  assert.deepEqual([answer.status, codeOf(answer)], [403, "review.requester"]);
  const reason = "olga answers for agent importer, so olga can't decide on what it asks for.";
  assert.ok(answer.text.includes(reason), answer.text);
});

test("a review says to each caller whether they may decide on it, with the reason that a verdict would get", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold({ quorum: [{ group: "dba", needed: 2 }] });
  const told = async (token: string) => (await detail(api, review, token)).mayDecide;
  assert.deepEqual(await told(dana), { allowed: true, reason: null, refuse: true });
  for (const name of ["olga", "root"]) {
    const token = await api.signIn(name);
    const { allowed, reason } = await told(token);
    const answer = await verdict(api, review, token, { verdict: "approve" });
    assert.deepEqual([allowed, answer.status], [false, 403], name);
    assert.equal((answer.json as { detail: string }).detail, reason);
  }
  const operator = await told(api.operator);
  assert.equal(operator.allowed, false);
  assert.match(operator.reason ?? "", /can't decide/);
  await verdict(api, review, dana, { verdict: "approve" });
  assert.equal((await told(dana)).allowed, false, "once is enough");
  const sam = await api.signIn("sam");
  await verdict(api, review, sam, { verdict: "deny", comment: "no" });
  assert.deepEqual(await told(sam), {
    allowed: false,
    reason: "It was denied by sam.",
    refuse: false,
  });
});

test("a verdict after the time to decide is refused", async (context) => {
  const { api } = await started(context);
  const review = await api.hold();
  api.clock.advance(review.expiresAt - api.clock.now());
  const answer = await verdict(api, review, await api.signIn("dana"), { verdict: "approve" });
  assert.deepEqual([answer.status, codeOf(answer)], [409, "review.expired"]);
});

test("a verdict on no review, a long comment and a bad key are each refused clearly", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold();
  const nowhere = { ...review, id: "rev_none" as Review["id"] };
  const missing = await verdict(api, nowhere, dana, { verdict: "approve" });
  assert.deepEqual([missing.status, codeOf(missing)], [404, "review.not_found"]);
  const comment = "x".repeat(verdictCommentBytesMax + 1);
  const long = await verdict(api, review, dana, { verdict: "deny", comment });
  assert.deepEqual([long.status, codeOf(long)], [422, "review.comment_too_long"]);
  for (const key of ["", "a b", "x".repeat(idempotencyKeyBytesMax + 1)]) {
    const bad = await verdict(
      api,
      review,
      dana,
      { verdict: "approve" },
      { "idempotency-key": key },
    );
    assert.deepEqual([bad.status, codeOf(bad)], [400, "api.invalid_request"], `key "${key}"`);
  }
  const body = { verdict: "approve", digest: review.digest, override: "select 1" };
  const extra = await api.request("POST", `/reviews/${review.id}/verdicts`, { token: dana, body });
  assert.deepEqual([extra.status, codeOf(extra)], [400, "api.invalid_request"]);
  assert.equal((await detail(api, review, dana)).state, "pending");
});

test("the inbox lists by state, newest first, in pages that join without gap or overlap", async (context) => {
  const { api, dana } = await started(context);
  const held: string[] = [];
  for (let count = 0; count < 25; count += 1) {
    api.clock.advance(1);
    held.push((await api.hold()).id);
  }
  const [decided] = held;
  const review = await api.deps.store.review(decided as Review["id"]);
  assert(review !== null);
  await verdict(api, review, dana, { verdict: "approve" });

  const list = async (query: string) => {
    const ids: string[] = [];
    let cursor = "";
    do {
      const { json } = await api.request("GET", `/reviews?${query}${cursor}`, { token: dana });
      const page = json as Page<ReviewSummary>;
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next === null ? "" : `&cursor=${page.next}`;
    } while (cursor !== "");
    return ids;
  };
  const newestFirst = held.toReversed();
  assert.deepEqual(await list("limit=4"), newestFirst);
  assert.deepEqual(await list("limit=25"), newestFirst);
  assert.deepEqual(await list("state=pending&limit=7"), newestFirst.slice(0, -1));
  assert.deepEqual(await list("state=approved"), [decided]);
  assert.deepEqual(await list("state=denied"), []);
});

test("a page of large commands is bounded, and still shows each of them whole", async (context) => {
  const { api, dana } = await started(context);
  const command = "x".repeat(reviewsPageBytesMax / 2 + 1);
  for (let count = 0; count < 3; count += 1) {
    api.clock.advance(1);
    await api.hold({ command });
  }
  const { json } = await api.request("GET", "/reviews", { token: dana });
  const { items, next } = json as Page<ReviewSummary>;
  assert.deepEqual([items.length, items[0]?.command === command], [1, true]);
  assert.equal(next, items[0]?.id);
});

test("a review shows what would run, and nothing that is the gateway's own", async (context) => {
  const { api, dana } = await started(context);
  const review = await api.hold({ command: "delete from t -- \u202e\u001b[2J" });
  const { text, json } = await api.request("GET", `/reviews/${review.id}`, { token: dana });
  const shown = json as ReviewDetail;
  assert.equal(shown.command, "delete from t -- \u202e\u001b[2J");
  assert.equal(shown.verb, "sql.write");
  assert.deepEqual(shown.verbs, ["sql.read", "sql.write"]);
  assert.deepEqual(shown.parameters, [
    { type: 25, format: "text", text: "7" },
    { type: 17, format: "binary", text: "<BYTES 2>" },
    { type: 25, format: "text", text: null },
  ]);
  assert.equal(shown.attached, true);
  for (const secret of [review.joinKey, review.action.salt, ...review.barred]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test("a review of a COPY shows what it would load, and so does its action afterwards", async (context) => {
  const { api, dana } = await started(context);
  const value = (text: string) => ({
    type: 25,
    format: "text" as const,
    bytes: Buffer.from(text).toString("base64"),
  });
  const sha256 = "5".repeat(64);
  const data = { format: "csv", sha256, bytes: 9, rows: 2, columns: ["name"] } as const;
  const firstRows = [{ values: [value("\u202eada")], isCut: true }];
  const review = await api.hold({
    command: "copy people (name) from stdin csv",
    action: { data: { ...data, firstRows } },
  });
  const expected = {
    ...data,
    firstRows: [{ values: [{ type: 25, format: "text", text: "\u202eada" }], isCut: true }],
  };
  const shown = (await api.request("GET", `/reviews/${review.id}`, { token: dana })).json;
  assert.deepEqual((shown as ReviewDetail).data, expected);
  const action = await api.request("GET", `/actions/${review.action.id}`, { token: dana });
  assert.deepEqual((action.json as ActionDetail).data, expected);
});

async function started(context: TestContext): Promise<{ api: TestApi; dana: string }> {
  const api = await startTestApi();
  context.after(api.close);
  return { api, dana: await api.signIn("dana") };
}

function verdict(
  api: TestApi,
  { id, digest }: Pick<Review, "id" | "digest">,
  token: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const path = `/reviews/${id}/verdicts`;
  return api.request("POST", path, { token, headers, body: { digest, ...body } });
}

async function detail(api: TestApi, { id }: Review, token: string): Promise<ReviewDetail> {
  const { status, json } = await api.request("GET", `/reviews/${id}`, { token });
  assert.equal(status, 200);
  return json as ReviewDetail;
}

function stateOf({ json }: Answer): unknown {
  return (json as VerdictAnswer).state;
}

function codeOf({ json }: Answer): unknown {
  return (json as { code?: unknown } | null)?.code;
}
