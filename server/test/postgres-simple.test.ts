/** The simple protocol, message by message, against a real database. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { whyOpaque } from "#/core/facts.ts";
import { holdMaxMs } from "#/enforcement/conformance/stage.ts";
import { asSql } from "#/proxies/postgres/to-action.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeExecute,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { hideWrites, openScene, writesRun } from "./support/agent-scene.ts";
import { bind, parse, run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** FunctionCall of oid 0, without arguments. */
const functionCall = Buffer.from([0x46, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

function errorOf(messages: readonly BackendMessage[]) {
  const found = messages.find((message) => message.kind === "error_response");
  assert(found?.kind === "error_response", inShort(messages).join(" | "));
  const { code, message } = found.fields;
  return { code, message: message ?? "", told: toldBy(found) };
}

test("a read is answered at once, with the upstream's own messages, and is on record", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  assert.deepEqual(inShort(await client.query("select name from items where id < 3 order by id")), [
    "row_description",
    "row a",
    "row b",
    "tag SELECT 2",
    "ready idle",
  ]);
  const record = stage.records.find(({ payload }) =>
    JSON.stringify(payload).includes("select name from items"),
  );
  assert.equal(record?.type, "action.allowed");
});

test("an empty message is answered as the server answers it", async (context) => {
  const { client } = await openScene(context, postgres);
  assert.deepEqual(inShort(await client.query("")), ["empty_query_response", "ready idle"]);
  assert.deepEqual(inShort(await client.query(" -- nothing")), [
    "empty_query_response",
    "ready idle",
  ]);
  await client.query("begin");
  await client.query("select 1/0");
  const failed = ["empty_query_response", "ready failed"];
  assert.deepEqual(inShort(await client.query(";")), failed);
  const piped = inShort(await client.batch(...run(""), syncFrame));
  assert.deepEqual(piped.slice(-2), ["error 25P02", "ready failed"]);
  assert.deepEqual(inShort(await client.query("select 1")), ["error 25P02", "ready failed"]);
});

test("a held write says for whom it waits and where, and runs once it is approved", async (context) => {
  const { client, approve, rows, stage } = await openScene(context, postgres);
  client.send(encodeQuery("delete from items where id = 2"));
  const notice = await client.next();
  assert(notice?.kind === "notice_response");
  assert.match(notice.fields.message ?? "", /waits for 1 of dba.*https:\/\/gateway\.example/);
  const { id } = await approve("delete from items");
  assert.deepEqual(toldBy(notice), {
    code: "pending_review",
    review: id,
    url: `https://gateway.example/reviews/${id}`,
    retry: "after_review",
    leftMs: holdMaxMs,
  });
  assert.deepEqual(inShort(await client.until(isReady)), ["tag DELETE 1", "ready idle"]);
  assert.deepEqual(await rows("select id from items order by id"), ["1", "3"]);
  const execution = await stage.until(() => {
    const found = stage.reviews.get(id)?.execution;
    return found?.state === "executed" && found;
  });
  assert.equal(execution.detail, "DELETE 1");
});

test("a denied write is an error with the reviewer's words and the code for the agent", async (context) => {
  const { client, held, stage, gateway } = await openScene(context, postgres);
  client.send(encodeQuery("delete from items"));
  const review = await held("delete from items");
  await stage.give(review, "ada", "deny");
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages), ["notice 00000", "error 42501", "ready idle"]);
  const { message, told } = errorOf(messages);
  assert.match(message, /Ms ada denied.*because/);
  assert.equal(told?.code, "denied_by_reviewer");
  assert.equal(told?.review, review.id);
  assert.equal(told?.retry, "never");
  assert.deepEqual(inShort(await client.query("select 1")).at(-1), "ready idle");
  assert.ok(!gateway.tap.sent.some((sql) => sql.includes("delete")));
});

