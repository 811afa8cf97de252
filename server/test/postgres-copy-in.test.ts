/** COPY FROM STDIN, allowed and held: what people see of its data is exactly what is loaded once they have approved it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { dataDigest } from "#/core/digest.ts";
import { holdMaxMs } from "#/enforcement/conformance/stage.ts";
import { readRows } from "#/proxies/postgres/copy/copy-rows.ts";
import { readCopyStatement } from "#/proxies/postgres/copy/copy-statement.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import {
  copyDoneFrame,
  encodeCopyFail,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, quickstartRules, writesRun } from "./support/agent-scene.ts";
import {
  asked,
  begin,
  copyItems,
  data,
  extended,
  shownText,
  twoRows,
} from "./support/copy-in-scene.ts";
import { testPostgresMajor } from "./support/other-postgres.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const allItems = "select id, name from items order by id";

test("an allowed COPY streams to the database as it comes, and its record holds what was loaded", async (context) => {
  const { client, gateway, rows, stage } = await openScene(context, postgres, writesRun);
  const response = asked(await begin({ client }, encodeQuery(copyItems)));
  assert.deepEqual([response.format, response.columnFormats], [0, [0, 0]]);
  client.send(data("4\td\n5\te"), data("\\\\\\tf\n"), copyDoneFrame);
  assert.deepEqual(inShort(await client.until(isReady)), ["tag COPY 2", "ready idle"]);
  assert.deepEqual((await rows(allItems)).slice(3), ["4,d", "5,e\\\tf"]);
  assert.equal(gateway.spools.bytes, 0);
  const { body } = await stage.until(() =>
    stage.records.find(({ type }) => type === "execution.completed"),
  );
  const allowed = stage.records.find(({ payload }) => payload?.["command"] === copyItems);
  const salt = allowed?.payload?.["salt"];
  assert(typeof salt === "string");
  const identity = { sha256: sha256(twoRows), bytes: twoRows.length };
  assert.equal(body["bytes"], twoRows.length);
  assert.equal(body["data"], dataDigest({ salt }, identity));
});

test("a held COPY waits with its data, shows what it is, and loads exactly that once it is approved", async (context) => {
  const { client, gateway, rows, held, stage, review } = await openScene(context, postgres);
  asked(await begin({ client }, encodeQuery(copyItems)));
  assert.ok(!gateway.tap.sent.includes(copyItems));
  client.send(data("4\td\n"), data("5\te\\\\\\tf\n"), copyDoneFrame);
  const waiting = await held(copyItems);
  assert.deepEqual(waiting.action.data, {
    format: "text",
    sha256: sha256(twoRows),
    bytes: twoRows.length,
    rows: 2,
    columns: ["id", "name"],
    firstRows: [
      { isCut: false, values: [shownText(23, "4"), shownText(25, "d")] },
      { isCut: false, values: [shownText(23, "5"), shownText(25, "e\\\tf")] },
    ],
  });
  assert.equal(gateway.spools.bytes, twoRows.length);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  await stage.give(waiting, "ada");
  assert.deepEqual(inShort(await client.until(isReady)), [
    "notice 00000",
    "tag COPY 2",
    "ready idle",
  ]);
  assert.deepEqual((await rows(allItems)).slice(3), ["4,d", "5,e\\\tf"]);
  assert.equal(gateway.tap.sent.filter((sql) => sql === copyItems).length, 1);
  assert.equal(gateway.spools.bytes, 0);
  await review(copyItems, ({ execution }) => execution?.detail === "COPY 2");
});

test("a held COPY through the extended protocol hears everything once, with a Sync or Flush ahead of its data", async (context) => {
  const { client, approveAll, rows } = await openScene(context, postgres);
  approveAll();
  for (const [at, ahead] of [[], [flushFrame], [syncFrame], [flushFrame, syncFrame]].entries()) {
    const messages = await begin({ client }, ...extended(copyItems), ...ahead);
    assert.deepEqual(inShort(messages), [
      "parse_complete",
      "bind_complete",
      "no_data",
      "copy_in_response",
    ]);
    client.send(data(`${at + 10}\tx\n`), copyDoneFrame, syncFrame);
    assert.deepEqual(inShort(await client.until(isReady)), [
      "notice 00000",
      "tag COPY 1",
      "ready idle",
    ]);
  }
  assert.deepEqual(await rows("select count(*) from items"), ["7"]);
});

test("an allowed COPY through the extended protocol runs in its pipeline", async (context) => {
  const { client, rows } = await openScene(context, postgres, writesRun);
  const messages = await begin({ client }, ...extended(copyItems), syncFrame);
  assert.deepEqual(inShort(messages), [
    "parse_complete",
    "bind_complete",
    "no_data",
    "copy_in_response",
  ]);
  client.send(data("4\td\n"), flushFrame, copyDoneFrame, ...extended("select 1"), syncFrame);
  assert.deepEqual(inShort(await client.until(isReady)), [
    "tag COPY 1",
    "parse_complete",
    "bind_complete",
    "row_description",
    "row 1",
    "tag SELECT 1",
    "ready idle",
  ]);
  // What fails behind it takes it back.
  asked(await begin({ client }, ...extended(copyItems)));
  client.send(data("5\te\n"), copyDoneFrame, ...extended("select 1/0"), syncFrame);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 22012", "ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["4"]);
});

test("data that is sent without waiting for the request is taken all the same", async (context) => {
  for (const rules of [writesRun, quickstartRules]) {
    const { client, approveAll, rows } = await openScene(context, postgres, rules);
    approveAll();
    client.send(encodeQuery(copyItems), data("4\td\n"), copyDoneFrame, encodeQuery("select 1"));
    const copied = inShort(await client.until(isReady));
    assert.deepEqual(
      copied.filter((each) => !each.startsWith("notice")),
      ["copy_in_response", "tag COPY 1", "ready idle"],
    );
    assert.equal(inShort(await client.until(isReady)).at(-1), "ready idle");
    assert.deepEqual(await rows("select count(*) from items"), ["4"]);
  }
});

test("an approved COPY in a transaction is loaded when that is committed", async (context) => {
  const { client, approveAll, rows, review } = await openScene(context, postgres);
  approveAll();
  await client.query("begin");
  asked(await begin({ client }, encodeQuery(copyItems)));
  client.send(data(twoRows), copyDoneFrame);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), [
    "tag COPY 2",
    "ready transaction",
  ]);
  await review(copyItems, ({ execution }) => execution?.state === "executed_uncommitted");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  await client.query("commit");
  await review(copyItems, ({ execution }) => execution?.state === "executed");
  assert.deepEqual(await rows("select count(*) from items"), ["5"]);
});

test("whoever comes back with the same data finds the review, and with other data does not", async (context) => {
  const { client, held, stage, gateway, review, rows } = await openScene(context, postgres);
  const copy = async (wire: WireClient, ...parts: readonly string[]) => {
    asked(await begin({ client: wire }, encodeQuery(copyItems)));
    wire.send(...parts.map(data), copyDoneFrame);
  };
  await copy(client, "4\td\n", "5\te\n");
  const first = await held(copyItems);
  await client.until(({ kind }) => kind === "notice_response");
  stage.clock.advance(holdMaxMs);
  const messages = await client.until(isReady);
  assert.equal(toldBy(messages.at(-2) ?? assert.fail())?.code, "pending_review");
  assert.equal(gateway.spools.bytes, 0);
  await stage.give(await review(copyItems, ({ caller }) => caller === null), "ada");
  const other = await gateway.connect();
  await copy(other, "4\td\n", "5\tE\n");
  const second = await held(copyItems);
  assert.notEqual(second.id, first.id);
  await other.cancel();
  await other.until(isReady);
  // Cut in another way it is the same data.
  await copy(client, "4\t", "d\n5\te\n");
  assert.deepEqual(inShort(await client.until(isReady)), ["tag COPY 2", "ready idle"]);
  assert.deepEqual((await rows(allItems)).slice(3), ["4,d", "5,e"]);
  const used = await review(copyItems, ({ execution }) => execution?.state === "executed");
  assert.equal(used.id, first.id);
});

test("formats and columns of the request are the statement's, or the table's without what can't be filled", async (context) => {
  const { client, rows } = await openScene(context, postgres);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(`
      drop table if exists wide;
      create table wide (a int, gone int, "B c" text, double int generated always as (a * 2) stored);
      alter table wide drop column gone;
      alter table wide owner to ${postgres.user};
      create temporary table unseen (a int)`);
  });
  const shapes: readonly (readonly [string, number, number])[] = [
    ["copy wide from stdin", 0, 2],
    ['copy public.wide ("B c") from stdin csv header', 0, 1],
    ["copy wide (a) from stdin (format binary)", 1, 1],
    ["copy binary wide from stdin", 1, 2],
  ];
  for (const [sql, format, columns] of shapes) {
    const response = asked(await begin({ client }, encodeQuery(sql)));
    assert.equal(response.format, format, sql);
    assert.deepEqual(response.columnFormats, Array<number>(columns).fill(format), sql);
    client.send(encodeCopyFail("enough"));
    const messages = await client.until(isReady);
    assert.deepEqual(inShort(messages), ["error 57014", "ready idle"]);
  }
  const refusals: readonly (readonly [string, string])[] = [
    ["copy nowhere from stdin", "42P01"],
    ["copy unseen from stdin", "42P01"],
    ["copy wide (b) from stdin", "42703"],
    ["copy wide (double) from stdin", "42P10"],
    ["copy wide from stdin (encoding 'latin1')", "42501"],
    ["copy wide from stdin (delimiter 'ab')", "42501"],
  ];
  for (const [sql, code] of refusals) {
    assert.deepEqual(inShort(await client.query(sql)), [`error ${code}`, "ready idle"], sql);
  }
  assert.deepEqual(await rows("select count(*) from wide"), ["0"]);
});

test("a temporary table of the session's is filled like any other", async (context) => {
  const { client, approveAll } = await openScene(context, postgres);
  approveAll();
  await client.query("create temporary table mine (x int, y int)");
  for (const name of ["mine", "pg_temp.mine"]) {
    const response = asked(await begin({ client }, encodeQuery(`copy ${name} from stdin`)));
    assert.equal(response.columnFormats.length, 2);
    client.send(data("1\t2\n"), copyDoneFrame);
    assert.equal(inShort(await client.until(isReady)).at(-2), "tag COPY 1");
  }
});

test("a CopyData message of any length passes, allowed or held", async (context) => {
  const long = "x".repeat(3 * 1024 * 1024);
  for (const rules of [writesRun, quickstartRules]) {
    const { client, approveAll, rows } = await openScene(context, postgres, rules);
    approveAll();
    asked(await begin({ client }, encodeQuery(copyItems)));
    client.send(data(`4\t${long}\n`), copyDoneFrame);
    assert.equal(inShort(await client.until(isReady)).at(-2), "tag COPY 1");
    assert.deepEqual(await rows("select length(name) from items where id = 4"), [
      String(long.length),
    ]);
  }
});

test("what is loaded is byte for byte what was sent, also faster than the database takes it, allowed or held", async (context) => {
  for (const [rules, count] of [
    [writesRun, 8000],
    [quickstartRules, 2000],
  ] as const) {
    const lines = Array.from({ length: count }, (_, at) => {
      const name = sha256(`${at}`).repeat(16);
      return `${at + 10}\t${name}\n`;
    });
    const { client, approveAll, rows } = await openScene(context, postgres, rules);
    approveAll();
    asked(await begin({ client }, encodeQuery(copyItems)));
    client.send(...lines.map(data), copyDoneFrame);
    assert.equal(inShort(await client.until(isReady)).at(-2), `tag COPY ${count}`);
    const loaded = "string_agg(id || e'\\t' || name || e'\\n', '' order by id)";
    assert.deepEqual(await rows(`select md5(${loaded}) from items where id >= 10`), [
      createHash("md5").update(lines.join("")).digest("hex"),
    ]);
  }
});

test("data beyond memory is kept in a file without a name, and loaded whole", async (context) => {
  const { client, gateway, held, stage, rows } = await openScene(context, postgres);
  asked(await begin({ client }, encodeQuery(copyItems)));
  const lines = Array.from({ length: 20_000 }, (_, at) => `${at + 10}\t${"y".repeat(80)}\n`);
  client.send(...lines.map(data), copyDoneFrame);
  const waiting = await held(copyItems);
  assert.equal(waiting.action.data?.rows, lines.length);
  assert.equal(waiting.action.data?.sha256, sha256(lines.join("")));
  assert.deepEqual(await gateway.spools.files(), []);
  await stage.give(waiting, "ada");
  assert.equal(inShort(await client.until(isReady)).at(-2), `tag COPY ${lines.length}`);
  assert.deepEqual(await rows("select count(*), sum(id) from items"), ["20003,200190006"]);
});

/** Marks that could be mistaken for an end of a line, and little else. */
const lineText = fc
  .array(fc.constantFrom("\n", "\r", "\r\n", "\\", '"', "'", ".", "\\.", "a", "\\N", ","), {
    maxLength: 14,
  })
  .map((parts) => parts.join(""));

