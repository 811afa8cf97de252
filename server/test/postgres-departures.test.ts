/** How waits and executions end before their time: cancelled, left, lost, killed, stopped. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { inboxBytesMax } from "#/proxies/postgres/wire/inbox.ts";
import { openScene, writesRun } from "./support/agent-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const deleteOne = "delete from items where id = 1";
const bindNothing = bind();

/** Keeps row 1 locked, past the gateway, while `use` runs. */
function withRowLocked(use: () => Promise<void>): Promise<void> {
  return asSuperuser(postgres, async (superuser) => {
    await superuser.query("begin");
    await superuser.query("select from items where id = 1 for update");
    await use();
    await superuser.query("rollback");
  });
}

const waitsForLock = () =>
  `select from pg_stat_activity where usename = '${postgres.user}' and wait_event_type = 'Lock'`;

/** All that the gateway's own errors said up to the end of the connection. */
async function lastWords(client: WireClient) {
  const messages = await client.until(() => false);
  return messages.flatMap((message) =>
    message.kind === "error_response"
      ? [{ ...message.fields, told: toldBy(message)?.code ?? null }]
      : [],
  );
}

test("a cancel request ends a wait: the review is cancelled, the session goes on", async (context) => {
  const { client, held, review, gateway } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  await held(deleteOne);
  await client.cancel();
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages), ["notice 00000", "error 57014", "ready idle"]);
  assert.equal(toldBy(messages[1] ?? assert.fail())?.code, "review_cancelled");
  await review(deleteOne, ({ state }) => state === "cancelled");
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  assert.ok(!gateway.tap.sent.includes(deleteOne));
});

test("a cancelled wait within a transaction fails the transaction", async (context) => {
  const { client, held } = await openScene(context, postgres);
  await client.query("begin");
  client.send(parse(deleteOne), bindNothing);
  client.send(encodeExecute(""), syncFrame);
  await held(deleteOne);
  await client.cancel();
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready failed"]);
  assert.equal(inShort(await client.query("rollback")).at(-1), "ready idle");
});

test("a cancel request reaches what the upstream is running, and its failure is recorded", async (context) => {
  const { client, approve, seen, review } = await openScene(context, postgres);
  await withRowLocked(async () => {
    client.send(encodeQuery(deleteOne));
    await approve(deleteOne);
    await seen(waitsForLock());
    await client.cancel();
    assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  });
  const { execution } = await review(deleteOne, (each) => each.execution?.state === "failed");
  assert.equal(execution?.detail, "57014");
});

test("a cancel that comes while an allowed statement is recorded keeps it from being sent", async (context) => {
  const { client, gateway, stage, rows } = await openScene(context, postgres, writesRun);
  for (const messages of [
    [encodeQuery(deleteOne)],
    [parse(deleteOne), bindNothing, encodeExecute(""), syncFrame],
  ]) {
    const { reached, release } = stage.holdWrite(({ type }) => type === "action.allowed");
    client.send(...messages);
    await reached;
    await client.cancel();
    release();
    const answer = inShort(await client.until(isReady));
    assert.deepEqual(answer.slice(-2), ["error 57014", "ready idle"]);
  }
  assert.ok(!gateway.tap.sent.includes(deleteOne));
  await stage.until(
    () => stage.records.filter(({ type }) => type === "execution.failed").length === 2,
  );
  assert.deepEqual(inShort(await client.query(deleteOne)), ["tag DELETE 1", "ready idle"]);
  assert.deepEqual(await rows("select id from items order by id"), ["2", "3"]);
});

test("a cancel that comes before a statement is proposed is for that one, and not for the next", async (context) => {
  const { client, gateway, rows } = await openScene(context, postgres);
  // The database is asked whether it can only fail, before anything is proposed.
  const { reached, release } = gateway.tap.holdAnswerTo((sql) => sql === deleteOne);
  client.send(encodeQuery(deleteOne));
  await reached;
  await client.cancel();
  release();
  const answer = inShort(await client.until(isReady));
  assert.deepEqual(answer.slice(-2), ["error 57014", "ready idle"]);
  assert.ok(!gateway.tap.sent.includes(deleteOne));
  await client.cancel();
  assert.equal(inShort(await client.query("table items")).at(-2), "tag SELECT 3");
  assert.deepEqual(await rows("select id from items order by id"), ["1", "2", "3"]);
});

