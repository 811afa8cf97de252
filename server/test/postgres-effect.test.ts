/** How much what waits would touch: estimated or measured beside it, against a real database. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import type { Effect, PreviewMode } from "#/core/effect.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { Secret } from "#/core/secret.ts";
import { nothingMasked } from "#/enforcement/conformance/stage.ts";
import { previewEveryMs } from "#/enforcement/hold/watch-effect.ts";
import { override } from "#/enforcement/override.ts";
import { preview } from "#/enforcement/preview.ts";
import { catalogueAgeMaxMs } from "#/proxies/postgres/catalogue.ts";
import { openOwnSession } from "#/proxies/postgres/effect/own-session.ts";
import { encodeExecute, syncFrame } from "#/proxies/postgres/wire/codec-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken, asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const allWaits = `
  @id("reads-run") @reason("Reads run.")
  permit (principal, action == Countersign::Action::"sql.read", resource)
  unless { context.reads.contains("public.watched") };
  @id("the-rest-waits") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource)
  unless { action == Countersign::Action::"sql.read" && !context.reads.contains("public.watched") };`;

const deletesWait = `
  @id("deletes-wait") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource) when { context has kinds && context.kinds.contains("delete") };
  @id("the-rest-runs") @reason("It runs.")
  permit (
    principal,
    action in [Countersign::Action::"sql", Countersign::Action::"sql.schema", Countersign::Action::"sql.admin"],
    resource
  ) unless { context.kinds.contains("delete") };`;

async function open(context: TestContext, mode: PreviewMode, setup = "select 1", rules = allWaits) {
  const scene = await openScene(context, postgres, rules, mode);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(`set role ${postgres.user}`);
    await superuser.query("analyze items");
    await superuser.query(setup);
  });
  const { host, port, user, database } = scene.gateway.login;
  const client = new Client({ host, port, user, database, password: agentToken });
  client.on("error", () => {});
  await client.connect();
  context.after(async () => {
    await client.end().catch(() => {});
  });
  return { scene, client };
}

/** The effect of what waits, as soon as it is of this basis. */
async function effectOf({ stage }: Scene, text: string, basis: Effect["basis"]) {
  const review = await stage.until(() =>
    [...stage.reviews.values()].find(
      ({ action, effect }) => action.command.includes(text) && effect?.basis === basis,
    ),
  );
  assert(review.effect !== null);
  return { review, effect: review.effect };
}

/** Sends it and forgets it: what comes of it is not the matter. */
function hold(client: Client, sql: string, values: readonly unknown[] = []): Promise<unknown> {
  return client.query({ text: sql, values: [...values] }).catch((error: unknown) => error);
}

const everything = "select * from items order by id";

test("a write that waits gets the planner's estimate, on its review, without changing what people judge", async (context) => {
  const { scene, client } = await open(context, "estimate");
  const done = hold(client, "delete from items where id = 2");
  const held = await scene.held("delete from items");
  const { review, effect } = await effectOf(scene, "delete from items", "estimated");
  assert.deepEqual(effect, {
    basis: "estimated",
    rows: 1,
    at: scene.stage.clock.now(),
    reason: null,
    caveat: null,
    sample: null,
  });
  assert.equal(review.digest, held.digest);
  assert.equal(review.version, held.version + 1);
  assert.deepEqual(await scene.rows(everything), ["1,a", "2,b", "3,c"]);
  // A verdict on the review as it was before it was known.
  await scene.stage.give(held, "ada");
  await done;
  assert.deepEqual(await scene.rows(everything), ["1,a", "3,c"]);
  const record = scene.stage.records.find(({ type }) => type === "review.effect_noted");
  assert.deepEqual(
    [record?.body["basis"], record?.body["rows"], record?.payload],
    ["estimated", 1, null],
  );
});

