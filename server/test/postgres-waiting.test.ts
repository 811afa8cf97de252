/** What a wait does to its session: what its client hears, the transaction that it keeps open, and the limits. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, type TestContext, test } from "node:test";
import { holdInTransactionMaxMs, holdMaxMs } from "#/enforcement/conformance/stage.ts";
import { encodeExecute, encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, quickstartRules, writesRun } from "./support/agent-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** Writes run, so that a transaction can hold locks; a schema change waits. */
const schemaWaits = writesRun;
const change = "alter table items add column note text";
const deleteOne = "delete from items where id = 1";

function said(messages: Awaited<ReturnType<WireClient["until"]>>, kind: "notice" | "error") {
  const found = messages.find((message) => message.kind === `${kind}_response`);
  assert(found?.kind === "notice_response" || found?.kind === "error_response");
  return { ...found.fields, told: toldBy(found) };
}

test("a client hears for whom its statement waits, where, and for how long", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  const review = await held(deleteOne);
  const notice = said(await client.until(({ kind }) => kind === "notice_response"), "notice");
  assert.match(
    notice.message ?? "",
    /waits for 1 of dba to approve it: https:\/\/gateway\.example/,
  );
  assert.match(notice.message ?? "", /kept waiting for 60 s; then the review goes on without it/);
  assert.equal(notice.told?.review, review.id);
  await stage.give(review, "ada");
  assert.equal(inShort(await client.until(isReady)).at(-1), "ready idle");
});

/** Of each TCP connection between two ports of this machine: the timer that the kernel keeps for it. */
function timersOf(isMeant: (local: number, remote: number) => boolean): readonly string[] {
  const port = (address = "") => Number.parseInt(address.split(":")[1] ?? "", 16);
  return readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => state === "01" && isMeant(port(local), port(remote)))
    .map(([, , , , , timer]) => timer?.slice(0, 2) ?? "");
}

