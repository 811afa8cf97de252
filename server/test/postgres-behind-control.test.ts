/** Messages that begin a transaction or move a savepoint before they read, as psqlODBC sends every statement. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client, type DatabaseError } from "pg";
import { confirmedAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { hideWrites, openScene, writesRun } from "./support/agent-scene.ts";
import { columnRules, openMaskedScene } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

async function openViews(context: TestContext, rules = writesRun) {
  await hideWrites(context, postgres);
  await asSuperuser(postgres, (superuser) =>
    superuser.query("drop operator === (int, int); drop function hidden.unlock cascade"),
  );
  const scene = await openScene(context, postgres, rules);
  await asSuperuser(postgres, (superuser) =>
    superuser.query("create view names as select name from items; grant select on names to public"),
  );
  return scene;
}

/** What psqlODBC sends without autocommit, and with its cursors. */
const read = [
  "BEGIN;select * from names",
  "SAVEPOINT sp;select * from names",
  "RELEASE sp;SAVEPOINT sp;select * from names",
  'SAVEPOINT sp;declare "C" cursor for select * from names;fetch 2 in "C"',
  'SAVEPOINT sp;declare "D" cursor with hold for select * from items;fetch 2 in "D"',
  "RELEASE sp;SAVEPOINT sp;select 'größer 🙂', * from nowhere",
  "rollback to sp;release sp",
  "savepoint sp;select * from names; select count(*) from names",
  "release nothing;select * from names",
  "rollback",
  'BEGIN;declare "E" cursor with hold for select count(*) from items;fetch 7 in "E"',
  "commit",
];

test("a read behind what begins a transaction or moves a savepoint is locked, and its client sees what it would without the gateway", async (context) => {
  const { gateway, stage } = await openViews(context);
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const direct = new Client({ connectionString: postgres.url });
  const heard: string[][] = [];
  for (const client of [driver, direct]) {
    await client.connect();
    const told: string[] = [];
    heard.push(told);
    await client.query("begin; savepoint sp");
    await client.query("rollback");
    for (const sql of read) {
      const answer = await client.query(sql).catch((error: DatabaseError) => error);
      if (answer instanceof Error) {
        const { code, message, position } = answer;
        told.push(`${code} ${message} ${position}`);
      } else {
        const results = [answer].flat();
        told.push(results.map(({ command, rows }) => `${command} ${JSON.stringify(rows)}`).join());
      }
    }
    await client.end();
  }
  assert.deepEqual(heard[0], heard[1]);
  assert.ok(heard[0]?.some((line) => line.startsWith("42P01")));
  assert.equal(stage.reviews.size, 0);
});

test("such a read can't write, and the transaction goes on to write as it would", async (context) => {
  const { client, rows } = await openViews(context);
  const sneak = "select * from hidden.sneaky";
  for (const [first, sql] of [
    ["", `begin; ${sneak}`],
    ["begin; savepoint s", `release s; savepoint s; ${sneak}`],
    ["begin; savepoint s", `savepoint t; select * from names; ${sneak}`],
    ["begin", `savepoint t; declare c cursor for ${sneak}; fetch all from c`],
  ] as const) {
    if (first !== "") await client.query(first);
    assert.deepEqual(
      inShort(await client.query(sql)).slice(-2),
      ["error 25006", "ready failed"],
      sql,
    );
    await client.query("rollback");
  }
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["0"]);
  await client.query("begin; select * from names");
  await client.query("savepoint s; select * from names");
  const wrote = await client.query("release s; savepoint s; delete from items where id = 1");
  assert.deepEqual(inShort(wrote).slice(-2), ["tag DELETE 1", "ready transaction"]);
  await client.query("rollback to s; release s");
  await client.query("delete from items where id = 2");
  await client.query("commit");
  assert.deepEqual(await rows("select id from items order by 1"), ["1", "3"]);
});

test("a limit of rows and masks hold behind it as anywhere", async (context) => {
  const limits = `@id("few") @max_rows("2")
    permit (principal, action == Countersign::Action::"sql.read", resource);`;
  const { client } = await openViews(context, limits);
  const few = await client.query("begin; select * from names");
  assert.deepEqual(inShort(few).slice(-2), ["error 54000", "ready failed"]);
  await client.query("rollback");
  const enough = await client.query("begin; select * from names limit 2");
  assert.deepEqual(inShort(enough).slice(-4), [
    "row a",
    "row b",
    "tag SELECT 2",
    "ready transaction",
  ]);

  const masked = await openMaskedScene(context, postgres, columnRules);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `create view crm.addresses as select id, email from crm.people; grant select on crm.addresses to ${postgres.user}`,
    ),
  );
  masked.stage.clock.advance(confirmedAgeMaxMs + 1);
  const answer = inShort(
    await masked.wire.query("begin; savepoint s; select email from crm.addresses where id = 1"),
  );
  assert.deepEqual(answer.slice(-3), ["row <EMAIL>", "tag SELECT 1", "ready transaction"]);
});

test("a cursor WITH HOLD of a view waits, and what people have approved is fetched without asking again", async (context) => {
  const { client, approve, stage } = await openViews(context);
  await client.query("begin");
  client.send(encodeQuery("declare c scroll cursor with hold for select * from names"));
  await approve("declare c");
  await client.until(isReady);
  const fetched = ["row b", "tag FETCH 1", "ready transaction"];
  assert.deepEqual(inShort(await client.query("fetch absolute 2 from c")).slice(-3), fetched);
  await client.query("commit");
  assert.deepEqual(inShort(await client.query("fetch absolute 2 from c")).slice(-3, -1), [
    "row b",
    "tag FETCH 1",
  ]);
  assert.equal(stage.reviews.size, 1);
});