test("a procedure that fails behind its own COMMIT is not said to have done nothing", async (context) => {
  const make = `create or replace procedure half() language plpgsql as
    'begin delete from items where id = 1; commit; raise exception ''no''; end'`;
  await asSuperuser(postgres, (superuser) => superuser.query(make));
  context.after(() => asSuperuser(postgres, (superuser) => superuser.query("drop procedure half")));
  const { client, approve, review, rows } = await openScene(context, postgres);
  client.send(encodeQuery("call half()"));
  await approve("call half()");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error P0001", "ready idle"]);
  const { execution } = await review("call half()", (each) => each.execution?.state === "failed");
  assert.equal(execution?.detail, "P0001, and may have committed a part before");
  assert.deepEqual(await rows("select id from items order by id"), ["2", "3"]);
});

test("a cancel request with another session's number or a wrong key does nothing", async (context) => {
  const { client, gateway, held, approve } = await openScene(context, postgres);
  const other = await gateway.connect();
  client.send(encodeQuery(deleteOne));
  await held(deleteOne);
  await other.cancel();
  const key = client.greeting.find((message) => message.kind === "backend_key_data");
  assert(key?.kind === "backend_key_data");
  key.secret.writeUInt8((key.secret.readUInt8(0) + 1) % 256, 0);
  await client.cancel();
  await approve(deleteOne);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 1", "ready idle"]);
});

test("when the client leaves while its statement runs, the outcome is still recorded", async (context) => {
  const { client, approve, seen, review, rows, gateway } = await openScene(context, postgres);
  await withRowLocked(async () => {
    client.send(encodeQuery(deleteOne));
    await approve(deleteOne);
    await seen(waitsForLock());
    client.destroy();
    await once(client);
  });
  const { execution } = await review(deleteOne, (each) => each.execution?.state === "executed");
  assert.equal(execution?.detail, "DELETE 1");
  await gateway.sessionsEnded(1);
  assert.deepEqual(await rows("select id from items order by id"), ["2", "3"]);
});

function once(client: WireClient): Promise<void> {
  return new Promise((resolve) => {
    client.socket.once("close", () => resolve());
  });
}

