/** Drivers and query builders for Node, unmodified, against a gateway where reads run and writes wait. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client, type Notification, Pool } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import Cursor from "pg-cursor";
import QueryStream from "pg-query-stream";
import postgres from "postgres";
import {
  copiedRows,
  type DriverScene,
  openDriverScene,
  type Target,
} from "./support/driver-scene.ts";

let scene: DriverScene;
before(async () => {
  scene = await openDriverScene();
});
after(() => scene.close());

const update = "update tallies set n = n + 1 where name = $1";
const everyType =
  "select tags, data, place, seen_at, day, code, raw, big, ratio, price, span from things where id = $1";

async function withPg<Result>(target: Target, use: (client: Client) => Promise<Result>) {
  const client = new Client({ ...target });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function readWithPg(target: Target): Promise<unknown> {
  return withPg(target, async (client) => {
    const { rows: one } = await client.query(everyType, [3]);
    const named = [];
    for (const id of [1, 2, 3]) {
      const query = { name: "by id", text: "select name from things where id = $1", values: [id] };
      named.push((await client.query(query)).rows);
    }
    const cursor = client.query(new Cursor("select id from things order by id"));
    const walked = [await cursor.read(3), await cursor.read(100)];
    await cursor.close();
    const streamed: unknown[] = [];
    const stream = client.query(
      new QueryStream("select id from things where id < $1 order by id", [20], { batchSize: 4 }),
    );
    for await (const row of stream) streamed.push(row);
    const error = await client.query("select nothing from nowhere").catch(stateOf);
    const several = await client.query("select 1 as a; select 2 as b");
    await client.query("begin transaction isolation level serializable read only");
    const { rows: inside } = await client.query("select count(*) from things");
    await client.query("commit");
    await client.query("listen news");
    return [one, named, walked, streamed, error, several, inside].map(plain);
  });
}

async function readWithPostgresJs(target: Target): Promise<unknown> {
  const { user: username, ...rest } = target;
  const db = postgres({ ...rest, username, max: 3, onnotice: () => {} });
  try {
    const id = 3;
    const one = await db.unsafe(everyType, [id]);
    const prepared = await Promise.all(
      [1, 2, 3, 4, 5].map((number) => db`select name, tags from things where id = ${number}`),
    );
    const among = await db`select id from things where id in ${db([1, 2])} order by id`;
    const walked: unknown[] = [];
    await db`select id from things order by id`.cursor(7, (rows) => {
      walked.push(rows);
    });
    const each: unknown[] = [];
    await db`select id from things where id < 5 order by id`.forEach((row) => each.push(row));
    const described = (await db`select id, name from things where id = ${id}`.describe()).types;
    const error = await db`select nothing from nowhere`.catch(stateOf);
    const inside = await db.begin("read only", async (tx) => {
      const failed = await tx.savepoint((deep) => deep`select 1 / 0`).catch(stateOf);
      return [failed, await tx`select count(*) from things`, await tx`select 1 as one`];
    });
    const simple = await db`select 1 as a; select 2 as b`.simple();
    return [one, prepared, among, walked, each, described, error, inside, simple].map(plain);
  } finally {
    await db.end();
  }
}

async function readWithKysely(target: Target): Promise<unknown> {
  const pool = new Pool({ ...target, max: 2 });
  const db = new Kysely<{ things: { id: number; name: string }; owners: { id: number } }>({
    dialect: new PostgresDialect({ pool, cursor: Cursor }),
  });
  try {
    const schemas = await db.introspection.getSchemas();
    const tables = await db.introspection.getTables();
    const rows = await db.selectFrom("things").selectAll().where("id", "<", 4).execute();
    const streamed: unknown[] = [];
    for await (const row of db.selectFrom("things").select("id").orderBy("id").stream(7)) {
      streamed.push(row);
    }
    const inside = await db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((tx) => sql`select count(*) from things`.execute(tx));
    return [schemas, tables, rows, streamed, inside.rows].map(plain);
  } finally {
    await db.destroy();
  }
}

const readers = {
  "pg, pg-cursor and pg-query-stream": readWithPg,
  "postgres.js": readWithPostgresJs,
  kysely: readWithKysely,
};
for (const [name, read] of Object.entries(readers)) {
  test(`what ${name} reads is what it reads without the gateway, and opens no review`, async () => {
    const expected = await read(scene.direct);
    assert.deepEqual(await read(scene.gateway), expected);
    assert.deepEqual(await scene.newReviews(), []);
  });
}

test("pg's writes run once each when somebody has approved them, and a refused one leaves the session as it was", async () => {
  await scene.resetTallies();
  const count = await withPg(scene.gateway, async (client) => {
    const { rowCount } = await client.query(update, ["single"]);
    await client.query("begin");
    await client.query(update, ["transaction"]);
    await client.query("commit");
    await client.query("begin");
    await client.query(update, ["rolled back"]);
    await client.query("rollback");
    await Promise.all([client.query(update, ["batch"]), client.query(update, ["batch"])]);
    assert.equal(await client.query("drop table tallies").catch(stateOf), "42501");
    await client.query("select 1");
    return rowCount;
  });
  assert.equal(count, 1);
  await assertRanOnce();
});

test("postgres.js' writes run once each when somebody has approved them, and a refused one leaves the session as it was", async () => {
  await scene.resetTallies();
  const { user: username, ...rest } = scene.gateway;
  const db = postgres({ ...rest, username, max: 1, onnotice: () => {} });
  const one = (on: postgres.Sql | postgres.TransactionSql, name: string) =>
    on`update tallies set n = n + 1 where name = ${name}`;
  try {
    assert.equal((await one(db, "single")).count, 1);
    await db.begin((tx) => one(tx, "transaction"));
    const undone = db.begin(async (tx) => {
      await one(tx, "rolled back");
      throw new Error("undone");
    });
    await assert.rejects(undone, /undone/);
    await Promise.all([one(db, "batch"), one(db, "batch")]);
    assert.equal(await db`drop table tallies`.catch(stateOf), "42501");
    await db`select 1`;
  } finally {
    await db.end();
  }
  await assertRanOnce();
});

const copyRows = "1\tone\t2026-01-02\n2\t\\N\t2026-01-03\n3\ta\\ttab\t2026-01-04\n";

test("pg-copy-streams loads its data once when somebody has approved it, and reads it back", async () => {
  await scene.resetTallies();
  const read = await withPg(scene.gateway, async (client) => {
    const into = client.query(copyFrom("copy copied from stdin"));
    await pipeline(Readable.from([copyRows.slice(0, 20), copyRows.slice(20)]), into);
    assert.equal(into.rowCount, 3);
    return text(client.query(copyTo("copy (select * from copied order by id) to stdout")));
  });
  assert.equal(read, copyRows);
  assert.equal(await scene.copied(), copiedRows);
  assert.deepEqual(
    (await scene.newReviews()).map(({ command, state }) => `${command}: ${state}`),
    ["copy copied from stdin: approved"],
  );
});

test("postgres.js loads its data once when somebody has approved it, and a broken source nothing", async () => {
  await scene.resetTallies();
  const { user: username, ...rest } = scene.gateway;
  const db = postgres({ ...rest, username, max: 1, onnotice: () => {} });
  try {
    await pipeline(Readable.from([copyRows]), await db`copy copied from stdin`.writable());
    assert.equal(await scene.copied(), copiedRows);
    const broken = pipeline(
      async function* () {
        yield copyRows;
        throw new Error("the file is gone");
      },
      await db`copy copied from stdin`.writable(),
    );
    await assert.rejects(broken);
  } finally {
    await db.end({ timeout: 1 });
  }
  assert.equal((await scene.newReviews()).length, 1);
});

test("a client that listens hears what others say while it does nothing", async () => {
  await withPg(scene.gateway, async (client) => {
    await client.query("listen news");
    const heard = once(client, "notification");
    await withPg(scene.direct, (other) => other.query("notify news, 'rain'"));
    const [{ channel, payload }] = (await heard) as [Notification];
    assert.deepEqual({ channel, payload }, { channel: "news", payload: "rain" });
  });
  assert.deepEqual(await scene.newReviews(), []);
});

async function assertRanOnce(): Promise<void> {
  const expected = { single: 1, transaction: 1, batch: 2, "rolled back": 0 };
  assert.deepEqual(await scene.tallies(), expected);
  const reviews = await scene.newReviews();
  assert.deepEqual(
    reviews.map(({ state, verb }) => `${verb} ${state}`),
    Array.from({ length: 5 }, () => "sql.write approved"),
  );
}

function stateOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : error;
}

/** Without what is a driver's own about a result. */
function plain(value: unknown): unknown {
  const written = JSON.stringify(value, (key, each: unknown) =>
    key === "_types" || key === "statement" ? undefined : each,
  );
  return JSON.parse(written);
}
