/** What leaves by the API of an action's values: masked, and one by one to who may see them. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ActionDetail, ActionSummary } from "@countersign/sdk/wire/action";
import type { Page } from "@countersign/sdk/wire/page";
import type { Problem } from "@countersign/sdk/wire/problem";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { RevealAnswer } from "@countersign/sdk/wire/verdict";
import type { Parameter } from "#/core/action.ts";
import type { Review } from "#/core/review.ts";
import type { RevealRight } from "#/core/view.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { applyEvent } from "#/review/life.ts";
import { startTestApi, type TestApi } from "./support/api.ts";
import { heldCall } from "./support/held-call.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });
const factsOf = (command: string) => classifier.classify(command).facts;

const planted = {
  email: "ada.lovelace@example.com",
  card: "4111111111111111",
  phone: "+44 20 7946 0958",
  iban: "GB33BUKB20201555555555",
  comment: "bob.builder@example.com",
} as const;

const command = `update customers set phone = $1, iban = '${planted.iban}' where email = '${planted.email}' and card_number = ${planted.card} and id = 7 -- for ${planted.comment}`;
const shownCommand =
  "update customers set phone = $1, iban = '<IBAN_1>' where email = '<EMAIL_1>' and card_number = <CREDIT_CARD_1> and id = 7 -- for <EMAIL_2>";

const parameters: readonly Parameter[] = [
  { type: 25, format: "text", bytes: Buffer.from(planted.phone).toString("base64") },
];

const all: readonly RevealRight[] = [{ groups: ["dba"], entities: "all" }];

async function started(
  context: TestContext,
  options: Parameters<typeof startTestApi>[0] = {},
): Promise<{
  readonly api: TestApi;
  readonly dana: string;
  readonly hold: (sql?: string) => Promise<Review>;
  readonly look: (review: Review, token?: string) => Promise<ReviewDetail>;
}> {
  const api = await startTestApi({
    literalsOf: (_, text) => factsOf(text).literals,
    ...options,
  });
  context.after(api.close);
  const dana = await api.signIn("dana");
  return {
    api,
    dana,
    hold: (sql = command) =>
      api.hold({ command: sql, action: { facts: factsOf(sql), parameters } }),
    async look({ id }, token = dana) {
      const { json } = await api.request("GET", `/reviews/${id}`, { token });
      return json as ReviewDetail;
    },
  };
}

/** In every form in which it could stand in an answer. */
function holds(text: string, value: string): boolean {
  const bytes = Buffer.from(value);
  const forms = [value, encodeURIComponent(value), bytes.toString("hex"), bytes.toString("base64")];
  return forms.some((form) => text.includes(form.replace(/=+$/, "")));
}

function assertNothingOf(text: string): void {
  for (const [what, value] of Object.entries(planted)) assert(!holds(text, value), what);
}

test("no answer of the API holds what the command, its parameters or its comment hold", async (context) => {
  const { api, dana, hold } = await started(context);
  const review = await hold();
  const paths = [
    "/reviews",
    `/reviews/${review.id}`,
    "/actions",
    `/actions/${review.action.id}`,
    `/actions/${review.action.id}/proof`,
    "/log/records",
  ];
  for (const path of paths) {
    const { status, text } = await api.request("GET", path, { token: dana });
    assert.equal(status, 200, path);
    assertNothingOf(text);
  }
  assertNothingOf(api.lines.join("\n"));
  // What is looked for is what it would be found as.
  assert(holds(JSON.stringify(review), planted.phone) && holds(command, planted.iban));
});

test("the inbox, the review and the history show the same masked command", async (context) => {
  const { api, dana, hold, look } = await started(context);
  const review = await hold();
  const inbox = await api.request("GET", "/reviews", { token: dana });
  const history = await api.request("GET", "/actions", { token: dana });
  const action = await api.request("GET", `/actions/${review.action.id}`, { token: dana });
  const detail = await look(review);
  assert.deepEqual(
    [
      (inbox.json as Page<ReviewSummary>).items[0]?.command,
      detail.command,
      (history.json as Page<ActionSummary>).items[0]?.command,
      (action.json as ActionDetail).command,
    ],
    [shownCommand, shownCommand, shownCommand, shownCommand],
  );
  assert.deepEqual(detail.parameters, [{ type: 25, format: "text", text: "<PHONE_NUMBER_1>" }]);
  assert.deepEqual((action.json as ActionDetail).parameters, detail.parameters);
});

