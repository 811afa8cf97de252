/** What is not measured, as looking at it would set something in motion or tell another relation's rows. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { catalogueAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import { deletesWait, effectOf, hold, opening } from "./support/effect-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());
const open = opening(() => postgres);

const keyed = `
  drop table if exists child; drop table if exists parent;
  create table parent (id int primary key);
  create table child (id int references parent on delete cascade)`;

/** As whoever adds a trigger does. The statement finds no row, so that it would not come to wait for it by itself. */
test("what foreign keys change is locked before it is looked at, so that no trigger comes in between", async (context) => {
  const { scene, client } = await open(context, "measured", keyed);
  const sql = "delete from parent where id = 7";
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();
  const { promise: locked, resolve: hasLocked } = Promise.withResolvers<void>();
  const other = asSuperuser(postgres, async (superuser) => {
    await superuser.query("begin; lock table child in share row exclusive mode");
    hasLocked();
    await over;
  });
  await locked;
  const done = hold(client, sql);
  const { effect, review } = await effectOf(scene, sql, "unknown");
  assert.match(effect.reason ?? "", /^Others hold a lock that it needs/);
  finish();
  await other;
  await scene.stage.give(review, "ada", "deny");
  await done;
  const again = "delete from parent where id = 8";
  void hold(client, again);
  assert.equal((await effectOf(scene, again, "measured")).effect.rows, 0);
});

test("an effect speaks of foreign keys only where one is about what the statement deletes or assigns", async (context) => {
  const { scene, client } = await open(
    context,
    "measured",
    `${keyed}; drop table if exists renamed;
     alter table parent add column name text, add unique (name);
     create table renamed (name text references parent (name) on update cascade)`,
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) => superuser.query("drop table if exists renamed")),
  );
  for (const [sql, speaks] of [
    ["update parent set id = 5 where id = 1", false],
    ["update parent set name = 'x' where id = 1", true],
    ["delete from parent where id = 1", true],
  ] as const) {
    const waits = hold(client, sql);
    const { effect, review } = await effectOf(scene, sql, "measured");
    assert.equal(/foreign keys are not counted/.test(effect.caveat ?? ""), speaks, sql);
    await scene.stage.give(review, "ada", "deny");
    await waits;
  }
});

test("where the gateway's role may not write what foreign keys change, nothing is measured", async (context) => {
  const { scene, client } = await open(context, "measured", keyed);
  await asSuperuser(postgres, (superuser) =>
    superuser.query("alter table child owner to current_user"),
  );
  void hold(client, "delete from parent where id = 7");
  const { effect } = await effectOf(scene, "delete from parent", "unknown");
  assert.match(effect.reason ?? "", /may not write/);
});

test("what a look at an effect sets ends with the transaction in which it looks", async (context) => {
  const { scene, client } = await open(context, "measured");
  await client.query("set application_name to 'an agent'");
  void hold(client, "delete from items where id = 1");
  await effectOf(scene, "delete from items", "measured");
  const { sent } = scene.gateway.tap;
  const begun = sent.findIndex((sql) => sql.startsWith("begin isolation level"));
  const set = sent.findIndex((sql) => sql.includes("set_config("));
  assert.ok(begun !== -1 && begun < set);
  assert.deepEqual(
    sent.filter((sql) => /set_config\([^)]*false\)/.test(sql)),
    [],
  );
});

