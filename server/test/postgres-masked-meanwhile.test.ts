/** What is masked stays masked when names and definitions come to mean something else between a statement and its rows. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "pg";
import {
  encodeBind,
  encodeClose,
  encodeParse,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { columnRules, type MaskedScene, openMaskedScene } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken, asSuperuser } from "./support/postgres-gateway.ts";
import { inShort } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const safeView =
  "create or replace view moving as select id, plan as p from crm.people where id = 1";
const tellingView =
  "create or replace view moving as select id, email as p from crm.people where id = 1";

test("a cursor's name stands for what the server declared under it, whatever else was asked for", async (context) => {
  const { client, rows, wire } = await openMaskedScene(context, postgres, columnRules);
  await client.query("begin");
  await client.query("declare c cursor for select upper(email) from people where id = 1");
  await client.query("savepoint s");
  const again = "declare c cursor for select upper(plan) from people where id = 1";
  await assert.rejects(client.query(again), /already exists/);
  await client.query("rollback to s");
  assert.deepEqual(await rows("fetch all from c"), ["<MASKED>"]);
  await client.query("close c");
  await client.query(again);
  assert.deepEqual(await rows("fetch all from c"), ["PRO"]);
  await client.query("rollback");

  await wire.query("begin");
  await wire.query("declare c cursor for select upper(plan) from crm.people where id = 1");
  await wire.batch(encodeClose("portal", "c"), syncFrame);
  const sql = "select upper(email) from crm.people where id = 1";
  const parse = encodeParse({ name: "s", sql, parameterTypes: [] });
  const bound = {
    portal: "c",
    statement: "s",
    parameterFormats: [],
    parameters: [],
    resultFormats: [],
  };
  await wire.batch(parse, encodeBind(bound), syncFrame);
  const fetched = inShort(await wire.query("fetch all from c"));
  assert.equal(fetched.includes("row <MASKED>"), true, fetched.join("\n"));
});

test("rows of a cursor WITH HOLD are masked as when it was declared, also where a view is another by now", async (context) => {
  const { client, rows, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  await client.query(tellingView);
  await client.query("declare h cursor with hold for select id, p, upper(p) from moving");
  await client.query(
    "declare plain cursor with hold for select id, plan, upper(plan) from people where id = 1",
  );
  await client.query(safeView);
  assert.deepEqual(await rows("fetch all from h"), ["1,<MASKED>,<MASKED>"]);
  assert.deepEqual(await rows("fetch all from plain"), ["1,pro,PRO"]);
});

test("what was prepared before a relation was made in front of another is masked as that one while its transaction goes on, and means the new one afterwards", async (context) => {
  const scene = await openMaskedScene(context, postgres, columnRules);
  const { client, rows, approveAll } = scene;
  approveAll();
  const other = await connect(context, scene);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`drop schema if exists early cascade; drop schema if exists late cascade;
      create schema early; create schema late; grant all on schema early, late to public;
      create view late.o as select email as x from crm.people where id = 1; grant select on late.o to public`),
  );
  await client.query("set search_path to early, late");
  await client.query("prepare p as select upper(x) from o");
  await client.query("begin");
  assert.deepEqual(await rows("execute p"), ["<MASKED>"]);
  await asSuperuser(postgres, (superuser) =>
    superuser.query("create table early.o (x text); grant select on early.o to public"),
  );
  // So that the catalogue is read again.
  await other.query("create table early.own ()");
  assert.deepEqual(await rows("execute p"), ["<MASKED>"]);
  await client.query("commit");
  await client.query("create table early.own_too ()");
  assert.deepEqual(await rows("execute p"), []);
});

test("a statement that waits for what another session changes is masked as what it finds then", async (context) => {
  const scene = await openMaskedScene(context, postgres, columnRules);
  scene.approveAll();
  const other = await connect(context, scene);
  for (const end of ["commit", "commit and chain"]) {
    await other.query(safeView);
    assert.deepEqual(await scene.rows("select p, upper(p) from moving"), ["pro,PRO"]);
    await other.query("begin");
    await other.query(tellingView);
    const waiting = scene.rows("select p, upper(p) from moving");
    await untilBlocked();
    await other.query(end);
    assert.deepEqual(await waiting, ["<MASKED>,<MASKED>"], end);
    assert.deepEqual(await scene.rows("select p, upper(p) from moving"), ["<EMAIL>,<MASKED>"], end);
    await other.query("rollback");
  }
});

test("what a message itself defines is not shown as what was known before, in a transaction or not", async (context) => {
  const { client, wire, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  await client.query(safeView);
  await wire.query("set search_path to crm");
  for (const first of ["select 1", "begin"]) {
    await wire.query(first);
    const shown = inShort(await wire.query(`${tellingView}; select p from crm.moving`));
    assert.equal(shown.includes("row <MASKED>"), true, shown.join("\n"));
    await wire.query(first === "begin" ? "rollback" : safeView);
  }
});

test("a table that becomes the parent of one with a masked column is not shown in the transaction that made it so", async (context) => {
  const { client, rows, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  await client.query("create table above (email text, plan text)");
  await client.query("begin");
  await client.query("alter table people inherit above");
  assert.deepEqual(await rows("select email, plan from above where plan = 'pro'"), [
    "<MASKED>,pro",
  ]);
  await client.query("rollback");
});

async function connect(
  context: Parameters<typeof openMaskedScene>[0],
  { gateway }: MaskedScene,
): Promise<Client> {
  const { host, port, user } = gateway.login;
  const client = new Client({ host, port, user, password: agentToken, database: "shop" });
  client.on("error", () => {});
  context.after(() => client.end().catch(() => undefined));
  await client.connect();
  await client.query("set search_path to crm");
  return client;
}

/** Until a session waits for another's lock. */
async function untilBlocked(): Promise<void> {
  await asSuperuser(postgres, async (superuser) => {
    for (;;) {
      const { rowCount } = await superuser.query("select from pg_locks where not granted");
      if (rowCount !== 0) return;
    }
  });
}
