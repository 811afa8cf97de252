/** Limits on rows: what a write touches is counted before it counts, and what is too much, or can't be counted, is undone or refused. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { all, bound, errorOf, twoRows, untouched } from "./support/limited-scene.ts";
import { testPostgresMajor } from "./support/other-postgres.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

function limited(context: TestContext, rules = twoRows): Promise<Scene> {
  return openScene(context, postgres, rules);
}

/** Deletes wait for somebody, and everything else runs. */
const deletesWait = `
  @id("deletes-wait") @review("1 of dba")
  permit (principal, action in Countersign::Action::"sql", resource)
  when { context.kinds.contains("delete") };
  @id("the-rest-runs") permit (principal, action in Countersign::Action::"sql", resource)
  unless { context.kinds.contains("delete") };`;

test("a write within its limit is committed, and its client sees nothing but its own messages", async (context) => {
  const { client, rows } = await limited(context);
  assert.deepEqual(inShort(await client.query("delete from items where id < 3")), [
    "tag DELETE 2",
    "ready idle",
  ]);
  assert.deepEqual(await rows(all), ["3,c"]);
  assert.deepEqual(inShort(await client.query("insert into items values (5, 'e') returning id")), [
    "row_description",
    "row 5",
    "tag INSERT 0 1",
    "ready idle",
  ]);
  assert.deepEqual(await rows(all), ["3,c", "5,e"]);
});

test("a write beyond its limit is undone, and told with numbers, rule and what to do; it is on record", async (context) => {
  const { client, rows, stage } = await limited(context);
  const messages = await client.query("delete from items");
  assert.deepEqual(inShort(messages), ["error 54000", "ready idle"]);
  const { message, told } = errorOf(messages);
  assert.equal(
    message,
    "It would have touched 3 rows, more than 2 rows, the limit of rule two-rows. It was undone, and nothing was changed. Narrow it, or ask for less at a time.",
  );
  assert.deepEqual(told, {
    code: "rows_exceeded",
    review: null,
    url: null,
    retry: "after_change",
    rows: 3,
    rowsMax: 2,
  });
  assert.deepEqual(await rows(all), untouched);
  const failed = await stage.until(() =>
    stage.records.find(({ type }) => type === "execution.failed"),
  );
  assert.deepEqual([failed.body["detail"], failed.body["rows"]], ["rows_exceeded", 3]);
  // The session goes on, outside of any transaction.
  assert.deepEqual(inShort(await client.query("delete from items where id = 1")), [
    "tag DELETE 1",
    "ready idle",
  ]);
  assert.deepEqual(await rows(all), ["2,b", "3,c"]);
});

test("a message of several statements is counted as one, however small the first is", async (context) => {
  const { client, rows } = await limited(context);
  const messages = await client.query(
    "delete from items where id = 1; update items set name = 'x'; insert into items values (9, 'z')",
  );
  assert.deepEqual(inShort(messages), ["tag DELETE 1", "error 54000", "ready idle"]);
  assert.deepEqual(await rows(all), untouched);
  assert.deepEqual(
    inShort(await client.query("delete from items where id = 1; delete from items where id = 2")),
    ["tag DELETE 1", "tag DELETE 1", "ready idle"],
  );
  assert.deepEqual(await rows(all), ["3,c"]);
});

test("inside the client's own transaction it is left as any error leaves it", async (context) => {
  const { client, rows, stage } = await limited(context);
  await client.query("begin");
  assert.deepEqual(inShort(await client.query("update items set name = 'x' where id = 1")), [
    "tag UPDATE 1",
    "ready transaction",
  ]);
  await client.query("savepoint mine");
  assert.deepEqual(inShort(await client.query("delete from items")), [
    "error 54000",
    "ready failed",
  ]);
  assert.deepEqual(inShort(await client.query("select 1")), ["error 25P02", "ready failed"]);
  assert.deepEqual(inShort(await client.query("rollback to mine")), [
    "tag ROLLBACK",
    "ready transaction",
  ]);
  assert.deepEqual(inShort(await client.query("commit")), ["tag COMMIT", "ready idle"]);
  assert.deepEqual(await rows(all), ["1,x", "2,b", "3,c"]);
  const outcomes = stage.records.filter(({ type }) => type === "execution.failed");
  assert.deepEqual(
    outcomes.map(({ body }) => [body["detail"], body["rows"]]),
    [["rows_exceeded", 3]],
  );

  await client.query("begin");
  const read = await client.query(all);
  assert.deepEqual(inShort(read).slice(-2), ["error 54000", "ready failed"]);
  assert.deepEqual(inShort(await client.query("rollback")), ["tag ROLLBACK", "ready idle"]);
});