test("when the client leaves in a transaction, what it ran there is rolled back and recorded so", async (context) => {
  const { client, approve, review, rows } = await openScene(context, postgres);
  await client.query("begin");
  client.send(encodeQuery(deleteOne));
  await approve(deleteOne);
  await client.until(isReady);
  client.destroy();
  await review(deleteOne, ({ execution }) => execution?.state === "rolled_back");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("an upstream that is killed in the midst leaves an outcome that is unknown, told and recorded", async (context) => {
  const { client, approve, seen, review, gateway } = await openScene(context, postgres);
  await withRowLocked(async () => {
    client.send(encodeQuery(deleteOne));
    const { id } = await approve(deleteOne);
    await seen(waitsForLock());
    await seen(
      `select pg_terminate_backend(pid) from (${waitsForLock().replace("select", "select pid")}) as a`,
    );
    const [error, ...more] = await lastWords(client);
    assert.equal(error?.told, "outcome_unknown");
    assert.equal(error?.severity, "FATAL");
    assert.equal(error?.code, "08007");
    assert.match(error?.detail ?? "", new RegExp(id));
    assert.deepEqual(more, []);
  });
  await review(deleteOne, ({ execution }) => execution?.state === "outcome_unknown");
  const next = await gateway.connect();
  assert.equal(inShort(await next.query("select 1")).at(-1), "ready idle");
});

test("an upstream that is killed while it reads says so itself, and leaves no outcome that anybody would have to look for", async (context) => {
  const { client, seen, stage, gateway } = await openScene(context, postgres);
  await client.query("begin");
  for (const session of [client, await gateway.connect()]) {
    session.send(encodeQuery("select pg_sleep(60)"));
    await seen(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where usename = '${postgres.user}' and wait_event = 'PgSleep'`,
    );
    const [error, ...more] = await lastWords(session);
    assert.deepEqual([error?.severity, error?.code], ["FATAL", "57P01"]);
    assert.deepEqual(more, []);
  }
  await gateway.sessionsEnded(2);
  assert.ok(stage.records.some(({ type }) => type === "execution.failed"));
  assert.ok(!stage.records.some(({ type }) => type === "execution.unknown"));
});

test("a prepared statement whose wait was cancelled has not run, and can be run again", async (context) => {
  const { client, held, review, approve, rows, gateway } = await openScene(context, postgres);
  const runNamed = (id: string) => [bind([id], "", "one"), encodeExecute(""), syncFrame];
  const named = "delete from items where id = $1";
  await client.batch(encodeParse({ name: "one", sql: named, parameterTypes: [23] }), syncFrame);
  client.send(...runNamed("1"));
  await held(named);
  await client.cancel();
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 57014", "ready idle"]);
  await review(named, ({ state }) => state === "cancelled");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  client.send(...runNamed("2"));
  await approve(named);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 1", "ready idle"]);
  assert.deepEqual(await rows("select id from items order by id"), ["1", "3"]);
  assert.equal(gateway.tap.sent.filter((sql) => sql === named).length, 1);
});

const rowsOfRead = 400_000;
/** Rows that outgrow every buffer on their way, so that the upstream is in their midst while the client reads none. */
const manyRows = `select repeat('x', 1000) from generate_series(1, ${rowsOfRead})`;
const streaming = () =>
  `select pid from pg_stat_activity where usename = '${postgres.user}' and wait_event = 'ClientWrite'`;
const kill = () => `select pg_terminate_backend(pid) from (${streaming()}) as a`;

test("an upstream that dies while it streams a read ends the session, and no word of the gateway's gets into a row", async (context) => {
  const { client, seen, stage, gateway } = await openScene(context, postgres);
  client.socket.pause();
  client.send(encodeQuery(manyRows));
  await seen(streaming());
  await seen(kill());
  client.socket.resume();
  const messages = await client.until(() => false);
  const rowsSeen = messages.filter(({ kind }) => kind === "data_row").length;
  assert.ok(rowsSeen > 0 && rowsSeen < rowsOfRead, String(rowsSeen));
  // Whether there was room left for the upstream's own last word is chance.
  assertCutOff(messages, "08006", "57P01");
  await gateway.sessionsEnded(1);
  await stage.until(() => gateway.tap.sessions === 0);
});

test("an upstream that dies while it streams what an approved write returns leaves the outcome unknown", async (context) => {
  const { client, seen, approve, review, rows } = await openScene(context, postgres);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      "insert into items select n, repeat('x', 1000) from generate_series(4, 60000) as n",
    ),
  );
  const sql = "delete from items where id > 3 returning name";
  client.socket.pause();
  client.send(encodeQuery(sql));
  await approve(sql);
  await seen(streaming());
  await seen(kill());
  client.socket.resume();
  assertCutOff(await client.until(() => false), "08007");
  await review(sql, ({ execution }) => execution?.state === "outcome_unknown");
  assert.deepEqual(await rows("select count(*) from items"), ["60000"]);
});

/** Whole rows, then an error or, where a row was cut off, nothing: no message is made of parts of two. */
function assertCutOff(messages: readonly BackendMessage[], ...codes: readonly string[]): void {
  assert.ok(messages.every((message) => message.kind !== "command_complete"));
  const [error, ...more] = inShort(messages).filter((each) => !/^(row|notice)/.test(each));
  assert.ok(error === undefined || codes.includes(error.replace("error ", "")), error);
  assert.deepEqual(more, []);
}

test("a client that leaves in the midst of a message leaves nothing behind, and nothing of it was sent", async (context) => {
  const { client, gateway, stage } = await openScene(context, postgres);
  const parts = [parse(deleteOne), bindNothing];
  const whole = Buffer.concat([...parts, encodeExecute(""), syncFrame]);
  const query = encodeQuery(deleteOne);
  for (const bytes of [query.subarray(0, 3), query.subarray(0, -1), whole.subarray(0, -1)]) {
    const other = await gateway.connect();
    other.send(bytes);
    other.socket.end();
    await other.until(() => false);
  }
  await gateway.sessionsEnded(3);
  await stage.until(() => gateway.tap.sessions === 1);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  assert.ok(!gateway.tap.sent.includes(deleteOne));
  assert.ok([...stage.reviews.values()].every(({ state }) => state === "cancelled"));
});

test("an upstream that is lost during COMMIT leaves what was approved unknown", async (context) => {
  const { client, approve, review, gateway } = await openScene(context, postgres);
  await client.query("begin");
  client.send(encodeQuery(deleteOne));
  await approve(deleteOne);
  await client.until(isReady);
  gateway.tap.cutAt("run", (sql) => sql === "commit");
  client.send(encodeQuery("commit"));
  const [error] = await lastWords(client);
  assert.equal(error?.severity, "FATAL");
  await review(deleteOne, ({ execution }) => execution?.state === "outcome_unknown");
});

test("an upstream that is lost in an open transaction has rolled it back", async (context) => {
  const { client, approve, review, gateway } = await openScene(context, postgres);
  await client.query("begin");
  client.send(encodeQuery(deleteOne));
  await approve(deleteOne);
  await client.until(isReady);
  gateway.tap.cutAt("run", (sql) => sql === "select 1");
  client.send(encodeQuery("select 1"));
  const [error] = await lastWords(client);
  assert.equal(error?.severity, "FATAL");
  await review(deleteOne, ({ execution }) => execution?.state === "rolled_back");
});

test("an idle session is told why its upstream went", async (context) => {
  const { client, seen } = await openScene(context, postgres);
  await seen(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${postgres.user}'`,
  );
  const errors = await lastWords(client);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ["57P01"],
  );
});

test("a review whose caller lost its upstream stays open, and the caller can come back for it", async (context) => {
  const { client, held, stage, seen, gateway, review } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  const { id } = await held(deleteOne);
  await seen(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${postgres.user}'`,
  );
  const errors = await lastWords(client);
  assert.equal(errors.at(-1)?.told, "pending_review");
  const detached = await review(deleteOne, ({ caller }) => caller === null);
  assert.equal(detached.state, "pending");
  await stage.give(detached, "ada");
  const next = await gateway.connect();
  assert.deepEqual(inShort(await next.query(deleteOne)), ["tag DELETE 1", "ready idle"]);
  assert.equal(stage.reviews.get(id)?.execution?.state, "executed");
});

test("a gateway that stops detaches what waits, and says so", async (context) => {
  const { client, held, gateway, review } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  await held(deleteOne);
  const stopped = gateway.stop();
  const errors = await lastWords(client);
  assert.deepEqual(
    errors.map(({ code, severity }) => `${severity} ${code}`),
    ["FATAL 57P01"],
  );
  await stopped;
  const detached = await review(deleteOne, ({ caller }) => caller === null);
  assert.equal(detached.state, "pending");
});

test("a client that leaves is noticed however much it has sent behind what waits", async (context) => {
  const { client, held, review } = await openScene(context, postgres);
  const part = encodeQuery(`select '${"x".repeat(inboxBytesMax / 16)}'`);
  client.send(encodeQuery(deleteOne), ...Array.from({ length: 40 }, () => part));
  await held(deleteOne);
  client.destroy();
  await review(deleteOne, ({ state }) => state === "cancelled");
});

test("more behind a waiting statement than the gateway keeps ends the session, and nothing runs", async (context) => {
  const { client, held, review, gateway } = await openScene(context, postgres);
  client.send(encodeQuery(deleteOne));
  await held(deleteOne);
  const half = encodeQuery(`select '${"x".repeat(inboxBytesMax / 2)}'`);
  client.send(half, half, half);
  const [error] = await lastWords(client);
  assert.equal(error?.code, "54000");
  await review(deleteOne, ({ state }) => state === "cancelled");
  assert.ok(!gateway.tap.sent.includes(deleteOne));
});

test("a client may send more than the gateway keeps where nothing waits for people", async (context) => {
  const { client } = await openScene(context, postgres, writesRun);
  const value = "x".repeat(100_000);
  const insert = [parse("insert into items values ($1, $2)")];
  for (let id = 10; id < 50; id += 1) {
    const parameters = [Buffer.from(String(id)), Buffer.from(value)];
    const binding = { portal: "", statement: "", parameterFormats: [], resultFormats: [] };
    insert.push(encodeBind({ ...binding, parameters }), encodeExecute(""));
  }
  const messages = await client.batch(...insert, syncFrame);
  assert.equal(messages.filter(({ kind }) => kind === "command_complete").length, 40);
  assert.equal(inShort(messages).at(-1), "ready idle");
});

test("a client that reads slowly slows its upstream, not the gateway", async (context) => {
  const { client, gateway } = await openScene(context, postgres);
  client.socket.pause();
  client.send(encodeQuery("select repeat('x', 100000) from generate_series(1, 500)"));
  const other = await gateway.connect();
  assert.equal(inShort(await other.query("select 1")).at(-1), "ready idle");
  client.socket.resume();
  const messages = await client.until(isReady);
  assert.equal(messages.filter(({ kind }) => kind === "data_row").length, 500);
});
