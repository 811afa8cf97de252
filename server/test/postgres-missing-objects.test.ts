/** Statements about objects that are not there: the server would only say so, and does, without anybody being asked. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, readsRun } from "./support/agent-scene.ts";
import { run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { assertSameRefusals } from "./support/same-refusals.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** What can be dropped and commented on under the same name. */
const objects = [
  "access method nothing",
  "aggregate nothing(*)",
  "aggregate nothing(int, text[])",
  "cast (int as public.nothing)",
  "cast (int as point)",
  "collation nothing",
  "conversion public.nothing",
  "domain nothing",
  "event trigger nothing",
  "extension nothing",
  "foreign data wrapper nothing",
  "function nothing()",
  'function public."Größe \'q\' \\ ""x"""(int, timestamp with time zone, "char"[])',
  "function nothing(nothing)",
  "function nowhere.nothing(int)",
  "function lower(int)",
  "function nothing",
  "function public.nothing",
  "function nowhere.nothing",
  "language nothing",
  "operator + (public.nothing, int)",
  "operator public.+ (int, int)",
  "operator class nothing using btree",
  "operator family nothing using nothing",
  "policy nothing on items",
  "policy nothing on itemss",
  "procedure nothing(int)",
  "procedure nothing",
  "publication nothing",
  "rule nothing on items",
  "rule nothing on nowhere.itemss",
  "schema nothing",
  "server nothing",
  "statistics nothing",
  "text search configuration nothing",
  "text search dictionary public.nothing",
  "text search parser nothing",
  "text search template nothing",
  "transform for int language nothing",
  "transform for nothing language sql",
  "trigger nothing on items",
  "trigger nothing on itemss",
  "type nothing",
  'type nowhere."Größe"',
];
const renamed = [
  "database nothing",
  "domain nothing",
  "function nothing(int)",
  "language nothing",
  "operator class nothing using btree",
  "procedure nothing(int)",
  "publication nothing",
  "role nobody",
  "schema nothing",
  "server nothing",
  "statistics nothing",
  "tablespace nothing",
  "text search configuration nothing",
  "type nothing",
];
const owned = [
  "aggregate nothing(int)",
  "collation nothing",
  "database nothing",
  "domain nothing",
  "function nothing(int)",
  "language nothing",
  "procedure nothing(int)",
  "publication nothing",
  "schema nothing",
  "statistics nothing",
  "tablespace nothing",
  "type nothing",
];
const moved = ["domain nothing", "extension nothing", "function nothing(int)", "type nothing"];

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
  "alter table itemss set schema public",
  "alter table itemss owner to nobody",
  "alter type itemss add attribute more int",
  "alter sequence itemss restart",
  "alter policy items on itemss using (true)",
  "create index on itemss (id)",
  "create trigger items after insert on itemss execute function nothing()",
  "create rule items as on insert to itemss do nothing",
  "refresh materialized view itemss",
  "reindex table itemss",
  "analyze itemss",
  ...objects.flatMap((object) => [`drop ${object}`, `comment on ${object} is 'nothing'`]),
  ...renamed.map((object) => `alter ${object} rename to things`),
  ...owned.map((object) => `alter ${object} owner to current_user`),
  ...moved.map((object) => `alter ${object} set schema public`),
  "alter schema public owner to nobody",
  "comment on column items.nothing is 'nothing'",
  "comment on column itemss.id is 'nothing'",
  "comment on table nowhere.items is 'nothing'",
  "comment on index itemss is 'nothing'",
  "comment on constraint nothing on items is 'nothing'",
  "comment on constraint nothing on domain nothing is 'nothing'",
  "comment on role nobody is 'nothing'",
  "comment on tablespace nothing is 'nothing'",
  "alter function nothing(int) strict",
  "alter function nothing strict",
  "alter procedure nothing(int) security definer",
  "alter type nothing add value 'more'",
  "alter domain nothing set not null",
  "alter extension nothing update",
  "alter extension nothing drop table items",
  "alter publication nothing set (publish = 'insert')",
  "alter role nobody set work_mem = '1MB'",
  "alter database nothing set work_mem = '1MB'",
  "drop owned by nobody",
  "reassign owned by nobody to current_user",
  "drop subscription nothing",
  "grant select on itemss to public",
  "grant select on items, itemss to nobody",
  "grant select on items to public, nobody",
  "revoke all on table nowhere.items from nobody",
  "grant select (id) on items to nobody",
  "grant usage on schema nothing to public",
  "grant select on all tables in schema public, nothing to public",
  "grant execute on function nothing(int) to public",
  "grant execute on all functions in schema nothing to public",
  "grant usage on type nothing to public",
  "grant usage on language nothing to public",
  "grant usage on foreign server nothing to public",
  "grant connect on database nothing to public",
  "grant nobody to current_user",
  "grant pg_read_all_data to nobody",
  "revoke nobody from nobody",
];

/** Of which the server says within a transaction, or without one, something else first. */
const missingBetween = ["drop database nothing", "drop tablespace nothing", "vacuum itemss"];
const missingWithin = ["lock table itemss in exclusive mode"];