test("by the extended protocol nothing of its pipeline is committed, and the session goes on", async (context) => {
  const { client, rows } = await limited(context);
  const messages = await client.batch(
    ...bound("update items set name = 'x' where id = 1"),
    ...bound("delete from items"),
    ...bound("insert into items values (9, 'z')"),
    syncFrame,
  );
  assert.deepEqual(inShort(messages), [
    "parse_complete",
    "bind_complete",
    "no_data",
    "tag UPDATE 1",
    "parse_complete",
    "bind_complete",
    "no_data",
    "error 54000",
    "ready idle",
  ]);
  assert.deepEqual(await rows(all), untouched);
  assert.deepEqual(
    inShort(
      await client.batch(...bound("delete from items where id = 2 returning name"), syncFrame),
    ),
    ["parse_complete", "bind_complete", "row_description", "row b", "tag DELETE 1", "ready idle"],
  );
  assert.deepEqual(await rows(all), ["1,a", "3,c"]);
});

test("what can't be counted is refused under a limit before it runs, however it is said", async (context) => {
  const { client, rows, stage, gateway } = await limited(context);
  const sent = gateway.tap.sent.length;
  for (const sql of [
    "with gone as (delete from items returning id) select count(*) from gone",
    "insert into items select 7, 'g' from (select 1) as one; with gone as (delete from items returning 1) select 1",
    "with gone as (delete from items returning id) insert into items values (8, 'h')",
    "explain analyze delete from items",
    "truncate items",
    "select clear_items()",
    "create table copies as select * from items",
    "select * into copies from items",
    "delete from items; commit",
    "commit; delete from items",
    "begin; delete from items; commit",
    "savepoint s; delete from items",
    "prepare one as with gone as (delete from items returning 1) select 1 from gone",
  ]) {
    const messages = await client.query(sql);
    const { code, told } = errorOf(messages);
    assert.deepEqual([code, told?.code], ["42501", "rows_uncounted"], sql);
  }
  assert.deepEqual(
    gateway.tap.sent.slice(sent).filter((sql) => /items/.test(sql)),
    [],
  );
  assert.deepEqual(await rows(all), untouched);
  assert(stage.records.some(({ body }) => body["cause"] === "uncounted"));
});

const from15 = (await testPostgresMajor()) < 15 ? test.skip : test;

from15("EXECUTE, MERGE, COPY and FETCH are counted by what they did", async (context) => {
  const { client, rows } = await limited(context);
  await client.query("prepare wipe as delete from items");
  await client.query("prepare few as delete from items where id = $1");
  assert.deepEqual(inShort(await client.query("execute wipe")), ["error 54000", "ready idle"]);
  assert.deepEqual(inShort(await client.query("execute few (1)")), ["tag DELETE 1", "ready idle"]);
  const merge = (ids: string) =>
    client.query(
      `merge into items using (select unnest(array[${ids}]) as id) as s on s.id = items.id when matched then update set name = 'm' when not matched then insert values (s.id, 'n')`,
    );
  assert.deepEqual(inShort(await merge("2, 7, 8")), ["error 54000", "ready idle"]);
  assert.deepEqual(inShort(await merge("2, 7")), ["tag MERGE 2", "ready idle"]);
  assert.deepEqual(await rows(all), ["2,m", "3,c", "7,n"]);
  const copied = await client.query("copy items to stdout");
  assert.equal(copied.filter(({ kind }) => kind === "copy_data").length, 2);
  assert.deepEqual(inShort(copied).slice(-2), ["error 54000", "ready idle"]);
  await client.query("begin");
  await client.query("declare c cursor for select id from items");
  assert.deepEqual(inShort(await client.query("fetch 2 from c")).slice(-2), [
    "tag FETCH 2",
    "ready transaction",
  ]);
  assert.deepEqual(
    inShort(await client.query("move backward all from c")).at(-1),
    "ready transaction",
  );
  assert.deepEqual(inShort(await client.query("fetch all from c")).slice(-2), [
    "error 54000",
    "ready failed",
  ]);
  await client.query("rollback");
});

