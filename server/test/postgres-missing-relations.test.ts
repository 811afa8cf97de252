/** Changes of relations that are not there: the server would only say so, and so does the gateway, in the same words. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, type DatabaseError } from "pg";
import { encodeQuery, syncFrame } from "#/proxies/postgres/wire/codec-frontend.ts";
import { openScene } from "./support/agent-scene.ts";
import { run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** Drops are asked about too. */
const rules = `
  @id("reads-run") permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("the-rest-waits") @review("1 of dba")
  permit (principal, action, resource) unless { action == Countersign::Action::"sql.read" };`;

const kinds = ["table", "view", "materialized view", "index", "sequence", "foreign table"];
const missing = [
  ...kinds.flatMap((kind) => [
    `drop ${kind} itemss`,
    `drop ${kind} public."Größe"`,
    `drop ${kind} nowhere.items, items cascade`,
  ]),
  "truncate itemss, items",
  "truncate table only public.itemss restart identity cascade",
  "truncate nowhere.items",
  "alter table itemss add more int",
  "alter table only public.itemss drop name, add more int",
  "alter table nowhere.items rename to things",
  "alter table itemss rename name to title",
  "alter view itemss rename to things",
  "alter materialized view itemss rename to things",
  "alter index itemss set (fillfactor = 50)",
  "alter index itemss rename to things",
  "alter table itemss owner to current_user",
];

test("a change of a relation that is not there is answered with the database's own error, on record, and nobody is asked", async (context) => {
  const { gateway, stage, rows } = await openScene(context, postgres, rules);
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const direct = new Client({ connectionString: postgres.url });
  await Promise.all([driver.connect(), direct.connect()]);
  for (const text of missing) {
    for (const query of [{ text }, { text, queryMode: "extended" }]) {
      for (const first of ["select 1", "begin"]) {
        const heardBy = async (client: Client) => {
          await client.query(first);
          const failed = await client.query(query).catch((caught: DatabaseError) => caught);
          const { severity, code, message, position, detail, hint } = failed as DatabaseError;
          const next = await client.query("select 1").then(
            () => "goes on",
            (caught: DatabaseError) => caught.code,
          );
          await client.query("rollback");
          return { severity, code, message, position, detail, hint, next };
        };
        assert.deepEqual(await heardBy(driver), await heardBy(direct), text);
      }
    }
  }
  await Promise.all([driver.end(), direct.end()]);
  assert.equal(stage.reviews.size, 0);
  assert.equal(
    stage.records.filter(({ type }) => type === "action.denied").length,
    missing.length * 4,
  );
  assert.deepEqual(
    gateway.tap.sent.filter((sql) => missing.includes(sql)),
    [],
  );
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("where the database may say something else, or do something, people are asked", async (context) => {
  const { client, held, stage } = await openScene(context, postgres, rules);
  const waits = async (sql: string, ...frames: readonly Buffer[]) => {
    client.send(...(frames.length > 0 ? frames : [encodeQuery(sql)]));
    await stage.give(await held(sql), "ada", "deny");
    await client.until(isReady);
  };
  for (const sql of [
    "drop table if exists itemss",
    "alter table if exists itemss add more int",
    "drop table items, itemss",
    "truncate items, itemss",
    "drop view items",
    "drop index concurrently itemss",
    "drop function itemss()",
    "drop table itemss; delete from items",
  ]) {
    await waits(sql);
  }
  await waits("drop table if exists", ...run("drop table if exists itemss"), syncFrame);
  await client.query("begin isolation level repeatable read");
  await waits("drop table itemss");
  await client.query("rollback");

  const made = "create function told() returns event_trigger language plpgsql as 'begin end'";
  const trigger = "create event trigger told on ddl_command_start execute function told()";
  await asSuperuser(postgres, (superuser) => superuser.query(`${made}; ${trigger}`));
  await waits("truncate itemss");
  await asSuperuser(postgres, (superuser) => superuser.query("drop function told cascade"));
  assert.deepEqual(inShort(await client.query("truncate itemss")), ["error 42P01", "ready idle"]);
});

test("a name is looked up where the session would find it, in its transaction and along its path", async (context) => {
  const { client, held, stage } = await openScene(context, postgres, rules);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop schema if exists aside cascade; create schema aside authorization ${postgres.user};
       set role ${postgres.user}; create table aside.things (id int)`,
    ),
  );
  const truncate = "truncate things";
  const refused = ["error 42P01", "ready idle"];
  assert.deepEqual(inShort(await client.query(truncate)), refused);
  await client.query("set search_path = aside");
  client.send(encodeQuery(truncate));
  await stage.give(await held(truncate), "ada");
  assert.equal(inShort(await client.until(isReady)).at(-2), "tag TRUNCATE TABLE");
  await client.query("reset search_path");
  assert.deepEqual(inShort(await client.query(truncate)), refused);
  await client.query("begin");
  client.send(encodeQuery("create temp table things (id int)"));
  await stage.give(await held("create temp"), "ada");
  await client.until(isReady);
  client.send(encodeQuery(truncate));
  await stage.give(await held(truncate), "ada");
  assert.equal(inShort(await client.until(isReady)).at(-2), "tag TRUNCATE TABLE");
  await client.query("rollback");
});