test("each masked part says where it stands, what it is, and whether the caller may see it", async (context) => {
  const revealRights = () => [
    { groups: ["dba"], entities: ["email", "iban"] as const },
    { groups: ["security"], entities: "all" as const },
  ];
  const { api, hold, look } = await started(context, { revealRights });
  const review = await hold();
  const { command: shown, masked, maskedMore } = await look(review);
  assert.equal(maskedMore, 0);
  assert.deepEqual(
    masked.map(({ field, of, path, start, end, entities, mayReveal, revealed }) => [
      field,
      of === "command" ? shown.slice(start, end) : path,
      entities.join(),
      mayReveal,
      revealed,
    ]),
    [
      ["command/1", "'<IBAN_1>'", "iban", true, false],
      ["command/2", "'<EMAIL_1>'", "email", true, false],
      ["command/3", "<CREDIT_CARD_1>", "credit_card", false, false],
      ["command/4", "-- for <EMAIL_2>", "email", true, false],
      ["parameters/1", [0], "phone_number", false, false],
    ],
  );
  const sam = await look(review, await api.signIn("sam"));
  assert(sam.masked.every(({ mayReveal }) => mayReveal));
  const root = await look(review, await api.signIn("root"));
  assert(root.masked.every(({ mayReveal }) => !mayReveal));
});

test("what a person says to a decision is masked before it is kept, for whoever has to hear it", async (context) => {
  const { api, dana, hold, look } = await started(context);
  const review = await hold();
  const body = {
    verdict: "request_changes",
    digest: review.digest,
    comment: "Leave <EMAIL_1> alone: bob@example.com pays by 4111 1111 1111 1111.",
    maxRows: null,
    viewDigest: null,
  };
  const route = `/reviews/${review.id}/verdicts`;
  assert.equal((await api.request("POST", route, { token: dana, body })).status, 200);
  const { verdicts } = await look(review);
  const said = "Leave <EMAIL_1> alone: <EMAIL> pays by <CREDIT_CARD>.";
  assert.deepEqual(
    verdicts.map(({ comment }) => comment),
    [said],
  );
  const kept = await api.deps.store.review(review.id);
  assert.equal(kept?.verdicts[0]?.comment, said);
});

test("who may sees one value, on record before it leaves, and nowhere else", async (context) => {
  const { api, dana, hold, look } = await started(context, { revealRights: () => all });
  const review = await hold();
  const { digest } = review;
  const body = { digest, field: "command/2" };
  const answer = await api.request("POST", `/reviews/${review.id}/reveal`, { token: dana, body });
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.deepEqual(answer.json, {
    id: review.id,
    digest,
    field: "command/2",
    entities: ["email"],
    text: `'${planted.email}'`,
  } satisfies RevealAnswer);
  const records = await api.deps.store.recordsOfAction(review.action.id, 100);
  const leaves = records.map(({ leaf }) => Buffer.from(leaf).toString("utf8"));
  const [revealed] = leaves.filter((leaf) => leaf.includes('"value.revealed"'));
  assert.match(revealed ?? "", /"entities":\["email"\],"field":"command\/2"/);
  const { text } = await api.request("GET", `/reviews/${review.id}`, { token: dana });
  assertNothingOf([text, ...leaves, ...api.lines].join("\n"));
  const { masked, view } = await look(review);
  assert.deepEqual(
    masked.filter((part) => part.revealed).map(({ field }) => field),
    ["command/2"],
  );
  assert.deepEqual(view.revealed, ["email"]);
});

test("the name of an argument that holds a value is a field of its own, which may be revealed", async (context) => {
  const { api, dana, look } = await started(context, { revealRights: () => all });
  const review = await api.hold(
    heldCall({ tool: "grant", args: { roles: { [planted.email]: { level: 2 } } } }),
  );
  const { command: shown, masked } = await look(review);
  assert.match(shown, /"arguments":\{"roles":\{"<EMAIL_1>":\{"level":2\}\}\}/);
  assert.deepEqual(
    masked.map(({ field, start, end }) => [field, shown.slice(start, end)]),
    [["command/1", '"<EMAIL_1>"']],
  );
  const body = { digest: review.digest, field: "command/1" };
  const answer = await api.request("POST", `/reviews/${review.id}/reveal`, { token: dana, body });
  assert.equal((answer.json as RevealAnswer).text, JSON.stringify(planted.email));
});

