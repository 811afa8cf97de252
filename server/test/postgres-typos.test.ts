/** Texts that can only fail, by the grammar or by a name in them: whether people are asked, and what the client hears. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client, type DatabaseError } from "pg";
import { encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, quickstartRules } from "./support/agent-scene.ts";
import { parse, run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
let version = "";
const isBefore15 = () => Number.parseInt(version, 10) < 15;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  version = await asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query<{ readonly server_version: string }>(
      "show server_version",
    );
    return rows[0]?.server_version ?? "";
  });
});
after(() => postgres.stop());

const mistyped = [
  "selec 1",
  "select 1;\nselect 2;\n  selec name from items",
  "delete from items where id = 1; delet from items",
  "selec 1; delete from items",
  "select 'größer 🙂', (1",
  "/* ü */ select * form items",
  "select 'unterminated",
  'select "unterminated',
  "select 1 /* unterminated; delete from items",
  "select $tag$ unterminated",
  "select $a$ $b$ $a $b",
  "select E'\\xZZ\\u00'",
  "select U&'\\00'",
  'select "" from items',
  "select 1; ; ); delete from items",
  "create function f() returns int begin atomic delete from items; select 1",
  "begin; delete from items; comit",
  "\\d items",
];

/** Before PostgreSQL 15 the letters are a name: sound for the server alone. */
const numberWithLetters = "select 123abc";

/** Names that stand for nothing, and what else the database finds out before it runs anything. */
const misnamed = [
  "delete from itemss where id = 1",
  "delete from items where idd = 1",
  "/* größer 🙂 */ update items set nme = 'b' where id = 1",
  "insert into items (id, nam) values (4, 'd')",
  "insert into items values (4, 'd', 5)",
  "insert into nowhere.items values (4)",
  "delete from items where lowr(name) = 'a'",
  "delete from items where id = 'one'",
  "delete from items where id = $1",
  "update items set name = $1 where idd = $2",
  "with gone as (delete from items returning idd) select * from gone",
  "explain analyze delete from itemss",
  "create table more as select * from itemss",
  "begin; delete from itemss",
  "start transaction isolation level serializable; select 1; delete from items where idd = 1",
  "select 'größer 🙂'; delete from itemss",
];

/** What earlier statements may make, and what shows only when it runs. */
const possible = [
  "create table made (id int); delete from made",
  "set search_path = elsewhere; delete from things",
  "savepoint mine; delete from itemss",
  "commit; delete from itemss",
];

/** A comment within NOT IN, or within a string that goes on behind it: sound for the server alone. */
const readableUpstream = [
  "delete from items where name = 'a' -- of two\n'b'",
  "select 1; delete from items where id not /* at all */ in (1, 2)",
];

function heard({ code, message, position, hint }: DatabaseError) {
  return { code, message, position, hint };
}

test("a mistyped statement is answered with the database's own syntax error, on record, and nobody is asked", async (context) => {
  const { gateway, stage, rows } = await openScene(context, postgres);
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const direct = new Client({ connectionString: postgres.url });
  await Promise.all([driver.connect(), direct.connect()]);
  const all = isBefore15() ? mistyped : [...mistyped, numberWithLetters];
  for (const sql of all) {
    const [expected, actual] = await Promise.all(
      [direct, driver].map((client) => client.query(sql).catch((error: DatabaseError) => error)),
    );
    assert.deepEqual(heard(actual as DatabaseError), heard(expected as DatabaseError), sql);
    const record = stage.records.find(
      ({ type, payload }) =>
        type === "action.denied" && JSON.stringify(payload).includes(JSON.stringify(sql)),
    );
    assert.ok(record !== undefined, sql);
  }
  assert.deepEqual((await driver.query("select 1 as one")).rows, [{ one: 1 }]);
  await Promise.all([driver.end(), direct.end()]);
  assert.equal(stage.reviews.size, 0);
  assert.deepEqual(
    gateway.tap.sent.filter((sql) => mistyped.includes(sql)),
    [],
  );
  assert.deepEqual(await rows("select id from items order by id"), ["1", "2", "3"]);
});