const unsafe: Readonly<Record<string, readonly [setup: string, sql: string, reason: RegExp]>> = {
  trigger: [
    `create table t (id int); insert into t values (1);
     create function mark() returns trigger language plpgsql as 'begin insert into marks values (1); return old; end';
     create trigger mark after delete on t for each row execute function mark()`,
    "delete from t",
    /triggers.* The planner expects about [\d,]+ rows/,
  ],
  "trigger behind a foreign key": [
    `create table t (id int primary key); insert into t values (1);
     create table child (id int references t on delete cascade); insert into child values (1);
     create function mark() returns trigger language plpgsql as 'begin insert into marks values (1); return old; end';
     create trigger mark after delete on child for each row execute function mark()`,
    "delete from t",
    /triggers/,
  ],
  rule: [
    `create table t (id int); insert into t values (1);
     create rule mark as on delete to t do also insert into marks values (1)`,
    "delete from t",
    /rules/,
  ],
  "volatile default": [
    `create function mark() returns int language sql volatile as 'insert into marks values (1) returning at';
     create table t (id int default mark(), name text)`,
    "insert into t (name) values ('x')",
    /not on the allow-list/,
  ],
  "immutable function that lies": [
    `create function mark() returns int language plpgsql immutable as 'begin perform pg_notify(''x'', ''y''); insert into marks values (1); return 1; end';
     create table t (id int)`,
    "delete from t where id = mark()",
    /can't read/,
  ],
  check: [
    `create function mark(int) returns boolean language plpgsql immutable as 'begin insert into marks values (1); return true; end';
     create table t (id int check (mark(id)))`,
    "insert into t values (1)",
    /not on the allow-list/,
  ],
  "index expression": [
    `create function mark(int) returns int language sql immutable as 'select $1';
     create table t (id int); create index on t (mark(id))`,
    "delete from t",
    /not on the allow-list/,
  ],
  view: [
    "create table base (id int); create view t as select * from base",
    "delete from t",
    /no plain table/,
  ],
  "row security": [
    "create table t (id int); alter table t enable row level security",
    "delete from t",
    /row security/,
  ],
  domain: [
    `create function mark(int) returns boolean language plpgsql immutable as 'begin insert into marks values (1); return true; end';
     create domain positive as int check (mark(value)); create table t (id positive)`,
    "insert into t values (1)",
    /not built in/,
  ],
  "type of which a part checks": [
    `create function mark(int) returns boolean language plpgsql immutable as 'begin insert into marks values (1); return true; end';
     create domain positive as int check (mark(value)); create type pair as (a positive); create table t (id int)`,
    "delete from t where '(1)'::pair is not null",
    /not built in/,
  ],
  "array type whose elements check": [
    `create function mark(int) returns boolean language plpgsql immutable as 'begin insert into marks values (1); return true; end';
     create domain positive as int check (mark(value)); create table t (id int)`,
    "delete from t where '{1}'::_positive is not null",
    /not built in/,
  ],
  "type in a default": [
    `create function mark(int) returns boolean language plpgsql immutable as 'begin insert into marks values (1); return true; end';
     create domain positive as int check (mark(value)); create table t (id int default 5::positive, name text)`,
    "insert into t (name) values ('x')",
    /uses a type that is not built in/,
  ],
  "key of the partitioned table around": [
    `create function mark(int) returns int language plpgsql immutable as 'begin insert into marks values (1); return $1; end';
     create table whole (id int) partition by range (mark(id));
     create table t partition of whole for values from (0) to (10)`,
    "insert into t values (1)",
    /not on the allow-list/,
  ],
  "statistics on an expression": [
    `create function mark(int) returns int language plpgsql immutable as 'begin insert into marks values (1); return $1; end';
     create table t (id int); create statistics s on (id + mark(1)) from t`,
    "delete from t where id = 1",
    /not on the allow-list/,
  ],
  "index of what a foreign key looks at": [
    `create function mark(int) returns int language plpgsql immutable as 'begin return $1; end';
     create table whole (id int primary key); insert into whole values (1); create index on whole ((id + mark(1)));
     create table t (id int references whole)`,
    "insert into t values (1)",
    /not on the allow-list/,
  ],
  "index of what refers to it": [
    `create function mark(int) returns int language plpgsql immutable as 'begin return $1; end';
     create table t (id int primary key); insert into t values (1);
     create table child (id int references t); create index on child ((id + mark(1)))`,
    "delete from t",
    /not on the allow-list/,
  ],
  "more rows than may be left behind": [
    "create table t (id int)",
    "insert into t select from generate_series(1, 100001)",
    /expects about 100,001 rows\. More than 100,000 are not measured/,
  ],
  "sequence in the statement": [
    "create sequence s; create table t (id int)",
    "insert into t values (nextval('s'))",
    /not on the allow-list/,
  ],
};

for (const [name, [setup, sql, reason]] of Object.entries(unsafe)) {
  test(`what a preview would set in motion is not known and not run: ${name}`, async (context) => {
    const clear = `drop schema if exists public cascade; create schema public;
      grant all on schema public to public; create table marks (at int); grant all on marks to public`;
    const restore = () => asSuperuser(postgres, (superuser) => superuser.query(clear));
    await restore();
    const { scene, client } = await open(context, "measured", setup);
    context.after(restore);
    scene.stage.clock.advance(catalogueAgeMaxMs + 1);
    const waits = hold(client, sql);
    const { review, effect } = await effectOf(scene, sql, "unknown");
    assert.equal(effect.rows, null);
    assert.match(effect.reason ?? "", reason);
    assert.ok(!scene.gateway.tap.sent.some((sent) => sent.startsWith(sql)), "it never ran");
    assert.deepEqual(await scene.rows("select count(*) from marks"), ["0"]);
    await scene.stage.give(review, "ada", "deny");
    await waits;
  });
}

test("a foreign table is never planned for an effect", async (context) => {
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(`
      create foreign data wrapper nowhere; create server far foreign data wrapper nowhere;
      create foreign table distant (id int) server far; grant all on distant to public`);
  });
  context.after(() =>
    asSuperuser(postgres, (superuser) =>
      superuser.query("drop foreign data wrapper nowhere cascade"),
    ),
  );
  const { scene, client } = await open(context, "measured");
  const waits = hold(client, "delete from distant");
  const { effect, review } = await effectOf(scene, "distant", "unknown");
  assert.match(effect.reason ?? "", /foreign table/);
  await scene.stage.give(review, "ada", "deny");
  await waits;
});

test("a relation that only its session sees is not mistaken for another of the same name", async (context) => {
  const { scene, client } = await open(context, "measured");
  scene.stage.rule(deletesWait);
  await client.query("create temporary table items (id int)");
  const waits = hold(client, "delete from items");
  const { effect, review } = await effectOf(scene, "delete from items", "unknown");
  assert.match(effect.reason ?? "", /only its own session sees/);
  await scene.stage.give(review, "ada", "deny");
  await waits;
});

test("a search path and a role of the session's own lead to the same relation, or to no answer", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop schema if exists other cascade; create schema other authorization ${postgres.user};
       create table other.items (id int); alter table other.items owner to ${postgres.user}`,
    ),
  );
  const { scene, client } = await open(context, "measured");
  scene.stage.rule(deletesWait);
  await client.query("set search_path to other, public");
  const waits = hold(client, "delete from items where id > 0");
  const { effect, review } = await effectOf(scene, "delete from items", "measured");
  assert.equal(effect.rows, 0);
  await scene.stage.give(review, "ada", "deny");
  await waits;
});
