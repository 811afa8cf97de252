/** Why an agent says that it wants something: on the action that it says it of, whichever way its client says it. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import { agentReasonCharsMax } from "#/core/agent-reason.ts";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** What the next write is held with; it is denied. */
async function reasonOf(scene: Scene, send: () => Promise<unknown>): Promise<string | null> {
  const sent = send().catch(() => undefined);
  const review = await scene.held("");
  await scene.stage.give(review, "ada", "deny");
  await sent;
  return review.action.agentReason;
}

async function connect(context: TestContext, scene: Scene, more: object): Promise<Client> {
  const { host, port, user, password, database } = scene.gateway.login;
  const client = new Client({ host, port, user, password, database, ...more });
  client.on("error", () => undefined);
  await client.connect();
  context.after(() => client.end());
  return client;
}

const write = "delete from items where id = 1";

test("a reason that is set stands with what the session asks for until the server has another one", async (context) => {
  const scene = await openScene(context, postgres);
  const { client } = scene;
  const asked = (sql = write) => reasonOf(scene, () => client.query(sql));
  assert.equal(await asked(), null);
  await client.query("set countersign.reason = 'Old orders are in the way.'");
  assert.equal(await asked(), "Old orders are in the way.");
  assert.equal(await asked("insert into items values (9, 'x')"), "Old orders are in the way.");
  await client.query("select set_config('countersign.reason', 'Another one.', false)");
  assert.equal(await asked(), "Another one.");
  await client.query("reset countersign.reason");
  assert.equal(await asked(), null);
  await client.query("set Countersign.Reason to tidy");
  assert.equal(await asked(), "tidy");
  await client.query("discard all");
  assert.equal(await asked(), null);
});

test("a reason that a function sets under a name that nobody sees is known as well", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, approve } = scene;
  const hidden =
    "do $$ begin perform set_config('countersign' || '.reason', 'By a function.', false); end $$";
  const setting = client.query(hidden);
  await approve("By a function");
  await setting;
  assert.equal(await reasonOf(scene, () => client.query(write)), "By a function.");
});

test("a transaction takes back what was said in it, as the server does", async (context) => {
  const scene = await openScene(context, postgres);
  const { client } = scene;
  const asked = () => reasonOf(scene, () => client.query(write));
  await client.query("set countersign.reason = 'before'");
  await client.query("begin");
  await client.query("set local countersign.reason = 'within'");
  assert.equal(await asked(), "within");
  await client.query("rollback");
  assert.equal(await asked(), "before");
  await client.query("begin");
  await client.query("savepoint s");
  await client.query("set countersign.reason = 'later'");
  await client.query("rollback to s");
  assert.equal(await asked(), "before");
  await client.query("rollback");
});

test("a message that says why and asks is asked with it", async (context) => {
  const scene = await openScene(context, postgres);
  const { client } = scene;
  const said = "set countersign.reason = 'It is a duplicate.'";
  assert.equal(
    await reasonOf(scene, () => client.query(`${said}; ${write}`)),
    "It is a duplicate.",
  );
  assert.equal(await reasonOf(scene, () => client.query(write)), null);
  assert.equal(
    await reasonOf(scene, () => {
      client.send(...run(said, []), ...run(write, []), syncFrame);
      return client.until(isReady);
    }),
    "It is a duplicate.",
  );
});

test("a client may say why when it comes, as a setting or among its options", async (context) => {
  const scene = await openScene(context, postgres);
  const options = "-c countersign.reason=The\\ nightly\\ job.";
  const client = await connect(context, scene, { options });
  assert.equal(await reasonOf(scene, () => client.query(write)), "The nightly job.");
  const { rows } = await client.query("show countersign.reason");
  assert.deepEqual(rows, [{ "countersign.reason": "The nightly job." }]);
  await client.query("set countersign.reason = 'Once more.'");
  assert.equal(await reasonOf(scene, () => client.query(write)), "Once more.");
  await client.query("reset all");
  assert.equal(await reasonOf(scene, () => client.query(write)), "The nightly job.");

  const wire = await scene.gateway.connect({
    settings: { "countersign.reason": "By itself." },
  });
  assert.equal(await reasonOf(scene, () => wire.query(write)), "By itself.");
  for (const refused of ["-c work_mem=1MB", "-c countersign.reason=x -c work_mem=1MB", "-e"]) {
    await assert.rejects(
      connect(context, scene, { options: refused }),
      /does not carry|carries settings/,
    );
  }
});

test("a reason is cut at its bound, and of what is allowed it is on record too", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, stage } = scene;
  await client.query(`set countersign.reason = '${"x".repeat(agentReasonCharsMax + 1)}'`);
  const reason = await reasonOf(scene, () => client.query(write));
  assert.equal(reason, `${"x".repeat(agentReasonCharsMax - 1)}…`);
  await client.query("select 1 as told");
  const record = stage.records.findLast(({ type }) => type === "action.allowed");
  assert.deepEqual(
    [record?.payload?.["command"], record?.payload?.["agentReason"]],
    ["select 1 as told", reason],
  );
  assert.doesNotMatch(JSON.stringify(record?.body), /xxxx/);
});
