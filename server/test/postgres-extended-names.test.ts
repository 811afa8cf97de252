/** Names of the extended protocol: a prepared statement is decided by the text that is behind its name when it runs, and a portal by what it fetches. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, writesRun } from "./support/agent-scene.ts";
import { bind, parse, run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const execute = encodeExecute("");
const deleteOne = "delete from items where id = $1";

test("a prepared statement is decided each time, with its values of that time", async (context) => {
  const { client, approve, stage, held } = await openScene(context, postgres);
  assert.deepEqual(
    inShort(await client.batch(parse(deleteOne, "s"), encodeDescribe("statement", "s"), syncFrame)),
    ["parse_complete", "parameter_description", "no_data", "ready idle"],
  );
  for (const id of ["1", "2"]) {
    client.send(bind([id], "", "s"), execute, syncFrame);
    const review = await approve(deleteOne);
    assert.equal(Buffer.from(review.action.parameters[0]?.bytes ?? "", "base64").toString(), id);
    assert.deepEqual(inShort(await client.until(isReady)).slice(-3), [
      "bind_complete",
      "tag DELETE 1",
      "ready idle",
    ]);
  }
  client.send(bind(["3"], "", "s"), execute, syncFrame);
  await stage.give(await held(deleteOne), "ada", "deny");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 42501", "ready idle"]);
  assert.deepEqual(
    inShort(await client.batch(encodeClose("statement", "s"), bind(["3"], "", "s"), syncFrame)),
    ["close_complete", "error 26000", "ready idle"],
  );
});

test("a name that is taken can't be prepared again", async (context) => {
  const { client } = await openScene(context, postgres);
  await client.batch(parse("select 1", "s"), syncFrame);
  assert.deepEqual(inShort(await client.batch(parse("select 2", "s"), syncFrame)), [
    "error 42P05",
    "ready idle",
  ]);
  assert.deepEqual(inShort(await client.batch(bind([], "", "s"), execute, syncFrame)), [
    "bind_complete",
    "row 1",
    "tag SELECT 1",
    "ready idle",
  ]);
});

test("the unnamed statement outlives the gateway's own questions", async (context) => {
  const { client, approve } = await openScene(context, postgres);
  assert.deepEqual(inShort(await client.batch(parse(deleteOne), syncFrame)), [
    "parse_complete",
    "ready idle",
  ]);
  client.send(bind(["1"]), execute, syncFrame);
  await approve(deleteOne);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-3), [
    "bind_complete",
    "tag DELETE 1",
    "ready idle",
  ]);
  client.send(bind(["2"]), execute, syncFrame);
  await approve(deleteOne);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 1", "ready idle"]);
});

test("SQL's own PREPARE is followed: its EXECUTE is decided by the text behind the name", async (context) => {
  const { client, held, stage, gateway } = await openScene(context, postgres, writesRun);
  await client.query("prepare p as select count(*) from items");
  assert.ok(inShort(await client.query("execute p")).includes("row 3"));
  await client.query("deallocate p");
  await client.query("prepare p (int) as delete from items where id = $1");
  assert.ok(inShort(await client.query("execute p(1)")).includes("tag DELETE 1"));
  client.send(encodeQuery("execute unknown_name"));
  const review = await held("execute unknown_name");
  assert.deepEqual(review.action.verbs, ["sql.opaque"]);
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
  assert.ok(!gateway.tap.sent.includes("execute unknown_name"));
});

test("a pipeline that gives a name another text is judged by the new one", async (context) => {
  const { client, stage, rows } = await openScene(context, postgres);
  await client.batch(parse("select 1", "s"), syncFrame);
  stage.rule(writesRun);
  client.send(
    ...run("deallocate s"),
    ...run("prepare s as delete from items"),
    bind([], "", "s"),
    execute,
    syncFrame,
  );
  await client.until(isReady);
  assert.deepEqual(await rows("select count(*) from items"), ["0"]);
  const records = stage.records.filter(
    ({ payload }) => payload?.["command"] === "delete from items",
  );
  assert.equal(records[0]?.type, "action.allowed", "it is on record as what it is");
});

test("rows can be fetched in portions, and the portal goes on where it was", async (context) => {
  const { client } = await openScene(context, postgres);
  const messages = await client.batch(
    parse("select id from items order by id"),
    bind([], "p"),
    encodeExecute("p", 2),
    encodeExecute("p", 2),
    encodeClose("portal", "p"),
    syncFrame,
  );
  assert.deepEqual(inShort(messages), [
    "parse_complete",
    "bind_complete",
    "row 1",
    "row 2",
    "portal_suspended",
    "row 3",
    "tag SELECT 1",
    "close_complete",
    "ready idle",
  ]);
});

test("in a transaction a portal outlives its pipeline", async (context) => {
  const { client } = await openScene(context, postgres);
  await client.query("begin");
  await client.batch(
    parse("select id from items order by id"),
    bind([], "p"),
    encodeExecute("p", 1),
    syncFrame,
  );
  assert.deepEqual(inShort(await client.batch(encodeExecute("p", 1), syncFrame)), [
    "row 2",
    "portal_suspended",
    "ready transaction",
  ]);
  await client.query("commit");
  assert.deepEqual(inShort(await client.batch(encodeExecute("p", 1), syncFrame)), [
    "error 34000",
    "ready idle",
  ]);
});

test("a held DELETE … RETURNING runs once, whatever portions its rows are fetched in", async (context) => {
  const { client, approve, rows, gateway, review } = await openScene(context, postgres);
  const sql = "delete from items returning id";
  client.send(
    parse(sql),
    bind([], "p"),
    encodeDescribe("portal", "p"),
    encodeExecute("p", 2),
    encodeExecute("p", 2),
    syncFrame,
  );
  await approve(sql);
  assert.deepEqual(inShort(await client.until(isReady)), [
    "parse_complete",
    "notice 00000",
    "bind_complete",
    "row_description",
    "row 1",
    "row 2",
    "portal_suspended",
    "row 3",
    "tag DELETE 1",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select count(*) from items"), ["0"]);
  assert.equal(gateway.tap.sent.filter((sent) => sent === sql).length, 2);
  await review(sql, ({ execution }) => execution?.state === "executed");
});

test("what is approved is what runs, although the statement's name has got another text", async (context) => {
  const { client, rows, gateway } = await openScene(context, postgres);
  const harmless = "update items set name = 'x' where id = 1";
  const messages = await client.batch(
    parse(harmless),
    bind([], "p"),
    parse("delete from items"),
    encodeExecute("p"),
    syncFrame,
  );
  assert.equal(inShort(messages).at(-2), "error 0A000");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.ok(!gateway.tap.sent.includes("delete from items"));
});

test("a failing pipeline does not leave a name with a text that the upstream does not have", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres);
  // By name, because a simple query drops the unnamed statement.
  const byName = async (name: string) => {
    const messages = await client.batch(bind([], "", name), execute, syncFrame);
    return inShort(messages).at(-1);
  };
  await client.batch(parse("begin", "begin"), parse("rollback", "rollback"), syncFrame);
  await client.batch(parse("delete from items"), syncFrame);
  assert.equal(await byName("begin"), "ready transaction");
  const failing = await client.batch(
    parse("select * from nowhere", "x"),
    parse("select 1"),
    parse("select 2"),
    syncFrame,
  );
  assert.deepEqual(inShort(failing), ["error 42P01", "ready failed"]);
  assert.equal(await byName("rollback"), "ready idle");
  assert.equal(await byName("begin"), "ready transaction");
  client.send(bind(), execute, syncFrame);
  const review = await held("delete from items");
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("two names that are one to the server can't be told apart by the agent alone", async (context) => {
  const { client, rows } = await openScene(context, postgres);
  const name = "n".repeat(63);
  await client.query("begin");
  for (const frames of [
    [parse("select 1", `${name}a`)],
    [encodeClose("statement", `${name}b`)],
    [parse("select 1"), bind([], `${name}a`)],
  ]) {
    const messages = await client.batch(...frames, syncFrame);
    assert.match(inShort(messages).at(-2) ?? "", /^error (42P05|26000|42P03)$/);
    await client.query("rollback");
    await client.query("begin");
  }
  assert.deepEqual(
    inShort(
      await client.batch(parse("select 1", name), bind([], "", name), execute, syncFrame),
    ).slice(-2),
    ["tag SELECT 1", "ready transaction"],
  );
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("within a pipeline, names are looked up along the search path of that moment", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop schema if exists other cascade;
       create schema other authorization ${postgres.user};
       set role ${postgres.user};
       create table other.items (id int);
       insert into other.items values (1)`,
    ),
  );
  const { client, rows } = await openScene(
    context,
    postgres,
    `${writesRun}
    @id("other-is-nobodys") @reason("Nobody writes there.")
    forbid (principal, action, resource) when { context has writes && context.writes.contains("other.items") };`,
  );
  const messages = await client.batch(
    ...run("set search_path to other"),
    ...run("delete from items"),
    syncFrame,
  );
  assert.deepEqual(inShort(messages).slice(-2), ["error 42501", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from other.items"), ["1"]);
});

test("unknown names are errors as the server would give them", async (context) => {
  const { client } = await openScene(context, postgres);
  for (const [frame, error] of [
    [bind([], "", "unknown"), "error 26000"],
    [encodeExecute("unknown"), "error 34000"],
    [encodeDescribe("statement", "unknown"), "error 26000"],
    [encodeDescribe("portal", "unknown"), "error 34000"],
  ] as const) {
    assert.deepEqual(inShort(await client.batch(frame, syncFrame)), [error, "ready idle"]);
  }
  assert.deepEqual(inShort(await client.batch(encodeClose("portal", "unknown"), syncFrame)), [
    "close_complete",
    "ready idle",
  ]);
});

test("FETCH from a portal that was bound and has not run is decided as what it runs", async (context) => {
  const { client, rows, gateway } = await openScene(context, postgres);
  await client.query("begin");
  const messages = await client.batch(
    parse("delete from items returning id"),
    bind([], "p"),
    ...run("fetch all from p"),
    syncFrame,
  );
  assert.match(inShort(messages).at(-2) ?? "", /^error/);
  await client.query("rollback");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.ok(!gateway.tap.sent.some((sql) => sql.startsWith("fetch")));
});

test("what was prepared is still there behind what nobody could read, unless that has put another text in its place", async (context) => {
  const { client, approveAll, rows } = await openScene(context, postgres);
  approveAll();
  const read = "select name from items where id = $1";
  const runNamed = (name: string, frames: readonly Buffer[] = [bind(["2"], "", name)]) =>
    client.batch(...frames, encodeExecute(""), syncFrame);
  for (const name of ["kept", "taken", "dropped"]) {
    await client.batch(parse(read, name), syncFrame);
  }
  const found = ["row b", "tag SELECT 1", "ready idle"];
  await client.query("do $$ begin perform 1; end $$");
  for (const name of ["kept", "taken", "dropped"]) {
    assert.deepEqual(inShort(await runNamed(name)).slice(-3), found, name);
  }
  await client.query(`do $$ begin
    execute 'deallocate taken';
    execute 'prepare taken (int) as delete from items where id = $1';
    execute 'deallocate dropped';
  end $$`);
  assert.deepEqual(inShort(await runNamed("kept")).slice(-3), found);
  for (const name of ["taken", "dropped"]) {
    assert.deepEqual(inShort(await runNamed(name)), ["error 26000", "ready idle"], name);
  }
  await client.query("begin");
  await client.query("do $$ begin execute 'deallocate kept'; end $$");
  assert.deepEqual(inShort(await runNamed("kept")), ["error 26000", "ready failed"]);
  await client.query("rollback");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});