test("a statement about an object that is not there is answered with the database's own error, on record, and nobody is asked", async (context) => {
  const scene = await openScene(context, postgres, readsRun);
  const [alone, within] = ["select 1", "begin"];
  await assertSameRefusals(scene, postgres, [
    ...missing.map((text) => ({ text, firsts: [alone, within] })),
    ...missingBetween.map((text) => ({ text, firsts: [alone] })),
    ...missingWithin.map((text) => ({ text, firsts: [within] })),
  ]);
  assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
});

test("where the database may say something else, or do something, people are asked", async (context) => {
  const { client, held, stage } = await openScene(context, postgres, readsRun);
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
    "drop table itemss; delete from items",
    "drop function if exists nothing()",
    "drop routine nothing(int)",
    "drop role nobody",
    "comment on database nothing is 'nothing'",
    "alter table items owner to current_user",
    "grant select on items to public",
    "grant select on items to current_user granted by current_user",
    "create table more (id int references itemss)",
    "create unlogged table more as select 1; drop function nothing()",
    "lock table itemss in exclusive mode",
  ]) {
    await waits(sql);
  }
  await waits("drop table if exists", ...run("drop table if exists itemss"), syncFrame);
  await client.query("begin isolation level repeatable read");
  await waits("drop table itemss");
  await client.query("rollback");
  await client.query("begin");
  await waits("drop database nothing");
  await client.query("rollback");

  const made = "create function told() returns event_trigger language plpgsql as 'begin end'";
  const trigger = "create event trigger told on ddl_command_start execute function told()";
  await asSuperuser(postgres, (superuser) => superuser.query(`${made}; ${trigger}`));
  await waits("truncate itemss");
  await waits("drop function nothing");
  await asSuperuser(postgres, (superuser) => superuser.query("drop function told cascade"));
  assert.deepEqual(inShort(await client.query("truncate itemss")), ["error 42P01", "ready idle"]);
});

test("a name is looked up where the session would find it, in its transaction and along its path", async (context) => {
  const { client, held, stage } = await openScene(context, postgres, readsRun);
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

test("functions are looked up along the path by their name and their arguments, and what is not visible there is not there", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres, readsRun);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop schema if exists aside cascade; create schema aside authorization ${postgres.user}; set role ${postgres.user};
       create function aside.told(int) returns int language sql as 'select $1'; create type aside.mood as enum ('well')`,
    ),
  );
  const refused = (code: string) => [`error ${code}`, "ready idle"];
  const invisible: readonly (readonly [string, string])[] = [
    ["drop function told", "42883"],
    ["drop function told(int)", "42883"],
    ["comment on type mood is 'how'", "42704"],
    ["alter type mood add value 'ill'", "42704"],
    ["grant execute on function told(int) to public", "42883"],
  ];
  for (const [sql, code] of invisible)
    assert.deepEqual(inShort(await client.query(sql)), refused(code));
  await client.query("set search_path = aside");
  assert.deepEqual(inShort(await client.query("drop function told(text)")), refused("42883"));
  for (const [sql] of invisible.toReversed()) {
    if (sql === "drop function told(int)") continue;
    client.send(encodeQuery(sql));
    await stage.give(await held(sql), "ada");
    const [tag] = inShort(await client.until(isReady)).slice(-2);
    assert.match(tag ?? "", /^tag /, sql);
  }
  assert.deepEqual(inShort(await client.query("drop function told(int)")), refused("42883"));
  assert.deepEqual(await rows("select count(*) from pg_enum where enumlabel = 'ill'"), ["1"]);
});

test("what was looked up leaves nothing behind: what is there waits, is approved and runs, also unnamed and in a transaction that was begun with it", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres, readsRun);
  const begin = [...run("begin")];
  for (const [name, first] of [
    ["one", []],
    ["two", begin],
  ] as const) {
    const sql = `comment on column items.name is '${name}'`;
    client.send(...first, ...run(sql), syncFrame);
    await stage.give(await held(sql), "ada");
    assert.ok(inShort(await client.until(isReady)).includes("tag COMMENT"), name);
    client.send(...run("grant select on items to nobody"), syncFrame);
    assert.ok(inShort(await client.until(isReady)).includes("error 42704"), name);
  }
  await client.query("rollback");
  client.send(...begin, ...run("drop function nothing(int)"), syncFrame);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 42883", "ready failed"]);
  await client.query("rollback");
  assert.deepEqual(
    await rows(
      "select pg_catalog.col_description('items'::regclass, 2) from pg_catalog.pg_locks limit 1",
    ),
    ["one"],
  );
});

test("an object that others have locked delays nobody who is to be asked", async (context) => {
  const { client, held, stage } = await openScene(context, postgres, readsRun);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query("begin; lock table items in access exclusive mode");
    for (const sql of [
      "grant select on items to nobody",
      "comment on column items.nothing is 'x'",
    ]) {
      client.send(encodeQuery(sql));
      await stage.give(await held(sql), "ada", "deny");
      await client.until(isReady);
    }
    await superuser.query("rollback");
  });
});