test("nothing that has no count is approved for so many rows", async (context) => {
  const { client, stage, held, rows } = await limited(context);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      "create or replace procedure tidy_items() language sql as 'delete from items where false'",
    ),
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) => superuser.query("drop procedure tidy_items")),
  );
  for (const sql of [
    "do $$ begin delete from items; end $$",
    "call tidy_items()",
    "vacuum items",
    "alter table items add column more int",
  ]) {
    client.send(encodeQuery(sql));
    const review = await held(sql);
    await assert.rejects(
      stage.give(review, "ada", "approve", 2),
      { code: "review.rows_uncounted" },
      sql,
    );
    await stage.give(review, "ada", "deny");
    await client.until(isReady);
  }
  assert.deepEqual(await rows(all), untouched);
});

test("transaction control, settings, prepared statements and plans have no rows to count", async (context) => {
  const { client } = await limited(context);
  for (const sql of [
    "begin",
    "savepoint s",
    "release s",
    "commit",
    "set search_path to public",
    "show work_mem",
    "prepare later as select 1",
    "deallocate later",
    "listen something",
    "explain (costs off, verbose) select * from items a, items b, items c where a.id = b.id and b.id = c.id",
    "begin; select 1; commit",
  ]) {
    assert(!inShort(await client.query(sql)).some((line) => line.startsWith("error")), sql);
  }
});

test("a check that waits for the end of the transaction fails the statement, in the server's own words", async (context) => {
  const { client, rows } = await limited(context);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      "alter table items add constraint names unique (name) deferrable initially deferred",
    ),
  );
  const messages = await client.query("update items set name = 'a' where id = 2");
  assert.deepEqual(inShort(messages), ["error 23505", "ready idle"]);
  assert.deepEqual(await rows(all), untouched);
  assert.deepEqual(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("an error of the statement's own passes as it is, and ends the gateway's transaction", async (context) => {
  const { client, rows } = await limited(context);
  const messages = await client.query("delete from items where id = 1; select 1 / 0");
  assert.deepEqual(inShort(messages), ["tag DELETE 1", "error 22012", "ready idle"]);
  assert.deepEqual(await rows(all), untouched);
  assert.deepEqual(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("an approver's own limit binds what they approved, and the agent is told of it", async (context) => {
  const { client, rows, stage, held } = await limited(context, deletesWait);
  client.send(encodeQuery("delete from items"));
  const review = await held("delete from items");
  await stage.give(review, "ada", "approve", 2);
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages), [
    "notice 00000",
    "notice 00000",
    "error 54000",
    "ready idle",
  ]);
  const [, notice] = messages;
  assert(notice?.kind === "notice_response");
  assert.equal(
    notice.fields.message,
    "Approved for no more than 2 rows, the limit that Ms ada set.",
  );
  const { message, told } = errorOf(messages);
  assert.match(
    message ?? "",
    /would have touched 3 rows, more than 2 rows, the limit that Ms ada set/,
  );
  assert.equal(told?.review, review.id);
  assert.deepEqual(await rows(all), untouched);
  const { execution } = await stage.until(() => {
    const found = stage.reviews.get(review.id);
    return found?.execution?.state === "failed" && found;
  });
  assert.equal(execution?.detail, "rows_exceeded");
  const claimed = stage.records.find(({ type }) => type === "execution.claimed");
  assert.equal(claimed?.body["rowsMax"], 2);
  const verdict = stage.records.find(({ type }) => type === "review.verdict");
  assert.equal(verdict?.body["rowsMax"], 2);

  client.send(encodeQuery("delete from items where id < 3"));
  await stage.give(await held("id < 3"), "ada", "approve", 2);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["tag DELETE 2", "ready idle"]);
  assert.deepEqual(await rows(all), ["3,c"]);
});

test("an approval with a limit that could not be kept is refused, and the review still waits", async (context) => {
  const { client, stage, held } = await limited(context, deletesWait);
  client.send(encodeQuery("with gone as (delete from items returning 1) select 1 from gone"));
  const review = await held("with gone");
  await assert.rejects(stage.give(review, "ada", "approve", 2), { code: "review.rows_uncounted" });
  assert.equal(stage.reviews.get(review.id)?.state, "pending");
  await stage.give(review, "ada", "deny");
  await client.until(isReady);
});

test("a held statement of the extended protocol is limited as well, and its pipeline is undone", async (context) => {
  const { client, rows, stage, held } = await limited(context, deletesWait);
  client.send(...bound("delete from items returning id"), syncFrame);
  await stage.give(await held("delete from items"), "ada", "approve", 1);
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages).slice(-3), ["row 1", "error 54000", "ready idle"]);
  assert.deepEqual(await rows(all), untouched);
});