test("the statements of one message are decided as one", async (context) => {
  const { client, held, stage, gateway } = await openScene(context, postgres);
  assert.deepEqual(inShort(await client.query("select 1; select 2")), [
    "row_description",
    "row 1",
    "tag SELECT 1",
    "row_description",
    "row 2",
    "tag SELECT 1",
    "ready idle",
  ]);
  const denied = await client.query("select 1; drop table items");
  assert.deepEqual(inShort(denied), ["error 42501", "ready idle"]);
  assert.equal(errorOf(denied).told?.code, "denied_by_policy");
  client.send(encodeQuery("select 3; delete from items where id = 1"));
  await stage.give(await held("select 3; delete"), "ada");
  assert.deepEqual(inShort(await client.until(isReady)), [
    "notice 00000",
    "row_description",
    "row 3",
    "tag SELECT 1",
    "tag DELETE 1",
    "ready idle",
  ]);
  assert.ok(!gateway.tap.sent.some((sql) => sql.includes("drop table")));
});

test("an error after part of a message undoes the whole, and is recorded as failed", async (context) => {
  const { client, rows, stage } = await openScene(context, postgres, writesRun);
  const messages = await client.query(
    "delete from items where id = 1; select 1 / (id - 2) from items",
  );
  assert.deepEqual(inShort(messages).slice(0, 1), ["tag DELETE 1"]);
  assert.equal(errorOf(messages).code, "22012");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  const record = await stage.until(() =>
    stage.records.find(({ type }) => type === "execution.failed"),
  );
  assert.equal(record.body["detail"], "22012");
});

