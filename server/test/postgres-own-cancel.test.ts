/** A client that cancels what another session of its own agent runs, by SQL: as harmless as its cancel request, and nothing more than that. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, quickstartRules } from "./support/agent-scene.ts";
import { run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser, openMemoryStore, startPostgresGateway } from "./support/postgres-gateway.ts";
import { inShort, isReady, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

function processOf({ greeting }: Pick<WireClient, "greeting">): number {
  const key = greeting.find(({ kind }) => kind === "backend_key_data");
  assert(key?.kind === "backend_key_data");
  return key.processId;
}

/** Under way once the database says so. */
const long = "select count(*) from generate_series(1, 100000000000)";
const runs = (pid: number) =>
  `select from pg_stat_activity where pid = ${pid} and state = 'active' and query like '%generate_series%'`;
const cancelled = ["row t", "tag SELECT 1", "ready idle"];

test("a client knows its session by the number by which the database does", async (context) => {
  const { client, gateway } = await openScene(context, postgres);
  for (const each of [client, await gateway.connect()]) {
    const answer = inShort(await each.query("select pg_backend_pid()"));
    assert.equal(answer.at(-3), `row ${processOf(each)}`);
  }
});

test("what a session of the same agent runs is cancelled by SQL, and nobody is asked", async (context) => {
  const { client, gateway, stage, seen } = await openScene(context, postgres);
  const other = await gateway.connect();
  const pid = processOf(other);
  for (const send of [
    () => client.query(`select pg_cancel_backend(${pid})`),
    () => client.query(`SELECT pg_catalog.pg_cancel_backend(${pid}) AS ok;`),
    () => client.batch(...run(`select pg_cancel_backend(${pid})`), syncFrame),
  ]) {
    other.send(encodeQuery(long));
    await seen(runs(pid));
    assert.deepEqual(inShort(await send()).slice(-3), cancelled);
    assert.deepEqual(inShort(await other.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  }
  assert.equal(stage.reviews.size, 0);
  const record = stage.records.findLast(({ type }) => type === "action.allowed");
  assert.equal(record?.payload?.["command"], `select pg_cancel_backend(${pid})`);
});

test("so is the wait of what people are asked about", async (context) => {
  const { client, gateway, held, review, rows } = await openScene(context, postgres);
  const other = await gateway.connect();
  other.send(encodeQuery("delete from items"));
  await held("delete from items");
  const answer = await client.query(`select pg_cancel_backend(${processOf(other)})`);
  assert.deepEqual(inShort(answer).slice(-3), cancelled);
  assert.deepEqual(inShort(await other.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  await review("delete from items", ({ state }) => state === "cancelled");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("of any other session, and in any other words, people are asked", async (context) => {
  const { client, gateway, held } = await openScene(context, postgres);
  const own = processOf(await gateway.connect());
  const others = await othersProcess(context);
  const foreign = await asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query<{ pid: number }>("select pg_backend_pid() as pid");
    return rows[0]?.pid;
  });
  const gone = await gateway.connect();
  gone.destroy();
  await gateway.sessionsEnded(1);
  for (const sql of [
    `select pg_cancel_backend(${others})`,
    `select pg_cancel_backend(${foreign})`,
    `select pg_cancel_backend(${processOf(gone)})`,
    `select pg_terminate_backend(${own})`,
    `select pg_cancel_backend(${own}), pg_cancel_backend(${others})`,
    `select pg_cancel_backend(${own}), pg_reload_conf()`,
    `select pg_cancel_backend(${own} + 1)`,
    `select pg_cancel_backend('${own}')`,
    `select pg_cancel_backend(${own}) from items`,
    `select pg_cancel_backend(${own}) where true`,
    `select pg_cancel_backend(${own}) limit 1`,
    `select pg_cancel_backend(${own}); delete from items`,
    `select pg_cancel_backend(pid) from pg_stat_activity where pid = ${own}`,
  ]) {
    client.send(encodeQuery(sql));
    await held(sql);
    await client.cancel();
    await client.until(isReady);
  }
});

/** Of another agent's session with the same database. */
async function othersProcess(context: TestContext): Promise<number> {
  const stage = openStage(openMemoryStore());
  stage.rule(quickstartRules);
  const gateway = await startPostgresGateway(postgres, stage);
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  return processOf(await gateway.connect());
}