test("a session that is lost before the gateway's COMMIT has changed nothing, and that is what is on record", async (context) => {
  const { client, gateway, rows, stage } = await limited(context);
  gateway.tap.cutAt("run", (sql) => sql.startsWith("delete from items"));
  await client.batch(encodeQuery("delete from items where id = 1"));
  const failed = await stage.until(() =>
    stage.records.find(({ type }) => type === "execution.failed"),
  );
  assert.equal(failed.body["detail"], "rolled back");
  assert.deepEqual(await rows(all), untouched);
});

test("a session that is lost at the gateway's COMMIT leaves an unknown outcome, told and on record", async (context) => {
  const { client, gateway, stage } = await limited(context);
  gateway.tap.cutAt("run", (sql) => sql === "commit");
  const messages = await client.batch(encodeQuery("delete from items where id = 1"));
  assert.deepEqual(inShort(messages), ["error 08007"]);
  assert.equal(errorOf(messages).told?.code, "outcome_unknown");
  await stage.until(() => stage.records.some(({ type }) => type === "execution.unknown"));
});

test("what runs when its client leaves is judged and committed all the same, or undone", async (context) => {
  for (const [sql, left] of [
    ["delete from items where id < 3 and pg_sleep(0.05) is not null", ["3,c"]],
    ["delete from items where pg_sleep(0.05) is not null", untouched],
  ] as const) {
    const scene = await limited(context);
    const sent = scene.gateway.tap.sent.length;
    scene.client.send(encodeQuery(sql));
    await scene.stage.until(() => scene.gateway.tap.sent.slice(sent).includes(sql));
    scene.client.destroy();
    await scene.gateway.sessionsEnded(1);
    const ended = await scene.stage.until(() =>
      scene.stage.records.find(({ type }) => /^execution\.(completed|failed)$/.test(type)),
    );
    assert.equal(ended.body["detail"], left === untouched ? "rows_exceeded" : "DELETE 2");
    assert.deepEqual(await scene.rows(all), left);
  }
});

test("a COPY FROM STDIN is undone with all of its data where it is too much", async (context) => {
  const { client, rows } = await limited(context);
  const load = async (...lines: readonly string[]) => {
    client.send(encodeQuery("copy items from stdin"));
    await client.until(({ kind }) => kind === "copy_in_response");
    return client.batch(...lines.map((line) => encodeCopyData(Buffer.from(line))), copyDoneFrame);
  };
  const much = await load("7\tg\n", "8\th\n", "9\ti\n");
  assert.deepEqual(inShort(much), ["error 54000", "ready idle"]);
  assert.match(errorOf(much).message ?? "", /would have touched 3 rows/);
  assert.deepEqual(await rows(all), untouched);
  assert.deepEqual(inShort(await load("7\tg\n", "8\th\n")), ["tag COPY 2", "ready idle"]);
  assert.deepEqual(await rows(all), [...untouched, "7,g", "8,h"]);
});

test("a client's cancel request stops what runs under a limit, and its transaction ends", async (context) => {
  const { client, rows, seen } = await limited(context);
  const sql = "delete from items where pg_sleep(600) is not null";
  client.send(encodeQuery(sql));
  // A server forgets a cancel request that comes before it has read the statement.
  await seen(`select from pg_stat_activity where state = 'active' and query = '${sql}'`);
  await client.cancel();
  assert.deepEqual(inShort(await client.until(isReady)), ["error 57014", "ready idle"]);
  assert.deepEqual(await rows(all), untouched);
  assert.deepEqual(inShort(await client.query("delete from items where id = 1")), [
    "tag DELETE 1",
    "ready idle",
  ]);
});
