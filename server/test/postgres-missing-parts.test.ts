/** Statements about tables with columns, constraints and types that are not there: the server would only say so, and does. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, readsRun } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { assertSameRefusals } from "./support/same-refusals.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const missing = [
  "alter table items drop column title",
  'alter table only public.items drop column "Größe" cascade',
  "alter table items alter column title type text",
  "alter table items alter title set data type nothing",
  "alter table items alter column title set default 'x'",
  "alter table items alter column title drop default",
  "alter table items alter column title set not null",
  "alter table items alter column title drop not null",
  "alter table items drop constraint items_name_key",
  "alter table public.items drop constraint nothing cascade",
  "alter table items rename column title to name",
  "alter table items rename title to name",
  "alter table items add column at datetime",
  "alter table items add size double not null default 0",
  "/* größer */ alter table items add column at nowhere.datetime(6)",
  "alter table items add column at public.datetime[]",
  "create index on items (title)",
  "create unique index items_by on public.items using btree (id desc, name nulls first, title, more)",
  "create table later (id serial primary key, at datetime)",
  "create table later (id int not null, name text default 'größer', size double, at datetime)",
  "create table public.later (id bigserial, constraint named unique (id), other_id int references items, at nowhere.when)",
  "create unlogged table later (at datetime, at datetime)",
  "create table later (tags string[] not null)",
  "create view v as select * from itemss",
  "/* größer */ create or replace view public.v (a, b) with (security_barrier) as select id, title from items",
  'create temp view "as" as (select lower(id) from items)',
  "create view v as with q as (select 1) select q.nothing from q",
];

test("what a statement about a table speaks of and is not there is told by the database, on record, and nobody is asked", async (context) => {
  const scene = await openScene(context, postgres, readsRun);
  const cases = missing.map((text) => ({ text, firsts: ["select 1", "begin"] }));
  await assertSameRefusals(scene, postgres, cases);
  assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
});

test("where the database may say something else first, people are asked", async (context) => {
  const { client, held, stage } = await openScene(context, postgres, readsRun);
  const waits = async (sql: string) => {
    client.send(encodeQuery(sql));
    await stage.give(await held(sql), "ada", "deny");
    await client.until(isReady);
  };
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      drop schema if exists aside cascade; create schema aside;
      create table aside.theirs (id int); grant usage on schema aside to public; grant all on aside.theirs to public;
      set role ${postgres.user}; drop table if exists parent, deferred cascade;
      create table parent (id int); create table child () inherits (parent);
      create table deferred (id int unique deferrable)`),
  );
  for (const sql of [
    "alter table items add column more int",
    "alter table items drop column if exists title",
    "alter table items add column if not exists at datetime",
    "alter table items drop column title, add column more int",
    "alter table items alter column title set statistics 9",
    "alter table items alter column name type datetime",
    "alter table aside.theirs drop column title",
    "alter table aside.theirs add column at datetime",
    "alter table parent drop column title",
    "alter table deferred drop column title",
    "create index on aside.theirs (title)",
    "create index concurrently on items (title)",
    "create index if not exists items_by on items (title)",
    "create index on items (lower(title))",
    "create table aside.later (at datetime)",
    "create table nowhere.later (at datetime)",
    "create table if not exists later (at datetime)",
    "create temp table later (at datetime)",
    "create table later (id int null not null, at datetime)",
    "create table later (id text generated always as identity, at datetime)",
    "create table later (like nothing, at datetime)",
    "create table later (at datetime) inherits (items)",
    "create table later (id int, name text)",
    "create recursive view v (n) as select n from nothing",
    "create view v as select * from itemss with check option",
    "create view nowhere.v as select * from items",
  ]) {
    await waits(sql);
  }
  await client.query("begin; declare c cursor for select * from items");
  await waits("alter table items drop column title");
  await client.query("rollback");
  assert.deepEqual(inShort(await client.query("alter table items drop column title")), [
    "error 42703",
    "ready idle",
  ]);
});