test("values, several statements and reads are estimated too; what has no such number gets none", async (context) => {
  const { scene, client } = await open(
    context,
    "estimate",
    "drop table if exists watched; create table watched as select * from generate_series(1, 500) as id; analyze watched",
  );
  const cases: readonly (readonly [string, readonly unknown[], number])[] = [
    ["delete from items where id = $1", [1], 1],
    ["update items set name = $1 where id < $2", ["x", 100], 3],
    ["update items set name = 'y' where id = 1;".repeat(60), [], 60],
    ["insert into items select id + 10, 'x' from watched", [], 500],
    ["select * from watched", [], 500],
    ["with gone as (delete from items returning id) select * from gone", [], 3],
  ];
  for (const [sql, values, rows] of cases) {
    const waits = hold(client, sql, values);
    const { effect, review } = await effectOf(scene, sql, "estimated");
    assert.equal(effect.rows, rows, sql);
    await scene.stage.give(review, "ada", "deny");
    await waits;
  }
  const waits = hold(client, "delete from items; insert into items values (9, 'x')");
  const { effect, review } = await effectOf(scene, "delete from items;", "estimated");
  assert.equal(effect.rows, 4);
  assert.match(effect.caveat ?? "", /sum of its statements/);
  await scene.stage.give(review, "ada", "deny");
  await waits;
});

test("within a client's transaction the estimate leaves the transaction alone and says what it can't see", async (context) => {
  const { scene, client } = await open(context, "measured");
  scene.stage.rule(deletesWait);
  await client.query("begin");
  await client.query("insert into items values (4, 'd')");
  const done = client.query("delete from items where name = 'd'");
  const { review, effect } = await effectOf(scene, "delete from items", "estimated");
  assert.match(effect.caveat ?? "", /its own session sees, so it is not measured/);
  await scene.stage.give(review, "ada");
  assert.equal((await done).rowCount, 1);
  await client.query("rollback");
  assert.deepEqual(await scene.rows(everything), ["1,a", "2,b", "3,c"]);

  // A transaction that has written nothing yet is measured like none.
  await client.query("begin");
  const again = client.query("delete from items where name = 'c'");
  const { review: second, effect: counted } = await effectOf(scene, "name = 'c'", "measured");
  assert.equal(counted.rows, 1);
  await scene.stage.give(second, "ada");
  assert.equal((await again).rowCount, 1);
  await client.query("rollback");
});

test("the rows that a measured statement returns are not kept, nor more of any answer than fits", async (context) => {
  const { host, port, user, database } = postgres;
  const password = new Secret(postgres.password);
  const server = { host, port, user, database, password, tls: null } as const;
  const address = { ...server, keyCache: new Map(), known: { minor: 2 }, health: null } as const;
  const session = await openOwnSession(address, new AbortController().signal);
  context.after(() => session.close());
  const large = "select repeat('x', 1000000) from generate_series(1, 20)";
  assert.equal((await session.run(large)).rows.length, 8);
  const dropped = await session.run(large, [], "dropped");
  assert.deepEqual([dropped.rows, dropped.tag], [[], "SELECT 20"]);
});

test("in a transaction that keeps its first look at the data nothing is measured by a later one", async (context) => {
  const { scene, client } = await open(context, "measured");
  scene.stage.rule(deletesWait);
  await client.query("begin isolation level repeatable read");
  await client.query("select * from items");
  await asSuperuser(postgres, (superuser) => superuser.query("insert into items values (4, 'd')"));
  const done = client.query("delete from items where id > 2");
  const { review, effect } = await effectOf(scene, "delete from items", "estimated");
  assert.match(effect.caveat ?? "", /as it was at its beginning, so it is not measured/);
  await scene.stage.give(review, "ada");
  assert.equal((await done).rowCount, 1);
  await client.query("rollback");
});

