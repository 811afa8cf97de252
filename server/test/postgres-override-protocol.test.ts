/** An edit in the protocol's own terms: parameters, columns that were described, portals, pipelines and transactions stay what the client was told. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, type Scene } from "./support/agent-scene.ts";
import { answered, connectPg, edit, ended, refusedWith, writesWait } from "./support/edit-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const statement = "update items set name = $1 where id = $2 returning id, name";

test("parameters of the extended protocol are edited, and all that the client was told stays true", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const { client, notices } = await connectPg(context, scene);
  const done = client.query(statement, ["z", 1]);
  const held = await scene.held("update items");
  await assert.rejects(
    edit(scene, held, "ada", { command: "update items set name = 'y' where id = 2 returning id" }),
    refusedWith("review.override_refused", /other columns/),
  );
  await assert.rejects(
    edit(scene, held, "ada", {
      command: "update items set name = 'y'; select 1 as id, 'x' as name",
    }),
    refusedWith("review.override_refused", /one statement/),
  );
  await assert.rejects(
    edit(scene, held, "ada", { command: `${statement} -- $3`, parameters: ["z"] }),
    refusedWith("review.override_refused", /1 are given/),
  );
  await assert.rejects(
    edit(scene, held, "ada", {
      command: "update items set name = $3 where id = $2 returning id, name",
    }),
    refusedWith("review.override_refused", /\$3/),
  );
  const { review, counted } = await edit(scene, held, "ada", { parameters: ["z", "2"] });
  assert.equal(counted, false, "another value is no narrowing");
  await scene.stage.give(review, "bob");
  assert.deepEqual((await done).rows, [{ id: 2, name: "z" }]);
  assert.match(notices.at(-1)?.message ?? "", /instead \(with the values that the review shows\)/);
  // The session goes on as if nothing had been.
  assert.deepEqual((await client.query("select name from items where id = $1", [1])).rows, [
    { name: "a" },
  ]);
});

test("an edit leaves out parameters, keeps those that it uses, and narrows with them", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const { client } = await connectPg(context, scene);
  const first = client.query("delete from items where id > $1", [0]);
  const narrowed = await edit(scene, await scene.held("id > $1"), "ada", {
    command: "delete from items where id > $1 and name = 'b'",
  });
  assert.deepEqual([narrowed.review.state, narrowed.counted], ["approved", true]);
  assert.equal((await first).rowCount, 1);
  const second = client.query(statement, ["y", 1]);
  const fewer = await edit(scene, await scene.held("set name = $1"), "ada", {
    command: "update items set name = $1 where id = 1 returning id, name",
  });
  assert.equal(fewer.review.action.parameters.length, 1);
  await scene.stage.give(fewer.review, "bob");
  assert.deepEqual((await second).rows, [{ id: 1, name: "y" }]);
});

const describeStatement = encodeDescribe("statement", "s");

async function describedAndBound(
  scene: Scene,
  sql: string,
  values: readonly Buffer[],
  format: 0 | 1 = 0,
): Promise<readonly BackendMessage[]> {
  const { client } = scene;
  const described = await client.batch(parse(sql, "s"), describeStatement, syncFrame);
  client.send(
    encodeBind({
      portal: "p",
      statement: "s",
      parameterFormats: [format],
      parameters: values,
      resultFormats: [1],
    }),
    encodeExecute("p", 1),
    encodeExecute("p", 0),
    syncFrame,
  );
  return described;
}

const int4 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

test("what was described before is decoded as it was told: same columns, the client's formats, its rows at a time", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const sql = "delete from items where id >= $1 returning id";
  await describedAndBound(scene, sql, [int4(2)], 1);
  const held = await scene.held("delete from items");
  assert.equal(held.action.parameters[0]?.format, "binary");
  const { review, counted } = await edit(scene, held, "ada", {
    command: "delete from items where id >= $1 and id < 9 returning id",
  });
  assert.deepEqual([review.state, counted], ["approved", true]);
  const messages = await scene.client.until(isReady);
  assert.deepEqual(
    messages.map(({ kind }) => kind),
    [
      "notice_response",
      "notice_response",
      "bind_complete",
      "data_row",
      "portal_suspended",
      "data_row",
      "command_complete",
      "ready_for_query",
    ],
  );
  const [row] = messages.filter((message) => message.kind === "data_row");
  assert(row?.kind === "data_row");
  assert.deepEqual(row.values, [int4(2)], "in the binary format that the client asked for");
});

test("a binary value does not become a value of another type", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  await describedAndBound(
    scene,
    "delete from items where id = $1 returning id",
    [int4(0x61616161)],
    1,
  );
  const held = await scene.held("delete from items");
  await assert.rejects(
    edit(scene, held, "ada", { command: "delete from items where name = $1 returning id" }),
    refusedWith("review.override_refused", /\$1 is a binary value/),
  );
  const { review } = await edit(scene, held, "ada", {
    command: "delete from items where name = $1 returning id",
    parameters: ["b"],
  });
  await scene.stage.give(review, "bob");
  assert.ok(inShort(await scene.client.until(isReady)).every((each) => !each.startsWith("error")));
  assert.deepEqual(await scene.rows("select id from items order by id"), ["1", "3"]);
});

for (const [why, command, sqlstate] of [
  ["other columns", "delete from items where id in (select 1) returning name", "0A000"],
  [
    "the database refuses",
    "delete from items where id in (select no_such_column) returning id",
    "42703",
  ],
] as const) {
  test(`inside a transaction an edit with ${why} is an error when it would run, and nothing runs`, async (context) => {
    const scene = await openScene(context, postgres, writesWait("1 of dba"));
    await scene.client.query("begin");
    await describedAndBound(scene, "delete from items where id = $1 returning id", [
      Buffer.from("1"),
    ]);
    const held = await scene.held("delete from items");
    const { review } = await edit(scene, held, "ada", { command });
    await scene.stage.give(review, "bob");
    const messages = await scene.client.until(isReady);
    assert.deepEqual(answered(messages), [`error ${sqlstate}`, "ready failed"]);
    const told = messages.filter(({ kind }) => kind === "error_response").map(toldBy)[0];
    assert.equal(told?.code, "override_failed");
    const failed = await ended(scene, held);
    assert.equal(failed.execution?.state, "failed");
    assert.deepEqual(inShort(await scene.client.query("rollback")), ["tag ROLLBACK", "ready idle"]);
    assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
    assert.ok(inShort(await scene.client.query("select 1")).includes("row 1"));
  });
}

test("inside a transaction an edit that fits runs in it, and is done once it is committed", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  await scene.client.query("begin");
  await describedAndBound(scene, "delete from items where id = $1 returning id", [
    Buffer.from("1"),
  ]);
  const held = await scene.held("delete from items");
  const { review } = await edit(scene, held, "ada", { parameters: ["2"] });
  await scene.stage.give(review, "bob");
  assert.ok(inShort(await scene.client.until(isReady)).includes("ready transaction"));
  assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
  await scene.client.query("commit");
  const { execution } = await ended(scene, held);
  assert.equal(execution?.state, "executed");
  assert.deepEqual(await scene.rows("select id from items order by id"), ["1", "3"]);
});

test("a pipeline that goes on behind an edit is answered in its order", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const run = (sql: string) => [
    parse(sql),
    bind(),
    encodeDescribe("portal", ""),
    encodeExecute(""),
  ];
  scene.client.send(...run("delete from items"), ...run("select count(*) from items"), syncFrame);
  const held = await scene.held("delete from items");
  await edit(scene, held, "ada", { command: "delete from items where id = 2" });
  assert.deepEqual(inShort(await scene.client.until(isReady)), [
    "parse_complete",
    "notice 00000",
    "notice 01000",
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

test("the database's statement_timeout does not run while an edit of what is bound waits", async (context) => {
  const setTimeoutTo = (value: string) =>
    asSuperuser(postgres, (superuser) => superuser.query(`alter role ${postgres.user} ${value}`));
  await setTimeoutTo("set statement_timeout = '300ms'");
  context.after(() => setTimeoutTo("reset statement_timeout"));
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(parse("delete from items where id = 1"), bind(), encodeExecute(""), syncFrame);
  const held = await scene.held("delete from items");
  const command = "delete from items where id in (select 2)";
  const { review } = await edit(scene, held, "ada", { command });
  await scene.seen(`select from pg_stat_activity where usename = '${postgres.user}'
    and clock_timestamp() - state_change > interval '700 ms'`);
  await scene.stage.give(review, "bob");
  const messages = await scene.client.until(isReady);
  assert.deepEqual(answered(messages).slice(-2), ["tag DELETE 1", "ready idle"]);
});