test("a refusal within a transaction fails the transaction, as the server would", async (context) => {
  const { client, approve, rows, gateway, review } = await openScene(context, postgres);
  assert.deepEqual(inShort(await client.query("begin")), ["tag BEGIN", "ready transaction"]);
  client.send(encodeQuery("delete from items where id = 1"));
  await approve("delete from items where id = 1");
  assert.deepEqual(inShort(await client.until(isReady)), [
    "notice 00000",
    "tag DELETE 1",
    "ready transaction",
  ]);
  const refused = await client.query("drop table items");
  assert.deepEqual(inShort(refused), ["error 42501", "ready failed"]);
  assert.equal(errorOf(refused).told?.code, "denied_by_policy");
  assert.deepEqual(inShort(await client.query("select 1")), ["error 25P02", "ready failed"]);
  assert.deepEqual(inShort(await client.query("commit")), ["tag ROLLBACK", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.ok(!gateway.tap.sent.includes("drop table items"));
  await review(
    "delete from items where id = 1",
    ({ execution }) => execution?.state === "rolled_back",
  );
});

test("a message that leads out of a failed transaction runs, unless people would be asked about what is in it", async (context) => {
  const { client, rows, stage } = await openScene(context, postgres);
  const fail = async () => {
    await client.query("begin");
    await client.query("select 1 / 0");
  };
  // What asyncpg sends before it gives a connection back.
  const reset = "rollback;\nselect pg_advisory_unlock_all(); close all; unlisten *; reset all;";
  for (const first of [fail, () => client.query("begin"), () => client.query("select 1")]) {
    await first();
    assert.equal(inShort(await client.query(reset)).at(-1), "ready idle");
  }
  await fail();
  assert.deepEqual(inShort(await client.query("rollback; begin; select 1")).slice(-2), [
    "tag SELECT 1",
    "ready transaction",
  ]);
  await client.query("rollback");
  await fail();
  for (const sql of ["rollback; delete from items", "select 1; rollback"]) {
    assert.deepEqual(inShort(await client.query(sql)), ["error 25P02", "ready failed"], sql);
  }
  await client.query("rollback");
  assert.equal(stage.reviews.size, 0);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("an approved write in a transaction is executed once its COMMIT was seen", async (context) => {
  const { client, approve, review, stage } = await openScene(context, postgres);
  await client.query("begin");
  await client.query("select name from items");
  client.send(encodeQuery("delete from items where id = 1"));
  const { id } = await approve("delete from items");
  await client.until(isReady);
  await review("delete from items", ({ execution }) => execution?.state === "executed_uncommitted");
  await client.query("savepoint s");
  assert.deepEqual(inShort(await client.query("commit and chain")), [
    "tag COMMIT",
    "ready transaction",
  ]);
  await review("delete from items", ({ execution }) => execution?.state === "executed");
  assert.deepEqual(inShort(await client.query("rollback")), ["tag ROLLBACK", "ready idle"]);
  const types = stage.records.filter(({ review: of }) => of === id).map(({ type }) => type);
  assert.deepEqual(types.slice(-3), [
    "execution.claimed",
    "execution.completed",
    "execution.committed",
  ]);
});

test("what was rolled back to a savepoint is recorded as rolled back", async (context) => {
  const { client, approve, review } = await openScene(context, postgres);
  for (const sql of ["begin", "savepoint s"]) await client.query(sql);
  client.send(encodeQuery("delete from items where id = 1"));
  await approve("id = 1");
  await client.until(isReady);
  await client.query("rollback to savepoint s");
  await review("id = 1", ({ execution }) => execution?.state === "rolled_back");
  client.send(encodeQuery("delete from items where id = 2"));
  await approve("id = 2");
  await client.until(isReady);
  await client.query("commit");
  await review("id = 2", ({ execution }) => execution?.state === "executed");
});

test("a COPY FROM STDIN among other statements is refused, what follows of it is ignored, and the session goes on", async (context) => {
  const { client, gateway } = await openScene(context, postgres, writesRun);
  const refused = await client.batch(
    encodeQuery("copy items from stdin; copy items from stdin"),
    encodeCopyData(Buffer.from("4\td\n")),
    copyDoneFrame,
  );
  assert.deepEqual(inShort(refused), ["error 42501", "ready idle"]);
  assert.match(errorOf(refused).message, /has to be the only statement of its message/);
  assert.deepEqual(inShort(await client.query("select count(*) from items")), [
    "row_description",
    "row 3",
    "tag SELECT 1",
    "ready idle",
  ]);
  assert.ok(!gateway.tap.sent.some((sql) => sql.startsWith("copy")));
});

test("COPY TO STDOUT passes, and so does what follows it", async (context) => {
  const { client } = await openScene(context, postgres, writesRun);
  assert.deepEqual(inShort(await client.query("copy items to stdout")), [
    "copy_out_response",
    "copy_data",
    "copy_data",
    "copy_data",
    "copy_done",
    "tag COPY 3",
    "ready idle",
  ]);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("a function call of the wire protocol is refused, and fails the transaction it is in", async (context) => {
  const { client, stage } = await openScene(context, postgres, writesRun);
  const refused = await client.batch(functionCall);
  assert.deepEqual(inShort(refused), ["error 42501", "ready idle"]);
  const { message } = errorOf(refused);
  assert.match(message, /for large objects lo_from_bytea, lo_get and lo_put/);
  assert.doesNotMatch(message, /another way/);
  assert.equal(stage.records.at(-1)?.type, "action.denied");
  await client.query("begin");
  assert.deepEqual(inShort(await client.batch(functionCall)), ["error 42501", "ready failed"]);
  assert.deepEqual(inShort(await client.query("rollback")), ["tag ROLLBACK", "ready idle"]);
});

test("large objects are made, read, changed and removed by SQL, each of which people are asked about", async (context) => {
  const { client, approveAll, stage } = await openScene(context, postgres);
  approveAll();
  const made = await client.query("select lo_from_bytea(0, 'abc')");
  const oid = inShort(made)
    .find((each) => each.startsWith("row "))
    ?.slice("row ".length);
  const answers: string[] = [];
  for (const sql of [
    `select lo_get(${oid})`,
    `select lo_put(${oid}, 3, 'd')`,
    `select encode(lo_get(${oid}), 'escape')`,
    `select lo_unlink(${oid})`,
  ]) {
    answers.push(inShort(await client.query(sql)).find((each) => each.startsWith("row ")) ?? sql);
  }
  assert.deepEqual(answers, ["row \\x616263", "row ", "row abcd", "row 1"]);
  const kinds = [...stage.reviews.values()].map(({ action }) => asSql(action).facts.kinds.join());
  assert.deepEqual(kinds, Array<string>(5).fill("large_object,select"));
});

test("PREPARE TRANSACTION is refused, and has ended its transaction as on a server that can't prepare one", async (context) => {
  const { client, rows, stage } = await openScene(context, postgres, writesRun);
  const prepare = "prepare transaction 'x'";
  const add = "insert into items values (9, 'nine')";
  for (const first of [`begin; ${add}`, "begin; select 1 / 0"]) {
    await client.query(first);
    assert.deepEqual(inShort(await client.query(prepare)), ["error 42501", "ready idle"], first);
    await client.query(first);
    const extended = await client.batch(...run(prepare), syncFrame);
    assert.deepEqual(inShort(extended), ["error 42501", "ready idle"], first);
  }
  const pipeline = await client.batch(...run("begin"), ...run(add), ...run(prepare), syncFrame);
  assert.deepEqual(inShort(pipeline).slice(-2), ["error 42501", "ready idle"]);
  assert.deepEqual(inShort(await client.query(prepare)), ["error 42501", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  await stage.until(
    () => stage.records.filter(({ type }) => type === "execution.rolled_back").length >= 2,
  );
  assert.ok(!stage.records.some(({ type }) => type === "execution.unknown"));
});

test("a session can't leave the encoding and string syntax in which it is judged", async (context) => {
  const { client } = await openScene(context, postgres, writesRun);
  for (const sql of [
    "set client_encoding to 'latin1'",
    "set standard_conforming_strings to off",
    "begin; set local standard_conforming_strings = off; commit",
  ]) {
    assert.deepEqual(inShort(await client.query(sql)), ["error 42501", "ready idle"], sql);
  }
});

test("names that are the gateway's own can't be taken by the agent", async (context) => {
  const { client, gateway } = await openScene(context, postgres, writesRun);
  await client.query("begin");
  const taken = await client.query('savepoint "_countersign_refused"');
  assert.deepEqual(inShort(taken), ["error 42501", "ready failed"]);
  await client.query("rollback");
  for (const sql of [
    'prepare "_countersign_9" as select 1',
    'declare "_countersign_9" cursor with hold for select 1',
    'select 1; deallocate "_countersign_9"',
  ]) {
    assert.deepEqual(inShort(await client.query(sql)), ["error 42501", "ready idle"], sql);
  }
  const leaked = gateway.tap.sent.filter((sql) => sql.includes('"_countersign_'));
  assert.deepEqual(leaked, ['rollback to savepoint "_countersign_refused"']);
});

/** After each of these the gateway has to have the lock on again, whatever the agent has done to it. */
const between = [
  "select 1",
  "discard all",
  "reset default_transaction_read_only",
  "set session characteristics as transaction read write",
  "begin; select 1; commit",
  "reset all",
  "set default_transaction_read_only to off",
  "select set_config('default_transaction_read_only', 'off', false)",
  "begin; set default_transaction_read_only to on; rollback",
  "select * from hidden.unlocking",
  "do $$ begin perform set_config('default_transaction_read_only', 'off', false); end $$",
];
for (const change of between) {
  test(`the server's own lock stops a write that hides in a read, also after: ${change}`, async (context) => {
    await hideWrites(context, postgres);
    const { client, rows, approveAll } = await openScene(context, postgres);
    approveAll();
    assert.equal(inShort(await client.query(change)).at(-1), "ready idle");
    for (const sql of ["select * from hidden.sneaky", "select id === id from items limit 1"]) {
      assert.equal(errorOf(await client.query(sql)).code, "25006", sql);
    }
    assert.deepEqual(await rows("select * from hidden.traces"), []);
  });
}

test("approved writes work after reads, and reads after them", async (context) => {
  const { client, rows, approveAll } = await openScene(context, postgres);
  approveAll();
  for (const [sql, tag] of [
    ["select 1", "tag SELECT 1"],
    ["insert into items values (4, 'd')", "tag INSERT 0 1"],
    ["select 1", "tag SELECT 1"],
    ["begin; update items set name = 'e' where id = 4; commit", "tag COMMIT"],
    ["delete from items where id < 4", "tag DELETE 3"],
  ] as const) {
    const short = inShort(await client.query(sql));
    assert.deepEqual(short.slice(-2), [tag, "ready idle"], short.join(" | "));
  }
  assert.deepEqual(await rows("select * from items"), ["4,e"]);
});

test("a function that nobody vouches for waits, and runs as a write once approved", async (context) => {
  await hideWrites(context, postgres);
  const { client, rows, approve, stage } = await openScene(context, postgres);
  client.send(encodeQuery("select hidden.leave_trace()"));
  const { action } = await approve("leave_trace");
  assert.ok(action.verbs.includes("sql.opaque"));
  assert.deepEqual(inShort(await client.until(isReady)).slice(-3), [
    "row 1",
    "tag SELECT 1",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select * from hidden.traces"), ["1"]);
  assert.ok(stage.records.some(({ type }) => type === "execution.claimed"));
});

test("what a client's session says of the lock is not what the gateway does with it", async (context) => {
  const { client, approveAll } = await openScene(context, postgres);
  approveAll();
  const greeted = client.greeting.filter(
    (message) =>
      message.kind === "parameter_status" && message.name === "default_transaction_read_only",
  );
  assert.ok(
    greeted.every((message) => message.kind === "parameter_status" && message.value === "off"),
  );
  for (const sql of ["select 1", "delete from items where id = 1", "select 1"]) {
    const statuses = (await client.query(sql)).filter(({ kind }) => kind === "parameter_status");
    assert.deepEqual(statuses, []);
  }
});

test("a message that moves the search path is not judged by the names of before", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop schema if exists other cascade;
       create schema other authorization ${postgres.user};
       set role ${postgres.user};
       create table other.items (id int);
       insert into other.items values (1)`,
    ),
  );
  const { client, held, stage, rows } = await openScene(context, postgres, otherIsNobodys);
  const direct = await client.query("delete from other.items");
  assert.equal(errorOf(direct).told?.code, "denied_by_policy");
  client.send(encodeQuery("set search_path to other; delete from items"));
  const review = await held("set search_path to other; delete");
  assert.match(whyOpaque(review.action.facts) ?? "", /search path/);
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
  assert.equal(inShort(await client.query("set search_path to other")).at(-1), "ready idle");
  const moved = await client.query("delete from items");
  assert.equal(errorOf(moved).told?.code, "denied_by_policy");
  await client.query("begin; set local search_path to public");
  const ended = client.query("rollback; delete from items");
  await stage.give(await held("rollback; delete"), "ada", "deny");
  assert.equal(errorOf(await ended).told?.code, "denied_by_reviewer");
  assert.deepEqual(await rows("select id from other.items"), ["1"]);
});

const otherIsNobodys = `${writesRun}
  @id("other-is-nobodys") @reason("Nobody writes there.")
  forbid (principal, action, resource) when { context has writes && context.writes.contains("other.items") };`;

test("messages of the extended protocol without their Sync belong to the transaction of a Query", async (context) => {
  const { client, rows } = await openScene(context, postgres, writesRun);
  const insert = [parse("insert into items values (4, 'd')"), bind(), encodeExecute("")];
  const refused = await client.batch(...insert, encodeQuery("drop table items"));
  assert.deepEqual(inShort(refused), [
    "parse_complete",
    "bind_complete",
    "tag INSERT 0 1",
    "error 42501",
    "ready idle",
  ]);
  assert.deepEqual(inShort(await client.batch(syncFrame)), ["ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("a Query behind a failure is skipped, until there is a Sync", async (context) => {
  const { client, gateway } = await openScene(context, postgres, writesRun);
  const skipped = await client.batch(
    parse("select * from nowhere"),
    flushFrame,
    encodeQuery("delete from items"),
    functionCall,
    syncFrame,
  );
  assert.deepEqual(inShort(skipped), ["error 42P01", "ready idle"]);
  assert.ok(!gateway.tap.sent.includes("delete from items"));
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});
