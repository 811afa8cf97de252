/** What a person was shown is what they approve; and what stands masked, they see by right. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { RevealAnswer } from "@countersign/sdk/wire/verdict";
import type { ReviewId } from "../../server/src/core/ids.ts";
import type { Review } from "../../server/src/core/review.ts";
import { createClassifier } from "../../server/src/proxies/postgres/sql/facts.ts";
import { applyEvent } from "../../server/src/review/life.ts";
import { startTestApi, type TestApi } from "../../server/test/support/api.ts";
import { openShell, type Shell } from "./command.test-support.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });
const factsOf = (command: string) => classifier.classify(command).facts;
const command = "delete from customers where email = 'ada.lovelace@example.com'";

async function open(
  context: TestContext,
  /** Of who sits there; nobody unless it is said. */
  answers: readonly string[] | null = null,
): Promise<{
  readonly api: TestApi;
  readonly shell: Shell;
  readonly hold: (sql?: string) => Promise<Review>;
}> {
  const revealRights = () => [{ groups: ["dba"], entities: ["email"] as const }];
  const api = await startTestApi({
    literalsOf: (_, text) => factsOf(text).literals,
    revealRights,
  });
  const left = [...(answers ?? [])];
  const ask = answers === null ? null : async () => left.shift() ?? "";
  const shell = openShell(context, { input: { read: async () => "", ask } });
  context.after(api.close);
  shell.environment["COUNTERSIGN_URL"] = api.url;
  shell.environment["COUNTERSIGN_TOKEN"] = await api.signIn("dana");
  const hold = (sql = command) =>
    api.hold({ command: sql, action: { facts: factsOf(sql), parameters: [] } });
  return { api, shell, hold };
}

async function measure({ deps }: TestApi, { id, digest }: Review, rows: number): Promise<void> {
  const effect = {
    basis: "measured",
    rows,
    at: 0,
    reason: null,
    caveat: null,
    sample: null,
  } as const;
  await applyEvent(deps.reviews, id, { kind: "effect", digest, effect });
}

const viewOf = async (shell: Shell, id: ReviewId) =>
  (JSON.parse((await shell.run("show", id, "--json")).out) as ReviewDetail).view.digest;

test("what stands masked is told with what it is and how to see it, and the value nowhere", async (context) => {
  const { shell, hold } = await open(context);
  const { id } = await hold();
  const { out } = await shell.run("show", id);
  assert.match(out, /\| delete from customers where email = '<EMAIL_1>'\n/);
  assert.match(out, /masked {4}command\/1 \(email\)\n/);
  assert(out.includes(`\n  countersign reveal ${id} command/1\n`), out);
  const texts = await Promise.all([
    shell.run("inbox"),
    shell.run("inbox", "--json"),
    shell.run("show", id, "--json"),
    shell.run("deny", id, "-m", "no"),
  ]);
  assert.doesNotMatch([out, ...texts.map((ran) => ran.out + ran.err)].join(""), /lovelace/);
});

test("a revealed value is printed alone, and what else is said of it does not repeat it", async (context) => {
  const { api, shell, hold } = await open(context);
  const { id, digest, action } = await hold();
  const ran = await shell.run("reveal", id, "command/1");
  assert.deepEqual([ran.code, ran.out], [0, "'ada.lovelace@example.com'\n"]);
  assert.equal(ran.err, "It is on record that you have seen command/1 (email).\n");
  const json = JSON.parse((await shell.run("reveal", id, "command/1", "--json")).out) as unknown;
  assert.deepEqual(json, {
    id,
    digest,
    field: "command/1",
    entities: ["email"],
    text: "'ada.lovelace@example.com'",
  } satisfies RevealAnswer);
  const records = await api.deps.store.recordsOfAction(action.id, 100);
  const leaves = records.map(({ leaf }) => Buffer.from(leaf).toString("utf8"));
  assert.equal(leaves.filter((leaf) => leaf.includes('"value.revealed"')).length, 2);
  assert.match((await shell.run("show", id)).out, /command\/1 \(email, revealed to you\)/);
});

test("who may not see a value is told so, with exit code 1", async (context) => {
  const { shell, hold } = await open(context);
  const { id } = await hold("delete from customers where ssn = '123-45-6789'");
  const ran = await shell.run("reveal", id, "command/1");
  assert.deepEqual([ran.code, ran.out], [1, ""]);
  assert.match(
    ran.err,
    /dana is in no group that may see this \(us_ssn\).*\[review\.reveal_refused\]/,
  );
  assert.doesNotMatch((await shell.run("show", id)).out, /countersign reveal/);
});

test("an approval by what was shown is for that number alone: once it has changed, it is refused", async (context) => {
  const { api, shell, hold } = await open(context);
  const review = await hold();
  await measure(api, review, 3);
  const view = (await viewOf(shell, review.id)).slice(0, 12);
  await measure(api, review, 700);
  const stale = await shell.run("approve", review.id, "--view", view);
  assert.equal(stale.code, 1);
  assert.match(stale.err, /no longer what you looked at.*700 rows.*\[cli\.view_changed\]/);
  assert.equal((await api.deps.store.review(review.id))?.state, "pending");
  const now = await viewOf(shell, review.id);
  assert.equal((await shell.run("approve", review.id, "--view", now.toUpperCase())).code, 0);
  const [verdict] = (await api.deps.store.review(review.id))?.verdicts ?? [];
  assert.deepEqual([verdict?.view, verdict?.rowsMeasured], [now, 700]);
});

test("who does not say what they were shown approves the fewest rows that were measured", async (context) => {
  const { api, shell, hold } = await open(context);
  for (const options of [[], ["--json"], ["--digest"]]) {
    const review = await hold();
    await measure(api, review, 3);
    await measure(api, review, 700);
    const more = options[0] === "--digest" ? ["--digest", review.digest] : options;
    assert.equal((await shell.run("approve", review.id, ...more)).code, 0);
    const [verdict] = (await api.deps.store.review(review.id))?.verdicts ?? [];
    assert.deepEqual([verdict?.view, verdict?.rowsMeasured], [null, 3]);
  }
});

test("on a terminal an approval is shown before it is given, and is for what stood there", async (context) => {
  const { api, shell, hold } = await open(context, ["n", "y"]);
  const review = await hold();
  await measure(api, review, 3);
  const no = await shell.run("approve", review.id);
  assert.deepEqual([no.code, /\[cli\.not_confirmed\]/.test(no.err)], [1, true]);
  assert.match(no.out, /effect {4}3 rows/);
  assert.equal((await api.deps.store.review(review.id))?.state, "pending");
  assert.equal((await shell.run("approve", review.id)).code, 0);
  const [verdict] = (await api.deps.store.review(review.id))?.verdicts ?? [];
  assert.deepEqual([verdict?.view !== null, verdict?.rowsMeasured], [true, 3]);
});

test("a command that can't be read says that it has to be revealed before it is approved", async (context) => {
  const { shell, hold } = await open(context);
  const { id } = await hold("selec * of ada.lovelace@example.com");
  const { out } = await shell.run("show", id);
  assert(out.includes(`countersign reveal ${id} command   (before it can be approved)`), out);
  const early = await shell.run("approve", id);
  assert.match(early.err, /\[review\.reveal_required\]/);
  assert.equal((await shell.run("reveal", id, "command")).code, 0);
  assert.equal((await shell.run("approve", id)).code, 0);
});