/** Linux's number of it; while something is to be acknowledged there is another. */
async function areKeptAlive(isMeant: Parameters<typeof timersOf>[0]): Promise<void> {
  for (;;) {
    const timers = timersOf(isMeant);
    if (timers.length > 0 && timers.every((timer) => timer === "02")) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("both legs of a session that waits are kept alive", {
  skip: process.platform !== "linux",
}, async (context) => {
  const { client, held, gateway } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  await held(deleteOne);
  await client.until(({ kind }) => kind === "notice_response");
  const { localPort } = client.socket;
  await areKeptAlive((local, remote) => local === gateway.login.port && remote === localPort);
  await areKeptAlive((_, remote) => remote === gateway.tap.port);
});

test("the review of what waits in a transaction says since when it is open, what it locks and who waits for it", async (context) => {
  const { client, held, stage, review, rows } = await openScene(context, postgres, schemaWaits);
  await client.query("begin");
  await client.query("update items set name = 'z' where id = 2");
  client.send(encodeQuery("create index on items (name)"));
  const { id } = await held("create index");
  const noted = await review("create index", ({ transaction }) => transaction !== null);
  assert.deepEqual(noted.transaction?.locks, [{ on: "public.items", mode: "RowExclusiveLock" }]);
  assert.equal(noted.transaction?.locksMore, 0);
  assert.equal(noted.transaction?.blocks, 0);
  const since = noted.transaction?.since ?? Number.NaN;
  assert.ok(since <= stage.clock.now() && since > stage.clock.now() - 60_000, String(since));
  await stage.give(stage.reviews.get(id) ?? assert.fail(), "ada");
  await client.until(isReady);
  await client.query("rollback");
  assert.deepEqual(await rows("select name from items where id = 2"), ["b"]);
});

test("in a transaction that holds an advisory lock, as migrations do, people are asked and told of it", async (context) => {
  const { client, review, held, stage } = await openScene(context, postgres, schemaWaits);
  stage.rule(`@id("all-waits") @review("1 of dba") permit (principal, action, resource);`);
  for (const lock of ["pg_advisory_xact_lock(7)", "pg_advisory_lock(7)"]) {
    client.send(encodeQuery(`begin; select ${lock}`));
    await stage.give(await held(lock), "ada");
    await client.until(isReady);
    client.send(encodeQuery(change));
    const noted = await review(
      change,
      ({ transaction, state }) => transaction !== null && state === "pending",
    );
    assert.deepEqual(noted.transaction?.locks, [{ on: "advisory lock", mode: "ExclusiveLock" }]);
    await stage.give(await held(change), "ada", "deny");
    await client.until(isReady);
    client.send(encodeQuery("rollback"));
    await client.until(isReady);
  }
});

test("a hundred locks are counted, and the first of them named", async (context) => {
  const { client, review, held, stage } = await openScene(context, postgres, schemaWaits);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      drop schema if exists many cascade; create schema many authorization ${postgres.user};
      do $$ begin for n in 1..30 loop
        execute format('create table many.t%s (id int)', n);
        execute format('alter table many.t%s owner to ${postgres.user}', n);
      end loop; end $$`),
  );
  await client.query("begin");
  for (let n = 1; n <= 30; n += 1) await client.query(`insert into many.t${n} values (1)`);
  client.send(encodeQuery(change));
  const noted = await review(change, ({ transaction }) => transaction !== null);
  assert.equal(noted.transaction?.locks?.length, 20);
  assert.equal(noted.transaction?.locksMore, 10);
  await stage.give(await held(change), "ada", "deny");
  await client.until(isReady);
});

test("outside of a transaction there is none to tell of, also in a pipeline that has written nothing", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  client.send(parse(deleteOne), bindNothing, encodeExecute(""), syncFrame);
  const waiting = await held(deleteOne);
  await stage.give(waiting, "ada");
  await client.until(isReady);
  assert.ok(!stage.records.some(({ type }) => type === "review.transaction_noted"));
});

const bindNothing = bind();

test("a pipeline that has written something holds its locks like a transaction, and is kept no longer than one", async (context) => {
  const { client, held, stage, review } = await openScene(context, postgres, schemaWaits);
  const run = (sql: string) => [parse(sql), bindNothing, encodeExecute("")];
  client.send(...run("update items set name = 'z' where id = 2"), ...run(change), syncFrame);
  await held(change);
  const noted = await review(change, ({ transaction }) => transaction !== null);
  assert.ok(noted.transaction?.locks?.some(({ mode }) => mode === "RowExclusiveLock"));
  await client.until(({ kind }) => kind === "notice_response");
  stage.clock.advance(holdInTransactionMaxMs);
  const error = said(await client.until(isReady), "error");
  assert.match(error.message ?? "", /transaction has failed/);
});

test("who waits for a lock of the transaction is counted while it is held", async (context) => {
  const { client, held, stage, review, seen, gateway } = await openScene(
    context,
    postgres,
    schemaWaits,
    "measured",
  );
  await client.query("begin");
  await client.query("update items set name = 'z' where id = 2");
  client.send(encodeQuery(change));
  const { id } = await held(change);
  await review(change, ({ transaction }) => transaction !== null);
  await asSuperuser(postgres, async (superuser) => {
    const waits = superuser.query("update items set name = 'y' where id = 2");
    await seen("select from pg_stat_activity where wait_event_type = 'Lock'");
    stage.clock.advance(6_000);
    void stage.deps.waiting.get(id)?.watch.measure(stage.reviews.get(id) ?? assert.fail());
    await review(change, ({ transaction }) => transaction?.blocks === 1);
    const looks = stage.records.filter(
      ({ type, payload }) =>
        type === "action.allowed" && JSON.stringify(payload).includes("look_at_locks"),
    );
    assert.equal(looks.length, 1);
    await stage.give(stage.reviews.get(id) ?? assert.fail(), "ada", "deny");
    await client.until(isReady);
    await client.query("rollback");
    await waits;
  });
  await gateway.stop();
});

test("past the limit in a transaction its locks are free, the error says what to do, and the whole transaction run again uses the approval, once", async (context) => {
  const { client, held, stage, review, rows } = await openScene(context, postgres, schemaWaits);
  const runs = async () => {
    await client.query("begin");
    await client.query("update items set name = 'z' where id = 2");
    client.send(encodeQuery(change));
  };
  await runs();
  const { id } = await held(change);
  await client.until(({ kind }) => kind === "notice_response");
  stage.clock.advance(holdInTransactionMaxMs);
  const messages = await client.until(isReady);
  const error = said(messages, "error");
  assert.equal(error.told?.code, "pending_review");
  assert.equal(error.told?.review, id);
  assert.match(error.message ?? "", /transaction has failed.*Roll back/s);
  assert.equal(inShort(messages).at(-1), "ready failed");
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query("set lock_timeout = 1000");
    await superuser.query("update items set name = 'free' where id = 2");
  });
  const detached = await review(change, ({ caller }) => caller === null);
  await stage.give(detached, "ada");
  await client.query("rollback");

  await runs();
  assert.deepEqual(inShort(await client.until(isReady)), ["tag ALTER TABLE", "ready transaction"]);
  assert.equal(inShort(await client.query("commit")).at(-1), "ready idle");
  assert.equal(stage.reviews.get(id)?.action.id, detached.action.id);
  await review(change, ({ execution }) => execution?.state === "executed");
  assert.deepEqual(await rows("select name from items where id = 2"), ["z"]);
  client.send(encodeQuery(change));
  const other = await review(change, (each) => each.state === "pending" && each.id !== id);
  assert.notEqual(other.id, id);
});

test("past the limit outside of a transaction the session goes on, and the same statement picks up its review", async (context) => {
  const { client, held, stage, review, rows } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  const { id } = await held(deleteOne);
  await client.until(({ kind }) => kind === "notice_response");
  stage.clock.advance(holdMaxMs);
  const messages = await client.until(isReady);
  assert.equal(said(messages, "error").told?.review, id);
  assert.equal(inShort(messages).at(-1), "ready idle");
  await stage.give(await review(deleteOne, ({ caller }) => caller === null), "ada");
  assert.deepEqual(inShort(await client.query(deleteOne)), ["tag DELETE 1", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["2"]);
  assert.equal(stage.reviews.get(id)?.execution?.state, "executed");
});

async function limitOf(
  context: TestContext,
  rules: string,
  sqls: readonly string[],
): Promise<{ readonly leftMs: number; readonly by: string }> {
  const { client, held, stage } = await openScene(context, postgres, rules);
  for (const sql of sqls) await client.query(sql);
  client.send(encodeQuery(change));
  await held(change);
  const notice = said(await client.until(({ kind }) => kind === "notice_response"), "notice");
  const leftMs = (JSON.parse(notice.detail ?? "{}") as { leftMs: number }).leftMs;
  stage.clock.advance(leftMs);
  const error = said(await client.until(isReady), "error");
  assert.equal(error.told?.code, "pending_review");
  return {
    leftMs,
    by: /The (?:session|gateway)'s [\w ]+?(?= \()/.exec(error.message ?? "")?.[0] ?? "",
  };
}

test("what hangs on its own session can't be picked up later, and its error says so", async (context) => {
  const { client, held, stage } = await openScene(context, postgres);
  const sql = "select lastval(), pg_backend_pid() from items for update";
  client.send(encodeQuery(sql));
  await held(sql);
  await client.until(({ kind }) => kind === "notice_response");
  stage.clock.advance(holdMaxMs);
  const error = said(await client.until(isReady), "error");
  assert.deepEqual([error.told?.code, error.told?.retry], ["pending_review", "later"]);
  assert.match(error.message ?? "", /nothing can pick this review up/);
});

test("a client that has set a statement_timeout for itself is kept no longer than that", async (context) => {
  assert.deepEqual(await limitOf(context, quickstartRules, ["set statement_timeout = '7s'"]), {
    leftMs: 7_000,
    by: "The session's statement_timeout",
  });
});

test("a wait ends before the server would end its session by a timeout, so that the review is not lost to its client", async (context) => {
  const idle = await limitOf(context, schemaWaits, [
    "set idle_in_transaction_session_timeout = '10s'",
    "begin",
  ]);
  assert.deepEqual(idle, {
    leftMs: 8_000,
    by: "The session's idle_in_transaction_session_timeout",
  });
  const between = await limitOf(context, schemaWaits, ["set idle_session_timeout = '10s'"]);
  assert.deepEqual(between, { leftMs: 8_000, by: "The session's idle_session_timeout" });
  const whole = await limitOf(context, schemaWaits, [
    "set transaction_timeout = '20s'",
    "begin",
    "update items set name = 'z'",
  ]);
  assert.equal(whole.by, "The session's transaction_timeout");
  assert.ok(whole.leftMs <= 18_000 && whole.leftMs > 10_000, String(whole.leftMs));
});

test("a statement_timeout that others have set does not run while its statement waits", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`alter role ${postgres.user} set statement_timeout = '300ms'`),
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) =>
      superuser.query(`alter role ${postgres.user} reset statement_timeout`),
    ),
  );
  const { client, held, stage, seen } = await openScene(context, postgres);
  client.send(parse(deleteOne), bindNothing, encodeExecute(""), syncFrame);
  const review = await held(deleteOne);
  const waitsLonger = `select from pg_stat_activity where usename = '${postgres.user}'
    and clock_timestamp() - state_change > interval '600 ms'`;
  await seen(waitsLonger);
  await stage.give(review, "ada");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 1", "ready idle"]);
});

test("a transaction that the server ends while its statement waits ends the session with the ticket, and the review stays", async (context) => {
  const { client, held, stage, seen, gateway, review } = await openScene(
    context,
    postgres,
    schemaWaits,
  );
  await client.query("begin");
  await client.query("update items set name = 'z' where id = 2");
  client.send(encodeQuery(change));
  const { id } = await held(change);
  await seen(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${postgres.user}'`,
  );
  const errors = (await client.until(() => false)).filter(({ kind }) => kind === "error_response");
  const last = said(errors.slice(-1), "error");
  assert.deepEqual(
    [last.severity, last.told?.code, last.told?.review],
    ["FATAL", "pending_review", id],
  );
  assert.match(last.message ?? "", /transaction has failed/);
  await stage.give(await review(change, ({ caller }) => caller === null), "ada");
  const next = await gateway.connect();
  assert.deepEqual(inShort(await next.query(change)), ["tag ALTER TABLE", "ready idle"]);
});

test("what may not be read is not known, and the wait and its transaction are none the worse", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query("revoke select on pg_catalog.pg_locks, pg_catalog.pg_settings from public"),
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) =>
      superuser.query("grant select on pg_catalog.pg_locks, pg_catalog.pg_settings to public"),
    ),
  );
  const { client, stage, review } = await openScene(context, postgres, schemaWaits);
  await client.query("begin");
  client.send(encodeQuery(change));
  const noted = await review(change, ({ transaction }) => transaction !== null);
  assert.deepEqual([noted.transaction?.locks, noted.transaction?.blocks], [null, null]);
  await stage.give(noted, "ada");
  assert.equal(inShort(await client.until(isReady)).at(-1), "ready transaction");
});
