/** What was approved as measured and has grown by the time it would run: against a real database. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const writesWait = `
  @id("reads-run") permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("writes-wait") @review("1 of dba")
  permit (principal, action == Countersign::Action::"sql.write", resource);`;

const remove = "delete from items where id > 1";

/** A statement that waits, measured as two rows. */
async function waiting(context: TestContext) {
  const scene = await openScene(context, postgres, writesWait, "measured");
  await asSuperuser(postgres, (superuser) => superuser.query("analyze items"));
  scene.client.send(encodeQuery(remove));
  return { ...scene, review: await measuredAs(scene, 2) };
}

function measuredAs({ stage }: Pick<Scene, "stage">, rows: number) {
  return stage.until(() =>
    [...stage.reviews.values()].find(
      ({ state, effect, caller }) =>
        state === "pending" &&
        caller !== null &&
        effect?.basis === "measured" &&
        effect.rows === rows,
    ),
  );
}

function add(ids: string): Promise<unknown> {
  return asSuperuser(postgres, (superuser) =>
    superuser.query(`insert into items select id, 'new' from generate_series(${ids}) as id`),
  );
}

function texts(messages: readonly BackendMessage[]): readonly string[] {
  return messages.flatMap((each) =>
    each.kind === "notice_response" || each.kind === "error_response"
      ? [each.fields.message ?? ""]
      : [],
  );
}

test("what has grown since it was approved goes back to the reviewer with its new number, and the agent waits on", async (context) => {
  const scene = await waiting(context);
  const { stage, client, rows, review } = scene;
  await add("4, 15");
  await stage.give(review, "ada");
  const again = await measuredAs(scene, 14);
  assert.equal(
    again.note,
    "It would now touch 14 rows, and 2 were approved, so it needs a new look.",
  );
  assert.deepEqual([again.id, again.action.revision], [review.id, 2]);
  assert.equal(again.execution, null);
  assert.deepEqual(await rows("select count(*) from items"), ["15"]);
  const reopened = stage.records.find(({ type }) => type === "review.reopened");
  assert.deepEqual([reopened?.body["from"], reopened?.body["state"]], ["approved", "pending"]);

  // The same person may approve it as it is now.
  await stage.give(again, "ada");
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages).slice(-2), ["tag DELETE 14", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["1"]);
  const said = texts(messages);
  assert(said.some((text) => text.startsWith("It would now touch 14 rows, and 2 were approved")));
  assert.equal(said.at(-1), "Approved for no more than 14 rows, as measured when Ms ada approved.");
});

test("what has not grown runs under the number that was approved", async (context) => {
  const { stage, client, rows, review } = await waiting(context);
  await asSuperuser(postgres, (superuser) => superuser.query("delete from items where id = 3"));
  await stage.give(review, "ada");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 1", "ready idle"]);
  assert.deepEqual(await rows("select id from items"), ["1"]);
  const claimed = stage.records.find(({ type }) => type === "execution.claimed");
  assert.equal(claimed?.body["rowsMax"], 2);
});

test("a reviewer's own number stands in for the measured one", async (context) => {
  const { stage, client, rows, review } = await waiting(context);
  await add("4, 6");
  await stage.give(review, "ada", "approve", 20);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 5", "ready idle"]);
  assert.deepEqual(await rows("select id from items"), ["1"]);
});

test("one row more is more: there is no tolerance", async (context) => {
  const scene = await waiting(context);
  await add("4, 4");
  await scene.stage.give(scene.review, "ada");
  await scene.stage.give(await measuredAs(scene, 3), "ada", "deny");
  assert.deepEqual(inShort(await scene.client.until(isReady)).slice(-2), [
    "error 42501",
    "ready idle",
  ]);
  assert.deepEqual(await scene.rows("select count(*) from items"), ["4"]);
});

test("what grows in the moment between is undone, and its approval is used up", async (context) => {
  const { stage, client, rows, review } = await waiting(context);
  const other = new Client({ connectionString: postgres.superuserUrl });
  await other.connect();
  context.after(() => other.end().catch(() => {}));
  // It can't be measured while this lock is held, and it runs once it is free.
  await other.query("begin; lock table items in exclusive mode");
  await other.query("insert into items values (8, 'h'), (9, 'i')");
  await stage.give(review, "ada");
  await stage.until(() => stage.records.some(({ type }) => type === "execution.claimed"));
  await other.query("commit");
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages).slice(-2), ["error 54000", "ready idle"]);
  const error = messages.find(({ kind }) => kind === "error_response");
  assert(error !== undefined);
  assert.equal(toldBy(error)?.review, review.id);
  assert.match(texts(messages).at(-1) ?? "", /touched 4 rows, more than 2 rows, as measured when/);
  assert.deepEqual(await rows("select count(*) from items"), ["5"]);
  const { execution } = await stage.until(() => {
    const found = stage.reviews.get(review.id);
    return found?.execution?.state === "failed" && found;
  });
  assert.equal(execution?.detail, "rows_exceeded");
});

test("a client that leaves while it is measured once more cancels, and nothing runs", async (context) => {
  const { stage, client, rows, review } = await waiting(context);
  const other = new Client({ connectionString: postgres.superuserUrl });
  await other.connect();
  context.after(() => other.end().catch(() => {}));
  await other.query("begin; lock table items in exclusive mode");
  const measures = stage.records.filter(({ body }) => isMeasurement(body)).length;
  await stage.give(review, "ada");
  await stage.until(
    () => stage.records.filter(({ body }) => isMeasurement(body)).length > measures,
  );
  client.destroy();
  await stage.until(() => stage.reviews.get(review.id)?.state === "cancelled");
  await other.query("commit");
  assert.equal(stage.reviews.get(review.id)?.execution, null);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

function isMeasurement(body: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(body["verbs"]) === '["sql.preview"]';
}