test("a statement with a name that stands for nothing is answered with the database's own error, on record, and nobody is asked", async (context) => {
  const { gateway, stage, rows } = await openScene(context, postgres);
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const direct = new Client({ connectionString: postgres.url });
  await Promise.all([driver.connect(), direct.connect()]);
  for (const sql of misnamed) {
    const heardBy = async (client: Client) => {
      const error = await client.query(sql).catch((caught: DatabaseError) => caught);
      const next = await client.query("select 1").then(
        () => "goes on",
        ({ code }: DatabaseError) => code,
      );
      await client.query("rollback");
      return { error: heard(error as DatabaseError), next };
    };
    assert.deepEqual(await heardBy(driver), await heardBy(direct), sql);
    const record = stage.records.findLast(
      ({ type, payload }) =>
        type === "action.denied" && JSON.stringify(payload).includes(JSON.stringify(sql)),
    );
    assert.match(
      JSON.stringify(record?.payload),
      /refuses it before anything .* \(SQLSTATE \w{5}\)/,
    );
  }
  await Promise.all([driver.end(), direct.end()]);
  assert.equal(stage.reviews.size, 0);
  assert.deepEqual(
    gateway.tap.sent.filter((sql) => misnamed.includes(sql)),
    [],
  );
  assert.deepEqual(await rows("select id from items order by id"), ["1", "2", "3"]);
});

test("a name that stands for nothing fails the transaction that it stands in, as without the gateway", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  for (const sql of ["begin", "savepoint mine", "select 1"]) await client.query(sql);
  for (const sql of ["delete from itemss", "delete from items where id = $1"]) {
    assert.match(inShort(await client.query(sql)).join(), /^error 42P0[12],ready failed$/);
    assert.deepEqual(inShort(await client.query("select 1")), ["error 25P02", "ready failed"]);
    assert.equal(inShort(await client.query("rollback to mine")).at(-1), "ready transaction");
  }
  assert.deepEqual(inShort(await client.query("commit")), ["tag COMMIT", "ready idle"]);
  assert.equal(stage.reviews.size, 0);
});

test("what may run is asked about, and looking its names up has left nothing behind", async (context) => {
  const { client, gateway, held, stage, rows } = await openScene(context, postgres);
  for (const sql of possible) {
    client.send(encodeQuery(sql));
    await stage.give(await held(sql), "ada", "deny");
    await client.until(isReady);
  }
  await client.query("begin isolation level serializable read write");
  client.send(encodeQuery("delete from items where id = 1"));
  const review = await held("where id = 1");
  assert.ok(gateway.tap.parsed.includes("delete from items where id = 1"));
  await stage.give(review, "ada");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), [
    "tag DELETE 1",
    "ready transaction",
  ]);
  assert.deepEqual(inShort(await client.query("commit")), ["tag COMMIT", "ready idle"]);
  assert.deepEqual(await rows("select id from items order by id"), ["2", "3"]);
});

test("a prepared name that stands for nothing fails at its Parse, and nobody is asked", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  const sql = "delete from itemss where id = $1";
  const answer = await client.batch(...run(sql, ["1"]), syncFrame);
  assert.deepEqual(inShort(answer), ["error 42P01", "ready idle"]);
  assert.equal(stage.reviews.size, 0);
});

test("where somebody has made a function that may make a table, a later statement waits for people", async (context) => {
  const make =
    "create function making() returns trigger language plpgsql as 'begin create table made (id int); return new; end'";
  await asSuperuser(postgres, (superuser) => superuser.query(make));
  context.after(() =>
    asSuperuser(postgres, (superuser) => superuser.query("drop function making() cascade")),
  );
  const { client, held, stage } = await openScene(context, postgres);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      "create trigger making before insert on items for each row execute function making()",
    ),
  );
  const sql = "insert into items values (4, 'd'); delete from made";
  client.send(encodeQuery(sql));
  await stage.give(await held(sql), "ada");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-3), [
    "tag INSERT 0 1",
    "tag DELETE 0",
    "ready idle",
  ]);
  await asSuperuser(postgres, (superuser) => superuser.query("drop table made"));
});

test("a lock that others hold keeps nobody from being asked", async (context) => {
  const { client, gateway, held } = await openScene(context, postgres);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query("begin; lock table items in access exclusive mode");
    client.send(encodeQuery("delete from items where idd = 1"));
    await held("idd");
    await client.cancel();
    assert.equal(inShort(await client.until(isReady)).at(-2), "error 57014");
    await superuser.query("rollback");
  });
  assert.ok(!gateway.tap.sent.includes("delete from items where idd = 1"));
});

test("a check that nobody knew of can't write when names are looked up, and people are asked", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres);
  await makeMarks(context);
  for (const first of ["select 1", "begin"]) {
    await client.query(first);
    const sql = `/* ${first} */ delete from items where '{1}'::marked[] = '{}'`;
    client.send(encodeQuery(sql));
    await stage.give(await held(sql), "ada", "deny");
    await client.until(isReady);
  }
  assert.deepEqual(await rows("select at from marks"), []);
});