test("a measurement counts the rows that a run would touch, changes none, and is on record before the upstream sees it", async (context) => {
  const { scene, client } = await open(
    context,
    "measured",
    "drop table if exists numbered; create table numbered (id serial, name text default 'x')",
  );
  const write = scene.stage.holdWrite(
    ({ body }) => Array.isArray(body["verbs"]) && body["verbs"].includes("sql.preview"),
  );
  const waits = hold(client, "insert into numbered select from generate_series(1, 7)");
  await write.reached;
  const ran = () => scene.gateway.tap.sent.filter((sql) => sql.startsWith("insert into numbered"));
  // Long enough for a measurement that would not wait.
  for (let tries = 0; tries < 20; tries += 1) await scene.rows("select 1");
  assert.deepEqual(ran(), []);
  write.release();
  const { review, effect } = await effectOf(scene, "into numbered", "measured");
  assert.equal(effect.rows, 7);
  assert.match(effect.caveat ?? "", /sequences/);
  assert.equal(ran().length, 1);
  assert.deepEqual(await scene.rows("select count(*) from numbered"), ["0"]);
  // What the caveat says: a rollback does not give numbers back.
  assert.deepEqual(await scene.rows("select last_value from numbered_id_seq"), ["7"]);

  const own = scene.stage.records.find(
    ({ body }) => Array.isArray(body["verbs"]) && body["verbs"].includes("sql.preview"),
  );
  assert.equal(own?.type, "action.allowed");
  assert.equal(own.review, review.id);
  assert.deepEqual(own.body["principal"], { kind: "gateway", name: "gateway" });
  const end = await scene.stage.until(() =>
    scene.stage.records.find(
      ({ type, action }) => type === "execution.rolled_back" && action === own.action,
    ),
  );
  assert.equal(end.body["rows"], 7);
  await scene.stage.give(review, "ada");
  await waits;
  // It was measured once more right before it ran.
  assert.deepEqual(await scene.rows("select count(*), min(id) from numbered"), ["7,15"]);
});

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

test("a lock that others hold delays neither the notice nor an approval, and is told", async (context) => {
  const { scene, client } = await open(context, "measured");
  await asSuperuser(postgres, async (locker) => {
    await locker.query("begin; lock table items in access exclusive mode");
    const waits = hold(client, "delete from items where id = 1");
    const held = await scene.held("delete from items");
    assert.equal(held.effect, null);
    const { effect } = await effectOf(scene, "delete from items", "unknown");
    assert.match(effect.reason ?? "", /hold a lock/);
    await locker.query("rollback");
    await scene.stage.give(held, "ada");
    await waits;
  });
  await asSuperuser(postgres, async (locker) => {
    await locker.query("begin; lock table items in access exclusive mode");
    const waits = hold(client, "delete from items where id = 2");
    const held = await scene.held("id = 2");
    // The approval comes while the planner still waits for the lock; the statement itself waits for nothing else.
    const approved = await scene.stage.give(held, "ada");
    assert.equal(approved.state, "approved");
    await scene.review("id = 2", ({ execution }) => execution !== null);
    await locker.query("rollback");
    await waits;
  });
  assert.deepEqual(await scene.rows(everything), ["3,c"]);
});

test("what is still being measured when people decide is cancelled and gone", async (context) => {
  const { scene, client } = await open(
    context,
    "measured",
    "drop table if exists watched; create table watched as select * from generate_series(1, 20000) as id; analyze watched",
  );
  const slow = "delete from items where (select count(*) from watched a, watched b) > 0";
  const waits = hold(client, slow);
  const running =
    "select 1 from pg_stat_activity where state = 'active' and query like 'delete from items where (sel%'";
  await scene.seen(running);
  const held = await scene.held("delete from items where (sel");
  await scene.stage.give(held, "ada", "deny");
  await waits;
  await scene.seen(`select where not exists (${running})`);
  const review = scene.stage.reviews.get(held.id);
  assert.notEqual(review?.effect?.basis, "measured");
});

test("a statement that runs too long is given up, and what it did is rolled back", async (context) => {
  const { scene, client } = await open(
    context,
    "measured",
    "drop table if exists watched; create table watched as select * from generate_series(1, 100000) as id; analyze watched",
  );
  const slow = "delete from items where (select count(*) from watched a, watched b) > 0";
  const waits = hold(client, slow);
  const { review, effect } = await effectOf(scene, "delete from items where (sel", "unknown");
  assert.match(effect.reason ?? "", /longer than 5 s. The planner expects about/);
  assert.deepEqual(await scene.rows(everything), ["1,a", "2,b", "3,c"]);
  await scene.stage.give(review, "ada", "deny");
  await waits;
});