test("nothing is revealed to who may not: by default nobody, and never an agent or the data folder", async (context) => {
  const { api, dana, hold } = await started(context);
  const review = await hold();
  const tokens: Readonly<Record<string, readonly [string, string]>> = {
    dana: [dana, "review.reveal_refused"],
    root: [await api.signIn("root"), "review.reveal_refused"],
    agent: [await api.agentToken("importer"), "identity.forbidden"],
    operator: [api.operator, "identity.forbidden"],
  };
  const body = { digest: review.digest, field: "command/2" };
  for (const [who, [token, code]] of Object.entries(tokens)) {
    const { status, json, text } = await api.request("POST", `/reviews/${review.id}/reveal`, {
      token,
      body,
    });
    assert.deepEqual([status, (json as Problem).code], [403, code], who);
    assertNothingOf(text);
  }
  const records = await api.deps.store.recordsOfAction(review.action.id, 100);
  const leaves = records.map(({ leaf }) => Buffer.from(leaf).toString("utf8"));
  assert(!leaves.some((leaf) => leaf.includes("value.revealed")));
});

test("a value whose reveal can't be recorded is not shown", async (context) => {
  let isBroken = false;
  const { api, dana, hold } = await started(context, {
    revealRights: () => all,
    store: (store) => ({
      ...store,
      review: (id) => store.review(id),
      saveReview: (review, records) =>
        isBroken
          ? Promise.reject(new Error("the disk is gone"))
          : store.saveReview(review, records),
    }),
  });
  const review = await hold();
  isBroken = true;
  const body = { digest: review.digest, field: "command/2" };
  const answer = await api.request("POST", `/reviews/${review.id}/reveal`, { token: dana, body });
  assert.equal(answer.status, 500);
  assertNothingOf(answer.text);
});

test("a reveal is of the action that was looked at, of a part that is there, and few in a minute", async (context) => {
  const { api, dana, hold } = await started(context, { revealRights: () => all });
  const review = await hold();
  const reveal = async (field: string, digest: string = review.digest) => {
    const body = { digest, field };
    const { status, json } = await api.request("POST", `/reviews/${review.id}/reveal`, {
      token: dana,
      body,
    });
    return [status, status === 200 ? "" : (json as Problem).code];
  };
  assert.deepEqual(await reveal("command/2", "0".repeat(64)), [409, "review.digest_mismatch"]);
  assert.deepEqual(await reveal("command/9"), [404, "api.not_found"]);
  for (let count = 1; count < 30; count += 1) await reveal("command/1");
  assert.deepEqual(await reveal("command/1"), [429, "review.too_many_reveals"]);
  api.clock.advance(60_000);
  assert.deepEqual(await reveal("command/1"), [200, ""]);
});

test("a command that can't be read and holds something is approved only once it was revealed", async (context) => {
  const { api, dana, hold, look } = await started(context, { revealRights: () => all });
  const review = await hold(`selec everything of ${planted.email}`);
  const before = await look(review);
  assert.equal(before.command, "selec everything of <EMAIL_1>");
  assert.deepEqual(before.view.mustReveal, ["command"]);
  const approve = async (viewDigest: string) => {
    const body = { verdict: "approve", digest: review.digest, viewDigest };
    const { status, json } = await api.request("POST", `/reviews/${review.id}/verdicts`, {
      token: dana,
      body,
    });
    return [status, (json as Problem).code];
  };
  assert.deepEqual(await approve(before.view.digest), [403, "review.reveal_required"]);
  const body = { digest: review.digest, field: "command" };
  const { json } = await api.request("POST", `/reviews/${review.id}/reveal`, { token: dana, body });
  assert.equal((json as RevealAnswer).text, `selec everything of ${planted.email}`);
  const now = await look(review);
  assert.deepEqual(now.view.mustReveal, []);
  assert.notEqual(now.view.digest, before.view.digest);
  assert.deepEqual(await approve(now.view.digest), [200, undefined]);
  const { verdicts } = await look(review);
  assert.deepEqual([verdicts[0]?.viewDigest, verdicts[0]?.revealed], [now.view.digest, ["email"]]);
});

