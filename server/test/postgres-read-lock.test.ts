/**
 * In a transaction that the client has opened, too, the server itself refuses what a read would write; and such
 * transactions go on as they would without the gateway.
 */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { whyOpaque } from "#/core/facts.ts";
import { changedCatalogueAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeExecute,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { hideWrites, openScene, writesRun } from "./support/agent-scene.ts";
import { bind, describePortal, parse, run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const sneak = "select * from hidden.sneaky";
const refused = "error 25006";
const plain = { operator: false };

/** With a view that only reads. Where somebody has made an operator, no read is known to be plain. */
async function openLockScene(context: TestContext, { operator }: { readonly operator: boolean }) {
  await hideWrites(context, postgres);
  if (!operator) {
    await asSuperuser(postgres, (superuser) => superuser.query("drop operator === (int, int)"));
  }
  const scene = await openScene(context, postgres, writesRun);
  await asSuperuser(postgres, (superuser) =>
    superuser.query("create view names as select name from items; grant select on names to public"),
  );
  const traces = () => scene.rows("select count(*) from hidden.traces");
  return { ...scene, traces };
}

async function last(client: WireClient, sql: string): Promise<readonly string[]> {
  return inShort(await client.query(sql)).slice(-2);
}

test("a view that writes is refused in the client's own transaction, in whatever way it is read", async (context) => {
  const { client, traces } = await openLockScene(context, plain);
  const ways: readonly (readonly Buffer[])[] = [
    run(sneak),
    [...run("begin"), ...run(sneak)],
    [parse(sneak, "s"), bind([], "p", "s"), encodeExecute("p", 1)],
    [...run("prepare q as select * from hidden.sneaky"), ...run("execute q")],
    [...run("declare c cursor for select * from hidden.sneaky"), ...run("fetch all from c")],
    run("explain analyze select * from hidden.sneaky"),
  ];
  for (const frames of ways) {
    await client.query("begin");
    const answer = inShort(await client.batch(...frames, syncFrame));
    assert.deepEqual(answer.slice(-2), [refused, "ready failed"], String(frames.length));
    await client.query("rollback");
    await client.query("deallocate all");
  }
  for (const sql of [
    sneak,
    `select 1; ${sneak}`,
    `set local statement_timeout = '9s'; ${sneak}`,
    "copy (select * from hidden.sneaky) to stdout",
    "declare c cursor for select * from hidden.sneaky; fetch all from c",
  ]) {
    await client.query("begin");
    assert.deepEqual(await last(client, sql), [refused, "ready failed"], sql);
    await client.query("rollback");
  }
  assert.deepEqual(await traces(), ["0"]);
});

test("an operator that writes is refused as well", async (context) => {
  const { client, traces } = await openLockScene(context, { operator: true });
  await client.query("begin");
  assert.deepEqual(await last(client, "select 1 from items where id === 2"), [
    refused,
    "ready failed",
  ]);
  assert.deepEqual(await traces(), ["0"]);
});

const isHeld = ({ kind }: BackendMessage) => kind === "notice_response";

test("nothing in a message or a pipeline takes the lock off what comes behind it", async (context) => {
  const { gateway, traces, stage } = await openLockScene(context, plain);
  const taken = [
    "set transaction read write",
    "set transaction isolation level serializable, read write",
    "set transaction read only; set transaction read write",
    "reset all; commit",
    "select 1; commit; set transaction read write",
  ];
  const unlocking = run("select * from hidden.unlocking");
  const ways: readonly (readonly Buffer[])[] = [
    ...taken.map((sql) => [encodeQuery(`${sql}; ${sneak}`)]),
    [...run("set transaction read write"), ...run(sneak), syncFrame],
    [...run("discard all"), ...run(sneak), syncFrame],
    [...run("reset all"), ...run("commit"), ...run(sneak), syncFrame],
    [...unlocking, ...run("commit"), ...run(sneak), syncFrame],
    [parse("commit", "c"), ...unlocking, ...run("execute c"), ...run(sneak), syncFrame],
  ];
  for (const [index, frames] of ways.entries()) {
    const client = await gateway.connect();
    client.send(...frames);
    await client.until((said) => isHeld(said) && toldBy(said) !== null);
    client.destroy();
    await stage.until(() => stage.reviews.size === index + 1);
  }
  const client = await gateway.connect();
  client.send(...run("select 1"), flushFrame);
  await client.until(({ kind }) => kind === "command_complete");
  const behind = await client.batch(...run("commit"), ...run(sneak), syncFrame);
  assert.deepEqual(inShort(behind).slice(-2), ["error 0A000", "ready idle"]);
  assert.deepEqual(await last(client, `select * from hidden.unlocking; commit; ${sneak}`), [
    refused,
    "ready idle",
  ]);
  assert.deepEqual(await traces(), ["0"]);
});

test("what leads a session back to its beginning by itself waits for nobody", async (context) => {
  const { client, stage } = await openLockScene(context, plain);
  for (const sql of [
    "reset all",
    "discard all",
    "rollback",
    "commit",
    "set transaction read write",
  ]) {
    assert.equal((await last(client, sql)).at(-1), "ready idle", sql);
    assert.equal(inShort(await client.batch(...run(sql), syncFrame)).at(-1), "ready idle", sql);
    // The server takes DISCARD ALL by itself alone.
    const tag = sql === "discard all" ? "error 25001" : "tag SELECT 1";
    const followed = `${sql}; select 1 from public.items where id = 1`;
    assert.deepEqual(await last(client, followed), [tag, "ready idle"], sql);
  }
  assert.equal(stage.reviews.size, 0);
});

test("transaction control that is run by a name counts as what can't be followed", async (context) => {
  const { client, held, stage } = await openLockScene(context, plain);
  for (const sql of ["rollback", "commit", "savepoint mine"]) {
    await client.query("begin");
    await client.batch(parse(sql, "p"), syncFrame);
    const ended = client.query("execute p");
    const { action } = await held(sql);
    assert.ok(action.verbs.includes("sql.opaque"), sql);
    await stage.give(await held(sql), "ada", "deny");
    assert.equal(inShort(await ended).at(-1), "ready failed", sql);
    await client.query("rollback");
    await client.query("deallocate all");
  }
});

test("a pipeline that opens its own transaction is no way around the lock", async (context) => {
  const { client, traces } = await openLockScene(context, plain);
  const answer = inShort(
    await client.batch(...run("begin"), ...run(sneak), ...run("commit"), syncFrame),
  );
  assert.deepEqual(answer.slice(-2), [refused, "ready failed"]);
  await client.query("rollback");
  assert.deepEqual(await traces(), ["0"]);
});

test("where the lock can't be had, such a read waits as what can't be read, and plain reads do not", async (context) => {
  const { client, traces, stage } = await openLockScene(context, plain);
  const shown = [
    "begin; select count(*) from items; commit",
    "insert into items values (4, 'd'); select count(*) from items",
  ];
  for (const sql of shown) assert.equal((await last(client, sql)).at(-1), "ready idle");
  await client.batch(...run("begin"), ...run("commit"), ...run("select 1 from items"), syncFrame);
  assert.equal(stage.reviews.size, 0);
  const hold = "begin; declare c cursor with hold for select * from hidden.sneaky; commit";
  const ways = [
    [encodeQuery(hold)],
    [...run("begin"), ...run("commit"), ...run(sneak)],
    [...run("begin"), ...run("declare c cursor with hold for select * from hidden.sneaky")],
  ];
  for (const [index, frames] of ways.entries()) {
    client.send(...frames, ...(index === 0 ? [] : [syncFrame]));
    const review = await stage.until(() =>
      [...stage.reviews.values()].find(({ state }) => state === "pending"),
    );
    assert.ok(review.action.verbs.includes("sql.opaque"));
    assert.match(whyOpaque(review.action.facts) ?? "", /can't be kept from/);
    await stage.give(review, "ada", "deny");
    await stage.until(() => stage.reviews.get(review.id)?.state !== "pending");
    await client.query("rollback");
  }
  assert.deepEqual(await traces(), ["0"]);
});

test("the client's transaction goes on behind a locked read, and what it writes then stays", async (context) => {
  const { client, rows } = await openLockScene(context, plain);
  const names = "select * from names";
  await client.query("begin");
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(await last(client, names), ["tag SELECT 3", "ready transaction"]);
    assert.deepEqual(inShort(await client.batch(...run(names), syncFrame)).slice(-2), [
      "tag SELECT 3",
      "ready transaction",
    ]);
  }
  assert.deepEqual(inShort(await client.query("show transaction_read_only")).at(-3), "row off");
  assert.deepEqual(await last(client, "delete from items where id = 1"), [
    "tag DELETE 1",
    "ready transaction",
  ]);
  const piped = await client.batch(
    ...run(names),
    ...run("delete from items where id = 2"),
    ...run(names),
    syncFrame,
  );
  assert.deepEqual(
    inShort(piped).filter((said) => said.startsWith("tag")),
    ["tag SELECT 2", "tag DELETE 1", "tag SELECT 1"],
  );
  await client.query("commit");
  assert.deepEqual(await rows("select id from items"), ["3"]);
});

test("what was parsed without a name in an earlier pipeline is still there under the lock", async (context) => {
  const { client, traces } = await openLockScene(context, plain);
  await client.query("begin");
  for (const [sql, end] of [
    ["select name from names where name = $1", "tag SELECT 1"],
    [sneak, refused],
  ] as const) {
    await client.batch(parse(sql), syncFrame);
    for (const portal of ["", "again"]) {
      const values = sql === sneak ? [] : ["b"];
      const answer = inShort(
        await client.batch(
          bind(values, portal),
          describePortal(portal),
          encodeExecute(portal),
          syncFrame,
        ),
      );
      assert.equal(answer.at(-2), end, answer.join(" | "));
      if (end === refused) break;
    }
  }
  await client.query("rollback");
  assert.deepEqual(await traces(), ["0"]);
});

test("a locked read gives its transaction no number, and takes none of its snapshot's freedom", async (context) => {
  const { client } = await openLockScene(context, plain);
  await client.query("begin isolation level serializable");
  await client.query("select * from names");
  assert.deepEqual(
    inShort(await client.query("select txid_current_if_assigned()")).at(-3),
    "row null",
  );
  assert.equal((await last(client, "delete from items where id = 1")).at(-1), "ready transaction");
  assert.deepEqual(await last(client, "commit"), ["tag COMMIT", "ready idle"]);
  await client.query("begin");
  await client.query("show server_version");
  assert.deepEqual(await last(client, "set transaction isolation level serializable"), [
    "tag SET",
    "ready transaction",
  ]);
  await client.query("rollback");
});

/** What another transaction read and this one changed, and the other way round: one of the two has to fail. */
test("a serializable transaction that began with a locked read still counts as one that writes", async (context) => {
  const { client, gateway } = await openLockScene(context, plain);
  const other = await gateway.connect();
  for (const each of [client, other]) {
    await each.query("begin isolation level serializable");
    await each.query("select * from names");
  }
  await client.query("update items set name = 'x' where id = 1");
  await other.query("update items set name = 'y' where id = 2");
  const ends = [await last(client, "commit"), await last(other, "commit")].map(([said]) => said);
  assert.deepEqual(new Set(ends), new Set(["error 40001", "tag COMMIT"]));
});

test("an error under the lock is an error of the client's transaction: only the client mends it", async (context) => {
  const { client } = await openLockScene(context, plain);
  await client.query("begin");
  await client.query("savepoint mine");
  assert.deepEqual(await last(client, "select 1 / (id - 1) from items, names"), [
    "error 22012",
    "ready failed",
  ]);
  assert.deepEqual(await last(client, "select 1"), ["error 25P02", "ready failed"]);
  assert.deepEqual(await last(client, "rollback to mine"), ["tag ROLLBACK", "ready transaction"]);
  assert.deepEqual(await last(client, "delete from items where id = 1"), [
    "tag DELETE 1",
    "ready transaction",
  ]);
  const piped = await client.batch(
    ...run("select 1 / 0 from names"),
    ...run("select 1"),
    syncFrame,
  );
  assert.deepEqual(inShort(piped).slice(-2), ["error 22012", "ready failed"]);
  assert.deepEqual(await last(client, "commit"), ["tag ROLLBACK", "ready idle"]);
});

test("a portal and a cursor outlive the lock, and run on under one of their own", async (context) => {
  const { client, traces } = await openLockScene(context, plain);
  const late = "select case when id = 2 then hidden.leave_trace() else id end as at from items";
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create view hidden.late as ${late} order by id;
      grant select on hidden.late to public; grant select on items to public`),
  );
  const sql = "select * from hidden.late";
  await client.query("begin");
  const first = await client.batch(parse(sql), bind([], "p"), encodeExecute("p", 1), syncFrame);
  assert.deepEqual(inShort(first).slice(-3), ["row 1", "portal_suspended", "ready transaction"]);
  await client.query("delete from items where id = 3");
  const next = await client.batch(encodeExecute("p", 1), syncFrame);
  assert.deepEqual(inShort(next), [refused, "ready failed"]);
  await client.query("rollback");

  await client.query("begin");
  await client.query(`declare c cursor for ${sql}`);
  assert.deepEqual((await last(client, "fetch 1 from c")).at(-1), "ready transaction");
  assert.deepEqual(await last(client, "fetch 1 from c"), [refused, "ready failed"]);
  await client.query("rollback");

  await client.query("begin");
  client.send(parse(sql), bind([], "q"), describePortal("q"), flushFrame);
  await client.until(({ kind }) => kind === "row_description");
  assert.deepEqual(inShort(await client.batch(encodeExecute("q"), syncFrame)).slice(-2), [
    refused,
    "ready failed",
  ]);
  await client.query("rollback");
  assert.deepEqual(await traces(), ["0"]);
});

test("what people have approved as a write is not locked, also where it is fetched bit by bit", async (context) => {
  const { client, approveAll, rows } = await openLockScene(context, plain);
  approveAll();
  await client.query("begin");
  await client.query("declare c cursor for select hidden.leave_trace() from items");
  assert.deepEqual((await last(client, "fetch 1 from c"))[0], "tag FETCH 1");
  assert.deepEqual((await last(client, "fetch all from c"))[0], "tag FETCH 2");
  await client.query("commit");
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["3"]);
});

test("nothing is sent around a read of plain tables", async (context) => {
  const { client, gateway } = await openLockScene(context, plain);
  const own = (sql: string) => /savepoint|set transaction/.test(sql);
  await client.query("begin");
  await client.query("select count(*) from items");
  await client.query("declare c cursor for select id from items");
  await client.query("fetch all from c");
  await client.batch(...run("select count(*) from items"), syncFrame);
  assert.deepEqual(gateway.tap.sent.filter(own), []);
  await client.query("select * from names");
  assert.equal(gateway.tap.sent.filter(own).length, 2);
  await client.query("commit");
});

test("a table that became a view by what this session ran is none that is known to be plain", async (context) => {
  const { client, approveAll, traces } = await openLockScene(context, plain);
  approveAll();
  await client.query("begin");
  await client.query("alter table items rename to things");
  await client.query("create view items as select * from hidden.sneaky");
  assert.deepEqual(await last(client, "select * from items"), [refused, "ready failed"]);
  await client.query("rollback");
  assert.deepEqual(await traces(), ["0"]);
});

test("a table that became a view by what another session ran, or runs, is none either", async (context) => {
  const { client, gateway, approveAll, traces, stage } = await openLockScene(context, plain);
  approveAll();
  const other = await gateway.connect();
  const reads = async () => {
    await client.query("begin");
    const answer = await last(client, "select * from items");
    await client.query("rollback");
    return answer;
  };
  const locks = () => gateway.tap.sent.filter((sql) => sql.includes("savepoint")).length;
  await reads();
  assert.equal(locks(), 0);
  await other.query("alter table items rename to things; create view items as table things");
  assert.deepEqual(await reads(), ["tag SELECT 3", "ready transaction"]);
  assert.notEqual(locks(), 0);
  await other.query(
    "create or replace view items as select at as id, ''::text as name from hidden.sneaky",
  );
  assert.deepEqual(await reads(), [refused, "ready failed"]);
  stage.clock.advance(changedCatalogueAgeMaxMs + 1);
  assert.deepEqual(await reads(), [refused, "ready failed"]);

  // Not committed yet, so that it is a table for all others when they look.
  await other.query("drop view items; alter table things rename to items");
  stage.clock.advance(changedCatalogueAgeMaxMs + 1);
  await reads();
  const settled = locks();
  await reads();
  assert.equal(locks(), settled);
  await other.query("begin");
  await other.query("create table later (id int)");
  await client.query("select 1");
  await reads();
  assert.notEqual(locks(), settled);
  other.destroy();
  await gateway.sessionsEnded(1);
  stage.clock.advance(changedCatalogueAgeMaxMs + 1);
  const gone = locks();
  await reads();
  assert.equal(locks(), gone);
  assert.deepEqual(await traces(), ["0"]);
});

test("what a client's session sets as its own read-only default holds for its writes, and what it asks for is that", async (context) => {
  const { client, rows, approveAll } = await openLockScene(context, plain);
  approveAll();
  const shows = async (value: string) => {
    for (const name of ["transaction_read_only", "default_transaction_read_only"]) {
      const sql = `show ${name}`;
      assert.equal(inShort(await client.query(sql)).at(-3), `row ${value}`, sql);
      const piped = inShort(await client.batch(...run(sql), syncFrame));
      assert.equal(piped.at(-3), `row ${value}`, sql);
    }
  };
  const write = "delete from items where id = 1";
  await client.query("select 1");
  await shows("off");
  for (const sets of [
    "set session characteristics as transaction read only",
    "set default_transaction_read_only to on",
    "select set_config('default_transaction_read_only', 'on', false)",
    "begin; set default_transaction_read_only to on; commit",
  ]) {
    await client.query("select 1");
    const set = await client.query(sets);
    assert.deepEqual(statuses(set), ["on"], sets);
    await shows("on");
    for (const answer of [
      await client.query(write),
      await client.batch(...run(write), syncFrame),
      await client.query(`begin; ${write}`),
    ]) {
      assert.ok(inShort(answer).includes(refused), `${sets}: ${inShort(answer).join(" | ")}`);
    }
    await client.query("rollback");
    assert.equal((await last(client, "select * from names"))[0], "tag SELECT 3");
    const back = await client.query("set session characteristics as transaction read write");
    assert.deepEqual(statuses(back), ["off"], sets);
    await shows("off");
  }
  const undone = await client.query("begin; set default_transaction_read_only to on; rollback");
  assert.deepEqual(statuses(undone), []);
  assert.equal((await last(client, write))[0], "tag DELETE 1");
  assert.deepEqual(await rows("select id from items"), ["2", "3"]);
});

test("a read-only default that its role came with is not undone by the gateway", async (context) => {
  await openLockScene(context, plain);
  const alter = (sql: string) =>
    asSuperuser(postgres, (superuser) => superuser.query(`alter role ${postgres.user} ${sql}`));
  await alter("set default_transaction_read_only to on");
  context.after(() => alter("reset default_transaction_read_only"));
  const { client, rows } = await openScene(context, postgres, writesRun);
  assert.deepEqual(statuses(client.greeting), ["on"]);
  assert.equal((await last(client, "select * from items"))[0], "tag SELECT 3");
  for (const sql of ["delete from items", "begin; delete from items"]) {
    assert.ok(inShort(await client.query(sql)).includes(refused), sql);
    await client.query("rollback");
  }
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

/** What a client hears of the default. */
function statuses(messages: readonly BackendMessage[]): readonly string[] {
  return messages.flatMap((message) =>
    message.kind === "parameter_status" && message.name === "default_transaction_read_only"
      ? [message.value]
      : [],
  );
}