test("a reviewer has it measured again, not too often, and only where the connection says so", async (context) => {
  const { scene, client } = await open(context, "measured");
  const waits = hold(client, "delete from items where id > 1");
  const { review, effect } = await effectOf(scene, "delete from items", "measured");
  assert.equal(effect.rows, 2);
  await asSuperuser(postgres, (superuser) => superuser.query("delete from items where id = 3"));
  const { deps, clock } = scene.stage;
  await assert.rejects(preview(review.id, review.digest, deps), {
    code: "review.preview_too_soon",
  });
  clock.advance(previewEveryMs);
  const other = "0".repeat(64) as Review["digest"];
  await assert.rejects(preview(review.id, other, deps), { code: "review.digest_mismatch" });
  const [one, two] = await Promise.all([
    preview(review.id, review.digest, deps),
    preview(review.id, review.digest, deps),
  ]);
  assert.equal(one.effect?.rows, 1);
  assert.deepEqual(one.effect, two.effect);
  assert.equal(one.effect?.at, clock.now());
  await scene.stage.give(review, "ada", "deny");
  await waits;
  await assert.rejects(preview(review.id, review.digest, deps), { code: "review.already_decided" });

  const estimating = await open(context, "estimate");
  const more = hold(estimating.client, "delete from items where id > 1");
  const { review: second } = await effectOf(estimating.scene, "delete from items", "estimated");
  await assert.rejects(preview(second.id, second.digest, estimating.scene.stage.deps), {
    code: "review.preview_refused",
  });
  await estimating.scene.stage.give(second, "ada", "deny");
  await more;
});

test("an edit takes the effect of what stood there away, and gets its own", async (context) => {
  const { scene, client } = await open(context, "measured");
  const done = client.query("delete from items");
  const { review, effect } = await effectOf(scene, "delete from items", "measured");
  assert.equal(effect.rows, 3);
  const command = "delete from items where id in (select 2 union select 3)";
  const { review: edited } = await override(
    review.id,
    {
      person: "per_ada" as PersonId,
      assurance: "session",
      digest: review.digest,
      command,
      vouchers: [],
      parameters: null,
      shown: nothingMasked(review),
      comment: "Only those.",
      idempotencyKey: "edit",
    },
    scene.stage.deps,
  );
  assert.equal(edited.effect, null);
  const { effect: own } = await effectOf(scene, command, "measured");
  assert.equal(own.rows, 2);
  await scene.stage.give(edited, "bob");
  assert.equal((await done).rowCount, 2);
  assert.deepEqual(await scene.rows(everything), ["1,a"]);
});

test("a rule that forbids previews keeps them from being measured, and a failing statement is told as one", async (context) => {
  const { scene, client } = await open(context, "measured");
  const waits = hold(client, "insert into items values (1, 'again')");
  const { effect, review } = await effectOf(scene, "insert into items", "unknown");
  assert.equal(
    effect.reason,
    "It would fail: a row with such a key is there already (SQLSTATE 23505). The planner expects about 1 row.",
  );
  await scene.stage.give(review, "ada", "deny");
  await waits;
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create table itemz (id int); alter table itemz owner to ${postgres.user}`),
  );
  const prepared = await scene.client.batch(parse("delete from itemz", "gone"), syncFrame);
  assert.equal(inShort(prepared).at(-1), "ready idle");
  await asSuperuser(postgres, (superuser) => superuser.query("drop table itemz"));
  scene.client.send(bind([], "", "gone"), encodeExecute(""), syncFrame);
  const missing = await effectOf(scene, "delete from itemz", "unknown");
  assert.equal(
    missing.effect.reason,
    "It would fail: a relation that it names does not exist (SQLSTATE 42P01).",
  );
  await scene.stage.give(missing.review, "ada", "deny");
  await scene.client.until(isReady);
  scene.stage.rule(`${allWaits}
    @id("never") @reason("No previews.")
    forbid (principal, action == Countersign::Action::"sql.preview", resource);`);
  const more = hold(client, "delete from items");
  const { effect: forbidden, review: second } = await effectOf(
    scene,
    "delete from items",
    "unknown",
  );
  assert.match(forbidden.reason ?? "", /policy forbids/);
  assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
  await scene.stage.give(second, "ada", "deny");
  await more;
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
