/** Planning a read runs what is constant in the definitions around its tables: there, too, the server itself refuses a write. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { hideWrites, openScene, writesRun } from "./support/agent-scene.ts";
import { run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const tables = `
  drop operator === (int, int);
  create function hidden.fold() returns int language plpgsql immutable
    as 'begin perform hidden.leave_trace(); return 1; end';
  create table hidden.indexed (x int);
  create index on hidden.indexed ((x + hidden.fold()));
  create table hidden.partly_indexed (x int);
  create index on hidden.partly_indexed (x) where hidden.fold() = 1 and x > 0;
  create table hidden.counted (x int, y int);
  create statistics hidden.of_both on (x + hidden.fold()), y from hidden.counted;
  create table hidden.parent (x int);
  create table hidden.checked (check (x > hidden.fold())) inherits (hidden.parent);
  create table hidden.spread (x int) partition by list ((x + hidden.fold()));
  create table hidden.spread_1 partition of hidden.spread for values in (1);
  create materialized view hidden.kept as select 1 as x;
  create index on hidden.kept ((x + hidden.fold()));
  grant select on all tables in schema hidden to public;
  insert into hidden.counted values (1, 1);
  analyze;
  delete from hidden.traces`;

const reads = [
  "select x from hidden.indexed",
  "select x from hidden.partly_indexed where x > 0",
  "select count(*) from hidden.counted where x = 1 and y = 1",
  "select x from hidden.parent where x = 5",
  "select x from hidden.spread where x = 1",
  "select x from hidden.kept",
  "explain select x from hidden.indexed",
  "copy (select x from hidden.indexed) to stdout",
] as const;

test("a function that planning a read would run can't write, also in the client's own transaction", async (context) => {
  await hideWrites(context, postgres);
  await asSuperuser(postgres, (superuser) => superuser.query(tables));
  const { gateway, rows } = await openScene(context, postgres, writesRun);
  for (const sql of reads) {
    // A session keeps what it has planned.
    const client = await gateway.connect();
    try {
      await client.query("begin");
      const answer = sql.startsWith("select")
        ? await client.batch(...run(sql), syncFrame)
        : await client.query(sql);
      assert.deepEqual(inShort(answer).slice(-2), ["error 25006", "ready failed"], sql);
      await client.query("rollback");
      assert.deepEqual(inShort(await client.query(sql)).slice(-2), ["error 25006", "ready idle"]);
    } finally {
      client.destroy();
    }
  }
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["0"]);
});
