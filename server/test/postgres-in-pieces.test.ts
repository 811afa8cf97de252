/** Messages that control their transaction beside what they read: as scripts wrap it, and psqlODBC sends every statement. */
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

/** Where the last of them stands each begins: between transactions, but for those that another one of them mends. */
const read = [
  "begin; select * from names; commit",
  "begin; set local statement_timeout = '9s'; select * from names; show statement_timeout; rollback",
  "begin; set transaction isolation level repeatable read; show transaction_isolation; select * from names; commit",
  "begin; show transaction_read_only; select * from names; show transaction_read_only; commit",
  "begin; set statement_timeout = 30000; commit; select * from names",
  "begin; reset statement_timeout; select count(*) from names; end; select name from names; select 2",
  "select * from names; commit",
  "commit; select 1; select * from names; rollback; begin; select * from names; abort",
  "begin; begin; select * from names; commit and chain; select * from names; rollback; commit",
  "begin; select 1 / (count(*) - 3) from names; commit",
  "select * from names",
  "rollback; select * from names; select current_setting('transaction_isolation')",
  "begin; select * from names; select 'größer 🙂', * from nowhere; commit",
  "rollback; begin; select * from names; rollback",
  "begin; select * from names; commit; select 'größer 🙂', * from nowhere",
  "begin; savepoint s; select * from names; rollback to s; select * from names; release s; release s; commit",
  "rollback and chain; select * from names; commit",
  // What ends a transaction that nobody began undoes what ran in it all the same.
  "set statement_timeout = '8s'; listen news; select * from names; rollback",
  "show statement_timeout; select * from pg_listening_channels(); select * from names; rollback",
  "set statement_timeout = '7s'; select * from names; commit and chain",
  "set local statement_timeout = '6s'; select * from names; commit; select * from names; rollback and chain",
  "set statement_timeout = '5s'; select * from names; commit; show statement_timeout; select * from names; rollback",
  "reset statement_timeout; commit; select * from names",
  // What psqlODBC sends without autocommit, and with its cursors.
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

test("a read beside what controls its transaction is locked, and its client sees what it would without the gateway", async (context) => {
  const { gateway, stage } = await openViews(context);
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const direct = new Client({ connectionString: postgres.url });
  const heard: string[][] = [];
  for (const client of [driver, direct]) {
    await client.connect();
    const told: string[] = [];
    heard.push(told);
    client.on("notice", ({ message }) => told.push(message ?? ""));
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
  for (const some of ["42P01", "22012", "25P02", "there is no transaction in progress"]) {
    assert.ok(
      heard[0]?.some((line) => line.startsWith(some)),
      some,
    );
  }
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
    ["", `begin; ${sneak}; commit`],
    ["", `begin; set transaction read write; ${sneak}; commit`],
    [
      "begin",
      `commit; begin; set transaction isolation level serializable, read write; ${sneak}; commit`,
    ],
    ["begin", `commit and chain; select * from names; ${sneak}; commit`],
  ] as const) {
    if (first !== "") await client.query(first);
    assert.deepEqual(
      inShort(await client.query(sql)).slice(-2),
      ["error 25006", "ready failed"],
      sql,
    );
    await client.query("rollback");
  }
  for (const sql of [
    `begin; select * from names; commit; ${sneak}`,
    `select * from names; commit; ${sneak}`,
    `${sneak}; commit`,
    `rollback; select 1; ${sneak}; commit`,
  ]) {
    const answer = inShort(await client.query(sql));
    assert.deepEqual(answer.slice(-2), ["error 25006", "ready idle"], sql);
  }
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["0"]);
  await client.query("begin; select * from names; commit; select * from names; rollback; begin");
  assert.deepEqual(inShort(await client.query("delete from items where id = 1")).slice(-2), [
    "tag DELETE 1",
    "ready transaction",
  ]);
  await client.query("rollback");
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
  const over = await client.query(
    "rollback; begin; select 1 from names limit 1; select * from names; commit",
  );
  assert.deepEqual(inShort(over).slice(-3), ["row a", "error 54000", "ready failed"]);
  const between = await client.query("rollback; select * from names");
  assert.deepEqual(inShort(between).slice(-2), ["error 54000", "ready idle"]);
  const kept = await client.query("begin; select * from names limit 2; commit");
  assert.deepEqual(inShort(kept).slice(-3), ["tag SELECT 2", "tag COMMIT", "ready idle"]);
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
  const more = inShort(
    await masked.wire.query(
      "rollback; begin; select id from crm.addresses where id = 1; select email from crm.addresses where id = 1; commit; table crm.addresses limit 1",
    ),
  );
  assert.deepEqual(
    more.filter((said) => said.startsWith("row ")),
    ["row 1", "row <EMAIL>", "row 1,<EMAIL>"],
  );
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

test("what its transaction wrote before is committed with it, and on record as that", async (context) => {
  const { client, gateway, rows, stage } = await openViews(context);
  await client.query("begin");
  await client.query("delete from items where id = 1");
  const answer = await client.query("select count(*) from names; commit");
  assert.deepEqual(inShort(answer).slice(-4), [
    "row 2",
    "tag SELECT 1",
    "tag COMMIT",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select id from items order by 1"), ["2", "3"]);
  await client.query("begin");
  await client.query("delete from items where id = 2");
  gateway.tap.cutAt("run", (sql) => sql.trim() === "commit");
  const lost = await client.query("select count(*) from names; commit");
  assert.deepEqual(inShort(lost).slice(-2), ["tag SELECT 1", "error 08006"]);
  await gateway.sessionsEnded(0);
  assert.deepEqual(await rows("select id from items order by 1"), ["2", "3"]);
  assert.equal(stage.reviews.size, 0);
});
