/** Pipelines that read first and write then, as the pipeline modes of libpq, psycopg and pgx send them. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import {
  encodeDescribe,
  encodeExecute,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { hideWrites, openScene, quickstartRules, writesRun } from "./support/agent-scene.ts";
import { bind, parse, run } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

async function openViews(context: TestContext, rules = writesRun) {
  await hideWrites(context, postgres);
  await asSuperuser(postgres, (superuser) => superuser.query("drop operator === (int, int)"));
  const scene = await openScene(context, postgres, rules);
  await asSuperuser(postgres, (superuser) =>
    superuser.query("create view names as select name from items; grant select on names to public"),
  );
  return scene;
}

const names = "select count(*) from names";
const write = "delete from items where id = 1 returning name";

/** What is said of a pipeline in parts: the first up to the tag behind its Flush, the last up to its Sync. */
async function inParts(client: WireClient, ...parts: readonly (readonly Buffer[])[]) {
  const said: string[] = [];
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    client.send(...part, isLast ? syncFrame : flushFrame);
    const isEnd = ({ kind }: { readonly kind: string }) => kind === "command_complete";
    said.push(...inShort(await client.until(isLast ? isReady : isEnd)));
  }
  return said.filter((each) => /^(?:row|tag|error|ready) /.test(each));
}

test("what writes behind a Flush runs where only reads ran before, and its pipeline ends as one", async (context) => {
  const { client, rows, stage } = await openViews(context);
  const first = await inParts(client, run(names), run(write), run("select 7"));
  assert.deepEqual(first, [
    "row 3",
    "tag SELECT 1",
    "row a",
    "tag DELETE 1",
    "row 7",
    "tag SELECT 1",
    "ready idle",
  ]);
  const failed = await inParts(
    client,
    run("show server_version_num"),
    [...run("delete from items where id = 2"), ...run("select 1 / 0")],
    run(names),
  );
  assert.deepEqual(failed.slice(-2), ["error 22012", "ready idle"]);
  assert.deepEqual(await rows("select id from items order by 1"), ["2", "3"]);
  assert.equal(stage.reviews.size, 0);
});

test("a read that may write is locked in front of what writes in one pipeline, and waits for nobody", async (context) => {
  const { client, rows, stage } = await openViews(context);
  const answer = await client.batch(...run(names), ...run(names), ...run(write), syncFrame);
  assert.deepEqual(
    inShort(answer).filter((said) => /^(?:row|tag|ready) /.test(said)),
    ["row 3", "tag SELECT 1", "row 3", "tag SELECT 1", "row a", "tag DELETE 1", "ready idle"],
  );
  assert.equal(stage.reviews.size, 0);
  const sneaked = await client.batch(
    ...run("select * from hidden.sneaky"),
    ...run("delete from items"),
    syncFrame,
  );
  assert.deepEqual(inShort(sneaked).slice(-2), ["error 25006", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from hidden.traces"), ["0"]);
  assert.deepEqual(await rows("select id from items order by 1"), ["2", "3"]);
  // What was read is on record as done.
  const done = () => stage.records.filter(({ type }) => type === "execution.completed");
  await stage.until(() => done().length >= 3);
});

test("what people are asked about waits behind such a read, which is answered at once", async (context) => {
  const { client, approve, rows, stage } = await openViews(context, quickstartRules);
  client.send(...run(names), ...run(write), syncFrame);
  await client.until(({ kind }) => kind === "command_complete");
  await approve("delete from items");
  assert.deepEqual(inShort(await client.until(isReady)).slice(-3), [
    "row a",
    "tag DELETE 1",
    "ready idle",
  ]);
  assert.equal(stage.reviews.size, 1);
  assert.deepEqual(await rows("select id from items order by 1"), ["2", "3"]);
});

test("nothing is parted where it could be told: snapshots for a transaction, settings, locks of its own, open portals, transaction control", async (context) => {
  const { client, rows } = await openViews(context);
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create function hidden.alone() returns int language plpgsql security definer as
      'begin perform pg_advisory_xact_lock(7); return 1; end';
      create view alone as select hidden.alone(); grant select on alone to public;
      grant usage on schema hidden to public`),
  );
  const refused = ["error 0A000", "ready idle"];
  const whole: readonly (readonly (readonly Buffer[])[])[] = [
    [run("select set_config('statement_timeout', '9s', true)"), run(write)],
    [run("set local statement_timeout = '9s'"), run(write)],
    [run("select * from alone"), run(write)],
    [run(names), run("begin")],
    [run(names), run("commit")],
    [[parse("select id from items"), bind([], "p"), encodeExecute("p")], run(write)],
    [run(names), [parse(write), bind([], "p"), encodeExecute("p")]],
  ];
  for (const parts of whole) {
    assert.deepEqual((await inParts(client, ...parts)).slice(-2), refused);
  }
  await client.query("set default_transaction_isolation to 'repeatable read'");
  assert.deepEqual((await inParts(client, run(names), run(write))).slice(-2), refused);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("what a driver asks behind the Parse of a write, before it binds it, is a read like any other", async (context) => {
  const { client, stage, approveAll } = await openScene(context, postgres);
  const insert = "insert into items values (7, 'g')";
  const look = "select set_config('jit', 'off', false)";
  const described = ({ kind }: { readonly kind: string }) =>
    kind === "row_description" || kind === "no_data";
  client.send(parse(insert, "insert"), encodeDescribe("statement", "insert"), flushFrame);
  await client.until(described);
  client.send(parse(look, "look"), encodeDescribe("statement", "look"), flushFrame);
  await client.until(described);
  client.send(bind([], "", "look"), encodeExecute(""), syncFrame);
  assert.deepEqual(inShort(await client.until(isReady)), [
    "bind_complete",
    "row off",
    "tag SELECT 1",
    "ready idle",
  ]);
  assert.equal(stage.reviews.size, 0);
  approveAll();
  client.send(bind([], "", "insert"), encodeExecute(""), syncFrame);
  const answer = inShort(await client.until(isReady));
  assert.deepEqual(answer.slice(-2), ["tag INSERT 0 1", "ready idle"]);
  // What it has prepared by then, it binds at once.
  client.send(parse(insert, "again"), encodeDescribe("statement", "again"), flushFrame);
  await client.until(described);
  client.send(bind([], "", "look"), encodeExecute(""), syncFrame);
  await client.until(isReady);
  assert.equal(stage.reviews.size, 1);
  client.send(parse("insert into nowhere values (1)"), parse(look), bind(), syncFrame);
  assert.deepEqual(inShort(await client.until(isReady)), ["error 42P01", "ready idle"]);
});
