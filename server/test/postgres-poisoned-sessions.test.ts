/** Sessions in which a text would not mean what the gateway reads in it: by its encoding, its string syntax, its names. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { whyOpaque } from "#/core/facts.ts";
import { openStage } from "#/enforcement/conformance/stage.ts";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, writesRun } from "./support/agent-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser, openMemoryStore, startPostgresGateway } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** Until the test has ended. */
async function ofRole(context: TestContext, setting: string, value: string): Promise<void> {
  const alter = (change: string) =>
    asSuperuser(postgres, (superuser) => superuser.query(`alter role ${postgres.user} ${change}`));
  await alter(`set ${setting} = ${value}`);
  context.after(() => alter(`reset ${setting}`));
}

const everything = "select id from items order by id";

/** In these a backslash can be the second byte of a character. */
const encodings = [
  "LATIN1",
  "SJIS",
  "BIG5",
  "GBK",
  "GB18030",
  "UHC",
  "JOHAB",
  "EUC_JP",
  "SQL_ASCII",
];

test("a session can't be given another encoding, however it is asked for", async (context) => {
  const { client, gateway, stage } = await openScene(context, postgres, writesRun);
  const texts = encodings.flatMap((encoding) => [
    `set client_encoding = '${encoding}'`,
    `set names '${encoding}'`,
    `select set_config('client_encoding', '${encoding}', false)`,
    `begin; set local client_encoding to ${encoding}; commit`,
    `select 1; select pg_catalog.set_config('Client_Encoding', U&'${encoding}', true)`,
  ]);
  for (const sql of texts) {
    assert.deepEqual(inShort(await client.query(sql)), ["error 42501", "ready idle"], sql);
  }
  assert.equal(stage.reviews.size, 0);
  assert.ok(!gateway.tap.sent.some((sql) => texts.includes(sql)));
});

test("a text whose last quote only another encoding sees is not carried at all", async (context) => {
  // 表 in Shift JIS ends in a backslash, which would escape the quote in no encoding of the server's.
  const trick = Buffer.concat([
    Buffer.from("select '"),
    Buffer.from([0x95, 0x5c]),
    Buffer.from("'; delete from items; --'\0"),
  ]);
  const query = Buffer.concat([Buffer.from([0x51, 0, 0, 0, trick.length + 4]), trick]);
  const parse = Buffer.concat([
    Buffer.from([0x50, 0, 0, 0, trick.length + 7, 0]),
    trick,
    Buffer.from([0, 0]),
  ]);
  for (const message of [query, parse]) {
    const { client, gateway, rows } = await openScene(context, postgres, writesRun);
    client.send(message);
    assert.deepEqual(inShort(await client.until(() => false)), ["error 08P01"]);
    await gateway.sessionsEnded(1);
    assert.deepEqual(await rows(everything), ["1", "2", "3"]);
  }
});

test("a value that is no text in the session's encoding is the database's to refuse, as a value", async (context) => {
  const { client, rows } = await openScene(context, postgres, writesRun);
  const answer = await client.batch(
    encodeParse({ name: "", sql: "delete from items where name = $1", parameterTypes: [25] }),
    encodeBind({
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters: [Buffer.from([0x95, 0x5c, 0x27])],
      resultFormats: [],
    }),
    encodeExecute(""),
    syncFrame,
  );
  assert.deepEqual(inShort(answer).slice(-2), ["error 22021", "ready idle"]);
  assert.deepEqual(await rows(everything), ["1", "2", "3"]);
});

const settings = { client_encoding: "SJIS", standard_conforming_strings: "off" } as const;
for (const [setting, value] of Object.entries(settings)) {
  test(`a role whose ${setting} is ${value} does not bring it into a session`, async (context) => {
    await ofRole(context, setting, value);
    const { client, rows, stage } = await openScene(context, postgres);
    const [, row] = inShort(await client.query(`show ${setting}`));
    assert.equal(row, `row ${setting === "client_encoding" ? "UTF8" : "on"}`);
    // Read with the other syntax, the quote behind the backslash would end nothing, and a write would begin.
    const trick = await client.query("select '\\', '; delete from items; --'");
    assert.equal(inShort(trick).at(-2), "tag SELECT 1");
    assert.deepEqual(await rows(everything), ["1", "2", "3"]);
    assert.equal(stage.reviews.size, 0);
  });

  test(`a session whose ${setting} becomes ${value} behind the gateway's back is over`, async (context) => {
    await asSuperuser(postgres, (superuser) =>
      superuser.query(
        `create or replace function poison() returns text language sql volatile
           as $$ select set_config('${setting}', '${value}', false) $$`,
      ),
    );
    const { client, approve, gateway } = await openScene(context, postgres);
    client.send(encodeQuery("select poison()"));
    await approve("select poison()");
    const last = inShort(await client.until(() => false)).at(-1);
    assert.equal(last, "error 0A000");
    await gateway.sessionsEnded(1);
  });
}

