/** Limits on rows that come back: they pass up to the limit and no further, through any hop, and what follows is served. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import { openStage } from "#/enforcement/conformance/stage.ts";
import {
  encodeExecute,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { all, bound, errorOf, twoRows, untouched } from "./support/limited-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken, openMemoryStore, startPostgresGateway } from "./support/postgres-gateway.ts";
import { inShort } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

function limited(context: TestContext, rules = twoRows): Promise<Scene> {
  return openScene(context, postgres, rules);
}

test("rows that come back pass up to the limit and no further", async (context) => {
  const { client, rows } = await limited(context);
  const returning = await client.query("delete from items returning id");
  assert.deepEqual(inShort(returning), [
    "row_description",
    "row 1",
    "row 2",
    "error 54000",
    "ready idle",
  ]);
  assert.match(errorOf(returning).message ?? "", /would have touched 3 rows/);
  assert.deepEqual(await rows(all), untouched);

  const read = await client.query(all);
  assert.deepEqual(inShort(read), [
    "row_description",
    "row 1,a",
    "row 2,b",
    "error 54000",
    "ready idle",
  ]);
  assert.match(
    errorOf(read).message ?? "",
    /^It returns more than 2 rows, the limit of rule two-rows\./,
  );
  assert.deepEqual(inShort(await client.query(`${all} limit 2`)), [
    "row_description",
    "row 1,a",
    "row 2,b",
    "tag SELECT 2",
    "ready idle",
  ]);
});

test("a read without end is stopped at its limit, and what follows it is not", async (context) => {
  const { client } = await limited(context);
  const endless = "select repeat('x', 500), generate_series(1, 100000000)";
  for (let times = 0; times < 3; times += 1) {
    const messages = await client.query(endless);
    assert.deepEqual(inShort(messages).slice(-2), ["error 54000", "ready idle"]);
    assert.equal(messages.length, 5);
    assert.deepEqual(inShort(await client.query("select 1 as one, pg_sleep(0.01)::text")), [
      "row_description",
      "row 1,",
      "tag SELECT 1",
      "ready idle",
    ]);
  }
});

/** A hop that takes its time to pass the first message on, and gives all of it up as soon as one side is closed. */
async function hasty(context: TestContext): Promise<number> {
  const { host, port } = postgres;
  const passOn = async (gateway: Socket) => {
    const [first] = (await once(gateway, "data")) as [Buffer];
    gateway.resume();
    const there = connect({ host, port });
    await once(there, "connect");
    await once(there.end().resume(), "close");
    const target = connect({ host, port });
    await once(target, "connect");
    if (gateway.readableEnded) return void target.destroy();
    target.on("error", () => target.destroy());
    target.on("close", () => gateway.destroy());
    gateway.on("close", () => target.destroy());
    target.write(first);
    gateway.pipe(target);
    target.pipe(gateway);
  };
  const server = createServer((gateway) => {
    gateway.on("error", () => gateway.destroy());
    void passOn(gateway);
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  context.after(() => server.close());
  const address = server.address();
  assert(typeof address === "object" && address !== null);
  return address.port;
}

test("what is stopped at its limit is stopped through any hop, and nothing that follows it", async (context) => {
  const stage = openStage(openMemoryStore());
  stage.rule(twoRows);
  const through = { ...postgres, port: await hasty(context) };
  const gateway = await startPostgresGateway(through, stage);
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  const client = await gateway.connect();
  for (let times = 0; times < 20; times += 1) {
    assert.equal(
      inShort(await client.query("select generate_series(1, 100000000)")).at(-2),
      "error 54000",
    );
    assert.equal(inShort(await client.query("select 1")).at(-2), "tag SELECT 1");
  }
});

test("rows that a portal returns bit by bit are counted together", async (context) => {
  const { client } = await limited(context);
  const more = encodeExecute("", 1);
  const messages = await client.batch(...bound(all, { rowsMax: 1 }), more, more, more, syncFrame);
  assert.deepEqual(inShort(messages).slice(3), [
    "row 1,a",
    "portal_suspended",
    "row 2,b",
    "portal_suspended",
    "error 54000",
    "ready idle",
  ]);
});

test("a write whose rows are not all fetched is undone: its size would never be told", async (context) => {
  const { client, rows } = await limited(context);
  const part = await client.batch(
    ...bound("delete from items returning id", { rowsMax: 1 }),
    syncFrame,
  );
  assert.deepEqual(inShort(part).slice(3), ["row 1", "error 54000", "ready idle"]);
  assert.match(errorOf(part).message ?? "", /not all of the rows that it changed were fetched/);
  assert.deepEqual(await rows(all), untouched);
});

test("a portal that changes rows can't be fetched under a limit by its name", async (context) => {
  const { client, rows } = await limited(context);
  const messages = await client.batch(
    ...bound("delete from items returning id", { name: "p" }).slice(0, 2),
    flushFrame,
    encodeQuery("fetch 1 from p"),
  );
  assert(inShort(messages).includes("error 42501"), inShort(messages).join(" | "));
  assert.deepEqual(await rows(all), untouched);
});

test("a read in the client's own transaction is limited under its lock, and the transaction writes on", async (context) => {
  const { client, rows } = await limited(context);
  await client.query("begin");
  assert.deepEqual(inShort(await client.query(`${all} limit 2`)).slice(-2), [
    "tag SELECT 2",
    "ready transaction",
  ]);
  assert.deepEqual(inShort(await client.batch(...bound(`${all} limit 1`), syncFrame)).slice(-2), [
    "tag SELECT 1",
    "ready transaction",
  ]);
  assert.deepEqual(inShort(await client.query("delete from items where id = 1")), [
    "tag DELETE 1",
    "ready transaction",
  ]);
  assert.deepEqual(inShort(await client.query("commit")), ["tag COMMIT", "ready idle"]);
  assert.deepEqual(await rows(all), ["2,b", "3,c"]);
});

test("a driver raises the error, with or without rows before it, and its connection is as usable as before", async (context) => {
  const { gateway, rows } = await limited(context);
  const { host, port, user, database } = gateway.login;
  const client = new Client({ host, port, user, database, password: agentToken });
  // The gateway ends it at the end of the test.
  client.on("error", () => {});
  await client.connect();
  context.after(() => client.end().catch(() => {}));
  const exceeded = { code: "54000" };
  await assert.rejects(client.query("delete from items"), exceeded);
  await assert.rejects(client.query("delete from items where id > $1 returning id", [0]), exceeded);
  await assert.rejects(client.query("select * from items where id > $1", [0]), exceeded);
  const one = await client.query("update items set name = $1 where id = $2 returning *", ["x", 1]);
  assert.deepEqual(one.rows, [{ id: 1, name: "x" }]);
  await client.query("begin");
  await assert.rejects(client.query("delete from items where id > $1", [0]), exceeded);
  await assert.rejects(client.query("select 1"), { code: "25P02" });
  await client.query("rollback");
  assert.deepEqual(await rows(all), ["1,x", "2,b", "3,c"]);
});