test("rows are counted as the database counts them, for any data that it takes", async (context) => {
  const { client } = await openScene(context, postgres, writesRun);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query("drop table if exists lines; create table lines (line text)");
    await superuser.query(`alter table lines owner to ${postgres.user}`);
  });
  const classifier = await createClassifier({ bytesMax: 1024 * 1024 });
  const csvEndsAtMark = (await testPostgresMajor()) < 18;
  let taken = 0;
  for (const options of [
    "(delimiter '|')",
    "(format csv, delimiter '|')",
    "(format csv, delimiter '|', header, escape '\\')",
    "(format csv, delimiter '|', quote '''')",
  ]) {
    const sql = `copy lines from stdin ${options}`;
    const statement = readCopyStatement(classifier.trees(sql));
    assert(typeof statement === "object");
    await fc.assert(
      fc.asyncProperty(lineText, async (lines) => {
        asked(await begin({ client }, encodeQuery(sql)));
        client.send(data(lines), copyDoneFrame);
        const [answer] = inShort(await client.until(isReady));
        if (answer?.startsWith("tag COPY ") !== true) return;
        const reader = readRows({ ...statement.data, csvEndsAtMark });
        reader.push(Buffer.from(lines));
        taken += 1;
        assert.equal(`tag COPY ${reader.end().rows}`, answer, JSON.stringify([options, lines]));
      }),
      { numRuns: 60 },
    );
  }
  assert.ok(taken > 80, `${taken} were taken`);
});