test("a view is the same for the same, and another where anything differs on which a decision rests", async (context) => {
  const { api, hold, look } = await started(context, { revealRights: () => all });
  const review = await hold();
  const first = (await look(review)).view.digest;
  assert.equal((await look(review)).view.digest, first);
  api.clock.advance(60_000);
  assert.equal((await look(review, await api.signIn("sam"))).view.digest, first);
  const measured = async (rows: number) => {
    const effect = { rows, at: api.clock.now(), reason: null, caveat: null, sample: null };
    await applyEvent(api.deps.reviews, review.id, {
      kind: "effect",
      digest: review.digest,
      effect: { basis: "measured", ...effect },
    });
    return (await look(review)).view.digest;
  };
  const digests = [first, await measured(3), await measured(4)];
  assert.equal(new Set(digests).size, 3);
  api.clock.advance(60_000);
  assert.equal(await measured(4), digests[2]);
});

test("an approval of a view whose number has changed is refused over the API, a known view or not", async (context) => {
  const { api, dana, hold, look } = await started(context);
  const review = await hold();
  const measure = (rows: number) =>
    applyEvent(api.deps.reviews, review.id, {
      kind: "effect",
      digest: review.digest,
      effect: { basis: "measured", rows, at: 0, reason: null, caveat: null, sample: null },
    });
  const give = async (viewDigest: string | null) => {
    const body = { verdict: "approve", digest: review.digest, viewDigest };
    const answer = await api.request("POST", `/reviews/${review.id}/verdicts`, {
      token: dana,
      body,
    });
    return answer.status === 200 ? "approved" : (answer.json as Problem).detail;
  };
  await measure(3);
  const { view } = await look(review);
  await measure(700);
  assert.match(await give(view.digest), /shown as 3 rows \(measured\), and is 700 rows/);
  assert.match(await give("0".repeat(64)), /not what this verdict names/);
  assert.equal(await give(null), "approved");
  const { verdicts, rowLimit } = await look(review);
  assert.deepEqual(
    [verdicts[0]?.viewDigest, verdicts[0]?.measuredRows, rowLimit?.max],
    [null, 3, 3],
  );
});

test("a view that was shown before something was added that changes no number may still be named", async (context) => {
  const { api, dana, hold, look } = await started(context);
  const review = await hold();
  const { view } = await look(review);
  const touched = { relations: [], relationsMore: 0, besides: ["More."], at: 0 };
  await applyEvent(api.deps.reviews, review.id, {
    kind: "touched",
    digest: review.digest,
    touched,
  });
  assert.notEqual((await look(review)).view.digest, view.digest);
  const body = { verdict: "approve", digest: review.digest, viewDigest: view.digest };
  const answer = await api.request("POST", `/reviews/${review.id}/verdicts`, { token: dana, body });
  assert.equal(answer.status, 200);
  const records = await api.deps.store.recordsOfAction(review.action.id, 100);
  const leaves = records.map(({ leaf }) => Buffer.from(leaf).toString("utf8"));
  const [verdict] = leaves.filter((leaf) => leaf.includes('"review.verdict"'));
  assert(verdict?.includes(`"view":"${view.digest}"`), verdict);
});

test("values of columns that the configuration marks, or a rule masks, are hidden whatever they hold", async (context) => {
  const { api, dana, look } = await started(context);
  const sql = "update customers set segment = 'gold', score = 12, note = $1 where id = 7";
  const facts = { ...factsOf(sql), writes: ["public.customers"] };
  const target = { kind: "column", schema: "public", table: "customers", column: "score" } as const;
  const masks = [{ target, masker: "redact" }] as const;
  const note = [{ ...masks[0], target: { ...target, column: "note" } }] as const;
  const review = await api.hold({
    command: sql,
    masks: [...masks, ...note],
    action: { facts, parameters: [{ type: 25, format: "text", bytes: "YW55" }] },
  });
  const shown = await look(review);
  assert.equal(
    shown.command,
    "update customers set segment = '<USER_PATTERN_1>', score = <USER_PATTERN_2>, note = $1 where id = 7",
  );
  assert.equal(shown.parameters[0]?.text, "<USER_PATTERN_3>");
  const action = await api.request("GET", `/actions/${review.action.id}`, { token: dana });
  assert.match((action.json as ActionDetail).command ?? "", /segment = '<USER_PATTERN_1>', score/);
});
