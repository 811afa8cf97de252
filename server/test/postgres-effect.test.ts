/** What people are told of the effect that a waiting write would have: an estimate or a measurement, when, and for how long. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PersonId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { Secret } from "#/core/secret.ts";
import { nothingMasked } from "#/enforcement/conformance/stage.ts";
import { previewEveryMs } from "#/enforcement/hold/watch-effect.ts";
import { override } from "#/enforcement/override.ts";
import { preview } from "#/enforcement/preview.ts";
import { openOwnSession } from "#/proxies/postgres/effect/own-session.ts";
import { encodeExecute, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { allWaits, deletesWait, effectOf, hold, opening } from "./support/effect-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());
const open = opening(() => postgres);

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
