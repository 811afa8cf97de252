/** What others change in the database past the gateway: when it counts, and what holds until then. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readCatalogueVersion } from "#/proxies/postgres/catalogue/catalogue-version.ts";
import { confirmedAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import { builtinTypes, isBuiltinType } from "#/proxies/postgres/sql/builtin-types.ts";
import { hideWrites, openScene, writesRun } from "./support/agent-scene.ts";
import { columnRules, openMaskedScene } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const past = (sql: string) => asSuperuser(postgres, (superuser) => superuser.query(sql));

test("a table that became a view that writes past the gateway is locked within a second, and before that wherever a statement begins its own transaction", async (context) => {
  await hideWrites(context, postgres);
  await past("drop operator === (int, int)");
  const { client, stage, rows } = await openScene(context, postgres, writesRun);
  const read = "select * from items";
  const readWithin = async () => {
    await client.query("begin");
    const answer = inShort(await client.query(read)).slice(-2);
    await client.query("rollback");
    return answer;
  };
  assert.deepEqual(await readWithin(), ["tag SELECT 3", "ready transaction"]);
  await past(`alter table items rename to things;
    create view items as select at as id, ''::text as name from hidden.sneaky;
    grant select on items to ${postgres.user}`);
  assert.deepEqual(inShort(await client.query(read)).slice(-2), ["error 25006", "ready idle"]);

  stage.clock.advance(confirmedAgeMaxMs + 1);
  assert.deepEqual(await readWithin(), ["error 25006", "ready failed"]);
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["0"]);
  await past("drop view items; alter table things rename to items");
});

test("a type that somebody made past the gateway is locked from the first statement on, as every type but those built in", async (context) => {
  await hideWrites(context, postgres);
  await past("drop operator === (int, int)");
  const { client, rows } = await openScene(context, postgres, writesRun);
  await past(`create function hidden.checks(int) returns boolean language sql volatile security definer
      as 'insert into hidden.traces values (1) returning true';
    create domain late as int check (hidden.checks(value));
    grant usage on type late to ${postgres.user}`);
  for (const type of ["late", "public.late"]) {
    await client.query("begin");
    assert.deepEqual(inShort(await client.query(`select 5::${type}`)).slice(-2), [
      "error 25006",
      "ready failed",
    ]);
    await client.query("rollback");
  }
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["0"]);
  await past("drop domain late");
});

test("the types that count as built in are the server's own", async () => {
  const { rows } = await past(`select n.nspname || '.' || t.typname as name
    from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
    where t.oid < 16384 and t.typrelid = 0 and not (t.typname like '\\_%' and t.typelem <> 0)`);
  const own = rows.map(({ name }) => String(name));
  assert.deepEqual(
    own.filter((name) => !isBuiltinType(name)),
    [],
  );
  const named = [...builtinTypes].filter((name) => !own.includes(`pg_catalog.${name}`));
  assert.deepEqual(named, []);
  const others = ["mood", "public.int4", "v.int4", "information_schema.int4", '"pg_catalog.int4"'];
  assert.deepEqual(others.filter(isBuiltinType), []);
  const builtIn = ["text", "_text", "pg_catalog._int4", "information_schema.yes_or_no"];
  assert.deepEqual(
    builtIn.filter((name) => !isBuiltinType(name)),
    [],
  );
});

test("in a transaction that goes on for longer than that a read is locked until somebody has asked again", async (context) => {
  const { client, stage, gateway } = await openScene(context, postgres, writesRun);
  const locks = () => gateway.tap.sent.filter((sql) => sql.includes("savepoint")).length;
  await client.query("begin");
  await client.query("select * from items");
  assert.equal(locks(), 0);
  stage.clock.advance(confirmedAgeMaxMs + 1);
  await client.query("select * from items");
  const locked = locks();
  assert.notEqual(locked, 0);
  const other = await gateway.connect();
  await other.query("select 1");
  await client.query("select * from items");
  assert.equal(locks(), locked);
});

test("a view that tells of a masked column since somebody replaced it past the gateway is masked within a second", async (context) => {
  const { client, rows, stage } = await openMaskedScene(context, postgres, columnRules);
  const view = (column: string) =>
    past(`create or replace view crm.moving as select id, ${column} as p from crm.people where id = 1;
      grant select on crm.moving to ${postgres.user}`);
  await view("plan");
  stage.clock.advance(confirmedAgeMaxMs + 1);
  const told = await rows("select p from crm.moving");
  assert.deepEqual(told, ["pro"]);
  await view("email");
  stage.clock.advance(confirmedAgeMaxMs + 1);
  assert.deepEqual(await rows("select p from crm.moving"), ["<EMAIL>"]);
  await client.query("begin");
  assert.deepEqual(await rows("select p from crm.moving"), ["<EMAIL>"]);
  await client.query("rollback");
  await past("drop view crm.moving");
});

test("while nothing changes the catalogue is asked about in one short question, and not read again", async (context) => {
  const { client, stage, gateway } = await openScene(context, postgres, writesRun);
  const asked = () => gateway.tap.sent.filter((sql) => sql.includes("hashint8extended")).length;
  const readAgain = () => gateway.tap.sent.filter((sql) => sql.includes("checked (oid")).length;
  await client.query("select 1");
  const [once, read] = [asked(), readAgain()];
  await client.query("select * from items");
  await client.query("delete from items");
  assert.equal(asked(), once);
  for (let times = 0; times < 5; times += 1) {
    stage.clock.advance(confirmedAgeMaxMs + 1);
    await client.query("select 1");
    await client.query("select 2");
  }
  assert.equal(asked(), once + 5);
  assert.equal(readAgain(), read);
});

const changes = [
  "create table v.t (id int)",
  "alter table v.t add column name text",
  "alter table v.t alter column id set default 1",
  "alter table v.t enable row level security",
  "create view v.w as select 1 as a",
  "create or replace view v.w as select 2 as a",
  "create rule r as on insert to v.t do also select 1",
  "create function v.f() returns int language sql stable as 'select 1'",
  "create or replace function v.f() returns int language sql stable as 'select 2'",
  "alter function v.f() volatile",
  "create function v.g() returns trigger language plpgsql as 'begin return new; end'",
  "create trigger g before insert on v.t execute function v.g()",
  "drop trigger g on v.t",
  "create operator v.=== (leftarg = int, rightarg = int, procedure = int4eq)",
  "create type v.e as enum ('a')",
  "create cast (v.e as int) with inout",
  "create domain v.d as int",
  "alter domain v.d add check (value > v.f())",
  "alter domain v.d drop constraint d_check",
  "create materialized view v.m as select 1 as a",
  "create sequence v.s",
  "create index i on v.t ((id + 1))",
  "drop index v.i",
  "create statistics v.x on (id + 1), (id + 2) from v.t",
  "drop statistics v.x",
  "create table v.p (id int, name text)",
  "create table v.first () inherits (v.p)",
  "create table v.second (id int, name text)",
  "alter table v.second inherit v.p",
  "alter table v.second no inherit v.p",
  "create type v.row as (a int)",
  "alter type v.row alter attribute a type v.d",
  "alter extension plpgsql add function v.f()",
  "alter extension plpgsql drop function v.f()",
  "alter table v.t rename to u",
  "create schema v2",
  "alter table v.u set schema v2",
  "drop schema v2 cascade",
  "drop schema v cascade",
];
const columnChanges = ["alter table v.c rename column a to b", "alter table v.c drop column b"];

test("whatever the catalogue tells that decisions rely on makes it another version, and rows, temporary tables and statistics do not", async () => {
  await asSuperuser(postgres, async (superuser) => {
    const version = (columns: boolean) =>
      readCatalogueVersion(async (sql) => {
        const { rows } = await superuser.query({ text: sql, rowMode: "array" });
        return rows as readonly (readonly (string | null)[])[];
      }, columns);
    let last = await version(false);
    const isOther = async (sql: string, columns = false) => {
      await superuser.query(sql);
      const now = await version(columns);
      assert.notEqual(now, last, sql);
      last = now;
    };
    await isOther("create schema v");
    for (const sql of changes) await isOther(sql);
    await isOther("create schema v");
    await isOther("create table v.c (a int, c int)");
    last = await version(true);
    for (const sql of columnChanges) await isOther(sql, true);
    for (const sql of [
      "insert into v.c select n from generate_series(1, 100) as n",
      "analyze v.c",
      "vacuum v.c",
      "create temp table passing (id int)",
      "begin; create table v.never (id int); rollback",
    ]) {
      await superuser.query(sql);
      assert.equal(await version(true), last, sql);
    }
    await superuser.query("drop schema v cascade");
  });
});
