/** The extended protocol: pipelines are answered in their order, and an error or a refusal in the midst undoes what it has to. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client } from "pg";
import {
  copyDoneFrame,
  encodeClose,
  encodeCopyData,
  encodeDescribe,
  encodeExecute,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { hideWrites, openScene, writesRun } from "./support/agent-scene.ts";
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

test("several statements before one Sync are answered in their order", async (context) => {
  const { client } = await openScene(context, postgres, writesRun);
  const messages = await client.batch(
    ...run("select name from items where id = $1", ["1"]),
    ...run(deleteOne, ["2"]),
    ...run("select count(*) from items"),
    syncFrame,
  );
  assert.deepEqual(inShort(messages), [
    "parse_complete",
    "bind_complete",
    "row_description",
    "row a",
    "tag SELECT 1",
    "parse_complete",
    "bind_complete",
    "no_data",
    "tag DELETE 1",
    "parse_complete",
    "bind_complete",
    "row_description",
    "row 2",
    "tag SELECT 1",
    "ready idle",
  ]);
});

test("a held statement in a pipeline holds what follows, and the answers keep their order", async (context) => {
  const { client, approve, gateway } = await openScene(context, postgres);
  client.send(
    ...run("select name from items where id = 1"),
    ...run(deleteOne, ["2"]),
    ...run("select count(*) from items"),
    syncFrame,
  );
  const review = await approve(deleteOne);
  assert.deepEqual(review.action.parameters, [{ type: 0, format: "text", bytes: "Mg==" }]);
  assert.deepEqual(inShort(await client.until(isReady)), [
    "parse_complete",
    "bind_complete",
    "row_description",
    "row a",
    "tag SELECT 1",
    "parse_complete",
    "notice 00000",
    "bind_complete",
    "no_data",
    "tag DELETE 1",
    "parse_complete",
    "bind_complete",
    "row_description",
    "row 2",
    "tag SELECT 1",
    "ready idle",
  ]);
  assert.equal(gateway.tap.sent.filter((sql) => sql === deleteOne).length, 1);
});

test("an error in the midst skips to the Sync and undoes what ran before it", async (context) => {
  const { client, rows, stage } = await openScene(context, postgres, writesRun);
  const messages = await client.batch(
    ...run(deleteOne, ["1"]),
    ...run("select 1 / (id - 2) from items"),
    ...run(deleteOne, ["3"]),
    syncFrame,
  );
  assert.deepEqual(inShort(messages).slice(-2), ["error 22012", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  await stage.until(() => stage.records.some(({ body }) => body["detail"] === "rolled back"));
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

/** What policy denies is refused as soon as its text is known. */
test("a refusal in the midst skips to the Sync and undoes what ran before it", async (context) => {
  const { client, rows, gateway } = await openScene(context, postgres, writesRun);
  const messages = await client.batch(
    ...run(deleteOne, ["1"]),
    ...run("drop table items"),
    ...run(deleteOne, ["3"]),
    syncFrame,
  );
  assert.deepEqual(inShort(messages), [
    "parse_complete",
    "bind_complete",
    "no_data",
    "tag DELETE 1",
    "error 42501",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.ok(!gateway.tap.parsed.includes("drop table items"));
  assert.equal(gateway.tap.sent.filter((sql) => sql === deleteOne).length, 1);
});

test("a reviewer's refusal in the midst undoes what ran before it", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres, writesRun);
  client.send(...run(deleteOne, ["1"]), ...run("create table made (id int)"), syncFrame);
  await stage.give(await held("create table made"), "ada", "deny");
  const messages = inShort(await client.until(isReady));
  assert.deepEqual(messages.slice(-2), ["error 42501", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("a refusal within an explicit transaction fails it", async (context) => {
  const { client, rows } = await openScene(context, postgres, writesRun);
  const messages = await client.batch(
    ...run("begin"),
    ...run(deleteOne, ["1"]),
    ...run("drop table items"),
    syncFrame,
  );
  assert.deepEqual(inShort(messages).slice(-2), ["error 42501", "ready failed"]);
  assert.deepEqual(inShort(await client.batch(...run("select 1"), syncFrame)).slice(-2), [
    "error 25P02",
    "ready failed",
  ]);
  assert.deepEqual(inShort(await client.batch(...run("rollback"), syncFrame)).slice(-2), [
    "tag ROLLBACK",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("a pipeline that leads out of a failed transaction goes on behind that, as the server does", async (context) => {
  const { client, rows } = await openScene(context, postgres, writesRun);
  for (const sql of ["begin", "savepoint here", "select 1 / 0"]) await client.query(sql);
  const back = await client.batch(
    ...run("rollback to here"),
    ...run("release here"),
    ...run("select id from items where false"),
    ...run(deleteOne, ["1"]),
    syncFrame,
  );
  assert.deepEqual(
    inShort(back).filter((said) => /^(tag|error|ready)/.test(said)),
    ["tag ROLLBACK", "tag RELEASE", "tag SELECT 0", "tag DELETE 1", "ready transaction"],
  );
  await client.query("select 1 / 0");
  const out = await client.batch(...run("select 1"), ...run("rollback"), syncFrame);
  assert.deepEqual(inShort(out).slice(-2), ["error 25P02", "ready failed"]);
  const over = await client.batch(...run("rollback"), ...run(deleteOne, ["2"]), syncFrame);
  assert.deepEqual(
    inShort(over).filter((said) => /^(tag|error|ready)/.test(said)),
    ["tag ROLLBACK", "tag DELETE 1", "ready idle"],
  );
  assert.deepEqual(await rows("select id from items order by id"), ["1", "3"]);
});

test("a refusal with nothing before it leaves the session idle, and the Sync is answered", async (context) => {
  const { client } = await openScene(context, postgres);
  for (const sql of ["drop table items", "prepare transaction 'x'"]) {
    const messages = await client.batch(...run(sql), syncFrame);
    assert.deepEqual(inShort(messages), ["error 42501", "ready idle"], sql);
  }
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("people are not asked about a statement that the upstream does not even parse", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  const messages = await client.batch(
    ...run("delete from nowhere where id = $1", ["1"]),
    syncFrame,
  );
  assert.deepEqual(inShort(messages), ["error 42P01", "ready idle"]);
  assert.deepEqual([...stage.reviews.values()], []);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("while people think, the upstream holds no lock and no transaction for them", async (context) => {
  const { client, approve, held, rows } = await openScene(context, postgres);
  client.send(...run(deleteOne, ["1"]), syncFrame);
  await held(deleteOne);
  const open = `select a.pid from pg_stat_activity a where a.xact_start is not null
                and a.usename = '${postgres.user}'`;
  assert.deepEqual(await rows(open), []);
  await approve(deleteOne);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 1", "ready idle"]);
});

/** As cursors of drivers do: they look at the columns first, and fetch later. */
test("a read that is bound and described ahead of a Flush is executed after it, a batch at a time", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  for (const portal of ["", "walk"]) {
    const sql = "select name from items order by id";
    client.send(parse(sql), bind([], portal), encodeDescribe("portal", portal), flushFrame);
    const described = await client.until(({ kind }) => kind === "row_description");
    assert.deepEqual(inShort(described), ["parse_complete", "bind_complete", "row_description"]);
    client.send(encodeExecute(portal, 2), flushFrame);
    const some = await client.until(({ kind }) => kind === "portal_suspended");
    assert.deepEqual(inShort(some).slice(0, 2), ["row a", "row b"]);
    const rest = await client.batch(encodeExecute(portal, 2), syncFrame);
    assert.deepEqual(inShort(rest), ["row c", "tag SELECT 1", "ready idle"]);
  }
  assert.equal(stage.reviews.size, 0);
});

/** Pairs of functions of which the planner runs the one that calls the other. */
test("the Bind of a held statement, which may run functions, waits for the decision too", async (context) => {
  await hideWrites(context, postgres);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `create function hidden.planned() returns int language plpgsql immutable
         as 'begin return hidden.leave_trace(); end'`,
    ),
  );
  const { client, held, stage, rows, gateway } = await openScene(context, postgres);
  const sql = "delete from items where id = hidden.planned()";
  const orphans = [
    [parse(sql), bind(), syncFrame],
    [parse(sql), bind(), encodeDescribe("portal", ""), syncFrame],
    [parse(sql), bind(), encodeClose("portal", ""), syncFrame],
    [parse(sql), bind(), parse("select 1", "other"), syncFrame],
    [parse(sql), bind(), encodeQuery("select 1")],
  ];
  for (const frames of orphans) {
    const messages = await client.batch(...frames);
    assert.deepEqual(inShort(messages).slice(-2), ["error 0A000", "ready idle"]);
  }
  const waiting = [
    [parse(sql), bind(), execute, syncFrame],
    [parse(sql), bind(), flushFrame, syncFrame],
    [parse(sql), bind(), encodeDescribe("portal", ""), flushFrame, execute, syncFrame],
  ];
  for (const begin of [[], [encodeQuery("begin")]]) {
    for (const frames of waiting) {
      client.send(...begin, ...frames);
      await stage.give(await held(sql), "ada", "deny");
      if (begin.length > 0) await client.until(isReady);
      assert.ok(inShort(await client.until(isReady)).includes("error 42501"));
      await client.query("rollback");
    }
  }
  assert.deepEqual(await rows("select * from hidden.traces"), []);
  assert.ok(!gateway.tap.sent.includes(sql));
});

test("messages out of their order are errors, run nothing, and leave the session usable", async (context) => {
  const { client, rows, gateway } = await openScene(context, postgres, writesRun);
  const sql = "delete from items";
  const cases: readonly (readonly [readonly Buffer[], readonly string[]])[] = [
    [
      [encodeExecute(""), parse(sql), bind([]), syncFrame],
      ["error 34000", "ready idle"],
    ],
    [
      [bind([]), parse(sql), encodeExecute(""), syncFrame],
      ["error 26000", "ready idle"],
    ],
    [
      [parse(sql), encodeExecute(""), bind([]), syncFrame],
      ["parse_complete", "error 34000", "ready idle"],
    ],
    [
      [parse(sql), bind([]), encodeClose("portal", ""), encodeExecute(""), syncFrame],
      ["parse_complete", "bind_complete", "close_complete", "error 34000", "ready idle"],
    ],
    [
      [parse(sql, "s"), encodeClose("statement", "s"), bind([], "", "s"), syncFrame],
      ["parse_complete", "close_complete", "error 26000", "ready idle"],
    ],
    [[encodeCopyData(Buffer.from("1")), copyDoneFrame, syncFrame], ["ready idle"]],
    [[flushFrame, flushFrame, syncFrame], ["ready idle"]],
  ];
  for (const [frames, expected] of cases) {
    assert.deepEqual(inShort(await client.batch(...frames)), expected);
    assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  }
  assert.ok(!gateway.tap.sent.includes(sql));
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("a driver works through the gateway as it works without it", async (context) => {
  const { gateway, held, stage, approve } = await openScene(context, postgres);
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const notices: string[] = [];
  driver.on("notice", (notice) => notices.push(notice.message ?? ""));
  await driver.connect();
  const select = { name: "by-id", text: "select name from items where id = $1" };
  for (const [id, name] of [
    [1, "a"],
    [2, "b"],
  ]) {
    const { rows } = await driver.query({ ...select, values: [id] });
    assert.deepEqual(rows, [{ name }]);
  }
  await driver.query("begin");
  const update = driver.query("update items set name = $2 where id = $1", [1, "z"]);
  await approve("update items");
  assert.equal((await update).rowCount, 1);
  await driver.query("commit");
  assert.match(notices[0] ?? "", /waits for 1 of dba/);
  const refused = driver.query(deleteOne, [1]);
  await stage.give(await held(deleteOne), "ada", "deny");
  await assert.rejects(refused, (error: Error & { code?: string; detail?: string }) => {
    assert.equal(error.code, "42501");
    assert.equal(JSON.parse(error.detail ?? "").code, "denied_by_reviewer");
    return true;
  });
  await assert.rejects(driver.query("select * from nowhere"), { code: "42P01" });
  assert.deepEqual((await driver.query("select name from items where id = 1")).rows, [
    { name: "z" },
  ]);
  await driver.end();
});

test("reads that arrive in any pieces are answered all the same", async (context) => {
  const { client } = await openScene(context, postgres);
  const bytes = Buffer.concat([...run("select name from items where id = $1", ["2"]), syncFrame]);
  for (const byte of bytes) client.send(Buffer.from([byte]));
  assert.deepEqual(inShort(await client.until(isReady)), [
    "parse_complete",
    "bind_complete",
    "row_description",
    "row b",
    "tag SELECT 1",
    "ready idle",
  ]);
});

test("an answer larger than any buffer arrives whole, while others are served", async (context) => {
  const { client, gateway } = await openScene(context, postgres);
  const sql = "select repeat('x', 1000) from generate_series(1, 20000)";
  client.send(encodeQuery(sql));
  const other = await gateway.connect();
  assert.equal(inShort(await other.query("select 1")).at(-1), "ready idle");
  const messages = await client.until(isReady);
  assert.equal(messages.filter(({ kind }) => kind === "data_row").length, 20_000);
  assert.deepEqual(inShort(messages).slice(-2), ["tag SELECT 20000", "ready idle"]);
});

test("what has run in a transaction that failed is not executed on, and the upstream not asked to", async (context) => {
  const { client, gateway } = await openScene(context, postgres, writesRun);
  await client.query("begin");
  await client.batch(...run(deleteOne, ["1"]), syncFrame);
  await client.query("select nothing from nowhere");
  const sent = gateway.tap.sent.length;
  // PostgreSQL 18.4 crashes where the memory behind such a portal has found another use.
  assert.deepEqual(inShort(await client.batch(execute, syncFrame)), [
    "error 25P02",
    "ready failed",
  ]);
  assert.equal(gateway.tap.sent.length, sent);
  assert.deepEqual(inShort(await client.query("rollback")).slice(-2), [
    "tag ROLLBACK",
    "ready idle",
  ]);
});

test("a write by a simple query behind a statement that was only asked about runs, as it does without the gateway", async (context) => {
  const { client, approveAll, rows } = await openScene(context, postgres);
  approveAll();
  client.send(parse("select name from items", "s"), encodeDescribe("statement", "s"), flushFrame);
  const described = await client.until(({ kind }) => kind === "row_description");
  assert.equal(inShort(described)[0], "parse_complete");
  const messages = await client.query("delete from items where id = 1");
  assert.deepEqual(inShort(messages), ["notice 00000", "tag DELETE 1", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["2"]);
  // The statement is still there.
  const again = await client.batch(bind([], "", "s"), execute, syncFrame);
  assert.deepEqual(inShort(again).slice(-2), ["tag SELECT 2", "ready idle"]);
});