test("a built-in's name that leads to a volatile function of somebody's is not taken for the built-in", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      drop schema if exists evil cascade;
      create schema evil;
      grant usage on schema evil to public;
      create table evil.traces (at int);
      grant all on evil.traces to public;
      create function evil.lower(text) returns text language sql volatile
        as 'insert into evil.traces values (1) returning ''evil''';
      create function evil.one_of(text, text) returns text language sql volatile
        as 'insert into evil.traces values (1) returning ''evil''';
      create function evil.abs(text) returns int language sql volatile
        as 'insert into evil.traces values (1) returning 1';
      create aggregate evil.max(text) (stype = text, sfunc = evil.one_of);
      create function evil.upper(text) returns text language sql immutable as 'select ''evil'''`),
  );
  await ofRole(context, "search_path", "evil, pg_catalog, public");
  context.after(() =>
    asSuperuser(postgres, (superuser) => superuser.query("drop schema evil cascade")),
  );
  const { client, held, stage, rows } = await openScene(context, postgres);
  for (const sql of [
    "select lower(name) from items",
    "select abs('x'::text)",
    "select max(name) from items",
    "select max(name) over () from items",
    "prepare p as select lower('x')",
    "begin; select lower('x'); commit",
  ]) {
    client.send(encodeQuery(sql));
    const review = await held(sql);
    assert.match(whyOpaque(review.action.facts) ?? "", /may be one that somebody made/, sql);
    await stage.give(review, "ada", "deny");
    await client.until(isReady);
  }
  const count = stage.reviews.size;
  for (const sql of ["select pg_catalog.lower('X')", "select length(name) from items"]) {
    assert.match(inShort(await client.query(sql)).at(-2) ?? "", /^tag SELECT/, sql);
  }
  // Whoever made it says that it changes nothing: it runs, and the server keeps it from writing.
  assert.deepEqual(inShort(await client.query("select upper('x')"))[1], "row evil");
  assert.equal(stage.reviews.size, count);
  assert.deepEqual(await rows("select at from evil.traces"), []);
});

test("a search path of the role that puts something before the system does not hide a relation from a rule", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      drop schema if exists other cascade;
      create schema other;
      grant usage on schema other to public;
      create table other.items (id int);
      create table other.pg_class (relname text);
      grant all on all tables in schema other to public`),
  );
  await ofRole(context, "search_path", "other, pg_catalog, public");
  const { client } = await openScene(
    context,
    postgres,
    `${writesRun}
      @id("other-is-nobodys") @reason("Nobody reads there.")
      forbid (principal, action, resource)
      when { context has reads && context.reads.containsAny(["other.items", "other.pg_class"]) };`,
  );
  for (const sql of ["select * from items", "select relname from pg_class", "table items"]) {
    assert.deepEqual(inShort(await client.query(sql)), ["error 42501", "ready idle"], sql);
  }
  const [, row] = inShort(await client.query("select count(*) from public.items"));
  assert.equal(row, "row 3");
});

test("a search path that a function has moved is the one along which the next statement is judged", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      drop schema if exists other cascade;
      create schema other;
      grant usage on schema other to public;
      create table other.items (id int);
      grant all on other.items to public;
      create function other.move() returns text language sql
        as $$ select pg_catalog.set_config('search_path', 'other', false) $$;
      create view other.moving as select other.move() as at;
      grant select on other.moving to public`),
  );
  const { client, held, stage } = await openScene(
    context,
    postgres,
    `${writesRun}
      @id("other-is-nobodys") @reason("Nobody reads there.")
      forbid (principal, action, resource) when { context has reads && context.reads.contains("other.items") };`,
  );
  assert.equal(inShort(await client.query("table items")).at(-2), "tag SELECT 3");
  assert.equal(inShort(await client.query("table other.moving")).at(1), "row other");
  for (let times = 0; times < 2; times += 1) {
    assert.deepEqual(inShort(await client.query("table items")), ["error 42501", "ready idle"]);
  }
  await client.query("set search_path to public");
  // Within one message nobody can look in between, so that it counts as what can't be read.
  const sql = "table other.moving; table items";
  client.send(encodeQuery(sql));
  const review = await held(sql);
  assert.match(whyOpaque(review.action.facts) ?? "", /moves the search path/);
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
  assert.equal(inShort(await client.query("table items; table items")).at(-2), "tag SELECT 3");
});

test("a search path that a client comes with is the one by which its statements are judged", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      `drop schema if exists came cascade; create schema came authorization ${postgres.user};
       set role ${postgres.user}; create table came.items (id int)`,
    ),
  );
  const scene = await openScene(
    context,
    postgres,
    `${writesRun} @id("not-these") forbid (principal, action, resource)
     when { context has writes && context.writes.contains("came.items") };`,
  );
  for (const coming of [{ search_path: "came, public" }, { options: "-c search_path=came" }]) {
    const client = await scene.gateway.connect({ settings: coming });
    assert.equal(inShort(await client.query("select id from items")).at(-2), "tag SELECT 0");
    assert.ok(inShort(await client.query("delete from items")).includes("error 42501"));
  }
  assert.deepEqual(await scene.rows(everything), ["1", "2", "3"]);
});

test("a name that a database of another encoding cuts elsewhere is not taken for the one that it looks like", async (context) => {
  const [closed, open] = ["é".repeat(40), "é".repeat(31)];
  await asSuperuser(postgres, (superuser) =>
    superuser.query("create database latin encoding 'LATIN1' locale 'C' template template0"),
  );
  const superuserUrl = postgres.superuserUrl.replace(/\/[^/]*$/, "/latin");
  await asSuperuser({ superuserUrl }, (superuser) =>
    superuser.query(`create table "${closed}" (id int); create table "${open}" (id int);
      grant select on all tables in schema public to public`),
  );
  const stage = openStage(openMemoryStore());
  stage.rule(`${writesRun}
    @id("closed") @reason("Nobody reads it.")
    forbid (principal, action, resource)
    when { context has reads && context.reads.contains("public.${closed}") };`);
  const gateway = await startPostgresGateway({ ...postgres, database: "latin" }, stage);
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  const client = await gateway.connect();
  client.send(encodeQuery(`select id from "${closed}"`));
  const review = await stage.until(() => [...stage.reviews.values()][0]);
  assert.match(whyOpaque(review.action.facts) ?? "", /in the encoding of the database/);
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
  assert.deepEqual(inShort(await client.query(`select id from "${open}"`)).at(-2), "tag SELECT 0");
});