test("of a statement whose parsing may run a check, no name is looked up before people have decided", async (context) => {
  await makeMarks(context);
  const { client, gateway, held, stage } = await openScene(context, postgres);
  const sql = "insert into itemss select '{1}'::marked[]";
  client.send(encodeQuery(sql));
  await stage.give(await held(sql), "ada", "deny");
  await client.until(isReady);
  assert.ok(!gateway.tap.parsed.some((text) => text.includes("marked")));
});

test("a mistyped statement fails the transaction that it stands in, as without the gateway", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  for (const sql of ["begin", "savepoint mine", "select 1"]) await client.query(sql);
  assert.deepEqual(inShort(await client.query("selec 1")), ["error 42601", "ready failed"]);
  assert.deepEqual(inShort(await client.query("select 1")), ["error 25P02", "ready failed"]);
  assert.equal(inShort(await client.query("rollback to mine")).at(-1), "ready transaction");
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready transaction");
  assert.deepEqual(inShort(await client.query("commit")), ["tag COMMIT", "ready idle"]);
  assert.equal(stage.reviews.size, 0);
});

test("what the database can read and the gateway can't waits for people, and has not run before", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres);
  for (const sql of isBefore15() ? [...readableUpstream, numberWithLetters] : readableUpstream) {
    client.send(encodeQuery(sql));
    const review = await held(sql);
    assert.deepEqual(review.action.verbs, ["sql.opaque"]);
    const notice = await client.next();
    assert(notice?.kind === "notice_response");
    assert.match(notice.fields.message ?? "", /waits for 1 of dba .*\n.*grammar does not accept/);
    assert.deepEqual(await rows("select id from items order by id"), ["1", "2", "3"]);
    await stage.give(review, "ada", "deny");
    assert.equal(inShort(await client.until(isReady)).at(-1), "ready idle");
  }
});

test("what waits within a transaction because the gateway can't read it leaves the transaction as it was", async (context) => {
  const { client, held, stage, rows } = await openScene(context, postgres);
  const [sql = ""] = readableUpstream;
  await client.query("begin");
  await client.query("set transaction isolation level serializable");
  client.send(encodeQuery(sql));
  await stage.give(await held(sql), "ada");
  const answer = inShort(await client.until(isReady));
  assert.deepEqual(answer.slice(-2), ["tag DELETE 0", "ready transaction"]);
  client.send(encodeQuery("delete from items where name = 'a' -- alone\n"));
  await stage.give(await held("-- alone"), "ada");
  await client.until(isReady);
  assert.deepEqual(inShort(await client.query("commit")), ["tag COMMIT", "ready idle"]);
  assert.deepEqual(await rows("select id from items order by id"), ["2", "3"]);
});

test("a text that policy denies because it can't be read is not sent ahead", async (context) => {
  const rules = `${quickstartRules}
    @id("no-riddles") @reason("What can't be read does not run.")
    forbid (principal, action == Countersign::Action::"sql.opaque", resource);`;
  const { client, gateway, stage } = await openScene(context, postgres, rules);
  assert.deepEqual(inShort(await client.query("selec 1")), ["error 42501", "ready idle"]);
  assert.ok(!gateway.tap.parsed.some((sql) => sql.includes("selec 1")));
  assert.equal(stage.reviews.size, 0);
});

test("where its record can't be made, a mistyped statement is not answered with what the database says", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  await client.query("select 1");
  stage.failWrites(({ type }) => type === "action.denied");
  assert.deepEqual(inShort(await client.query("selec 1")), ["error 58030", "ready idle"]);
});

test("of a text that the gateway can't read nothing is analysed before people have decided", async (context) => {
  await makeMarks(context);
  const { client, held, stage, rows } = await openScene(context, postgres);
  const sql = "select '{1}'::marked[], 'a' -- and\n'b'";
  const parsed = await client.batch(parse(sql), syncFrame);
  assert.deepEqual(inShort(parsed), ["error 42501", "ready idle"]);
  client.send(encodeQuery(sql));
  const review = await held("marked");
  assert.deepEqual(await rows("select at from marks"), []);
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
  assert.deepEqual(await rows("select at from marks"), []);
});

/** A domain whose check leaves a mark. */
async function makeMarks(context: TestContext): Promise<void> {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      create table marks (at int);
      grant all on marks to public;
      create function mark(int) returns boolean language plpgsql volatile as
        'begin insert into marks values (1); return true; end';
      create domain marked as int check (mark(value))`),
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) =>
      superuser.query("drop domain marked; drop function mark(int); drop table marks"),
    ),
  );
}
