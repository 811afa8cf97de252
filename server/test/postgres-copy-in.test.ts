/** COPY FROM STDIN, message by message, against a real database: allowed, held, refused, and left in the midst. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { dataDigest } from "#/core/digest.ts";
import { holdMaxMs } from "#/enforcement/conformance/stage.ts";
import { copyDataWaitMs } from "#/proxies/postgres/copy/collect.ts";
import { readRows } from "#/proxies/postgres/copy/copy-rows.ts";
import { readCopyStatement } from "#/proxies/postgres/copy/copy-statement.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeCopyFail,
  encodeDescribe,
  encodeExecute,
  encodeQuery,
  flushFrame,
  syncFrame,
  terminateFrame,
} from "#/proxies/postgres/wire/codec-frontend.ts";
import { openScene, quickstartRules, type Scene, writesRun } from "./support/agent-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { testPostgresMajor } from "./support/other-postgres.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const copyItems = "copy items from stdin";
const twoRows = "4\td\n5\te\\\\\\tf\n";
const data = (text: string) => encodeCopyData(Buffer.from(text));
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const extended = (sql: string) => [
  parse(sql),
  bind(),
  encodeDescribe("portal", ""),
  encodeExecute(""),
];
const allItems = "select id, name from items order by id";

/** Resolves with what came up to the request for data. */
const untilAsked = (client: WireClient) =>
  client.until(({ kind }) => kind === "copy_in_response" || kind === "error_response");

async function begin({ client }: Pick<Scene, "client">, ...frames: readonly Uint8Array[]) {
  client.send(...frames);
  return untilAsked(client);
}

/** What no record tells of: looked at between turns of the event loop. */
async function turnsUntil(look: () => boolean): Promise<void> {
  while (!look()) await setImmediate();
}

const asked = (messages: readonly BackendMessage[]) => {
  const message = messages.at(-1);
  return message?.kind === "copy_in_response" ? message : assert.fail(inShort(messages).join());
};

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
      { isCut: false, values: [text(23, "4"), text(25, "d")] },
      { isCut: false, values: [text(23, "5"), text(25, "e\\\tf")] },
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

function text(type: number, value: string) {
  return { type, format: "text", bytes: Buffer.from(value).toString("base64") };
}

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

test("what policy denies is refused before any data is asked for", async (context) => {
  const { client, gateway } = await openScene(
    context,
    postgres,
    `@id("none") forbid (principal, action, resource) when { context has kinds && context.kinds.contains("copy_from") };`,
  );
  assert.deepEqual(inShort(await client.query(copyItems)), ["error 42501", "ready idle"]);
  assert.deepEqual(inShort(await client.batch(...extended(copyItems), syncFrame)), [
    "error 42501",
    "ready idle",
  ]);
  assert.ok(!gateway.tap.parsed.includes(copyItems));
});

test("a denied COPY hears so after its data, loads nothing, and leaves its transaction failed", async (context) => {
  const { client, gateway, held, stage, rows } = await openScene(context, postgres);
  await client.query("begin");
  asked(await begin({ client }, encodeQuery(copyItems)));
  client.send(data(twoRows), copyDoneFrame);
  await stage.give(await held(copyItems), "ada", "deny");
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages), ["notice 00000", "error 42501", "ready failed"]);
  assert.equal(messages.map(toldBy).findLast((told) => told !== null)?.code, "denied_by_reviewer");
  assert.equal(gateway.spools.bytes, 0);
  await client.query("rollback");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.ok(!gateway.tap.sent.includes(copyItems));
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

test("more data than is kept for people is refused with a code at once, and the session goes on", async (context) => {
  const limits = { copyBytesMax: 100_000, spoolBytesMax: 150_000 };
  const { client, gateway, stage, held } = await openScene(
    context,
    postgres,
    quickstartRules,
    "none",
    limits,
  );
  const load = async (wire: WireClient, bytes: number) => {
    asked(await begin({ client: wire }, encodeQuery(copyItems)));
    wire.send(...Array.from({ length: bytes / 10_000 }, () => data(`${"x".repeat(9_999)}\n`)));
  };
  await load(client, 110_000);
  const messages = await client.until(isReady);
  assert.deepEqual(inShort(messages), ["error 54000", "ready idle"]);
  assert.equal(toldBy(messages[0] ?? assert.fail())?.code, "data_too_large");
  assert.equal(gateway.spools.bytes, 0);
  const denied = stage.records.findLast(({ type }) => type === "action.denied");
  assert.match(JSON.stringify(denied?.payload), /limits\.copyBytesMax/);
  // What the client still sends of it is ignored.
  client.send(data("x\n"), copyDoneFrame);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");

  await load(client, 90_000);
  client.send(copyDoneFrame);
  await held(copyItems);
  const other = await gateway.connect();
  await load(other, 90_000);
  const crowded = await other.until(isReady);
  assert.deepEqual(inShort(crowded), ["error 53400", "ready idle"]);
  assert.equal(toldBy(crowded[0] ?? assert.fail())?.code, "data_not_kept");
  assert.equal(gateway.spools.bytes, 90_000);
});

test("the client's cancel, failure, silence, leaving or nonsense in the midst keeps nothing and asks nobody", async (context) => {
  const { client, gateway, stage } = await openScene(context, postgres);
  const ways: readonly ((wire: WireClient) => Promise<string>)[] = [
    async (wire) => {
      wire.send(encodeCopyFail("I changed my mind"));
      const [error] = await wire.until(isReady);
      return error?.kind === "error_response" ? (error.fields.message ?? "") : "";
    },
    async (wire) => {
      await wire.cancel();
      return inShort(await wire.until(isReady)).join();
    },
    async (wire) => {
      stage.clock.advance(copyDataWaitMs);
      return inShort(await wire.until(isReady)).join();
    },
    async (wire) => {
      wire.send(terminateFrame);
      return inShort(await wire.until(isReady)).join();
    },
    async (wire) => {
      wire.send(encodeQuery("select 1"));
      return inShort(await wire.until(isReady)).join();
    },
    async (wire) => {
      wire.destroy();
      return "";
    },
  ];
  const heard: string[] = [];
  for (const way of ways) {
    const wire = await gateway.connect();
    asked(await begin({ client: wire }, encodeQuery(copyItems)));
    wire.send(data(twoRows));
    await turnsUntil(() => gateway.spools.bytes > 0);
    heard.push(await way(wire));
    await turnsUntil(() => gateway.spools.bytes === 0);
  }
  assert.deepEqual(heard, [
    "COPY from stdin failed: I changed my mind",
    "error 57014,ready idle",
    "error 57014,ready idle",
    "",
    "error 08P01",
    "",
  ]);
  assert.equal(stage.reviews.size, 0);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("an allowed COPY that is failed, cancelled or left in the midst loads nothing, and its record says so", async (context) => {
  const { client, gateway, stage, rows } = await openScene(context, postgres, writesRun);
  const failures = () => stage.records.filter(({ type }) => type === "execution.failed").length;
  const ways: readonly ((wire: WireClient) => Promise<unknown>)[] = [
    async (wire) => {
      wire.send(encodeCopyFail("I changed my mind"));
      assert.deepEqual(inShort(await wire.until(isReady)), ["error 57014", "ready idle"]);
    },
    async (wire) => {
      await wire.cancel();
      assert.deepEqual(inShort(await wire.until(isReady)), ["error 57014", "ready idle"]);
    },
    async (wire) => {
      wire.send(data("not a number\tx\n"), data(twoRows));
      assert.deepEqual(inShort(await wire.until(isReady)), ["error 22P02", "ready idle"]);
    },
    async (wire) => {
      wire.send(encodeQuery("select 1"));
      assert.deepEqual(inShort(await wire.until(isReady)), ["error 08P01"]);
    },
    async (wire) => wire.send(terminateFrame),
    async (wire) => wire.destroy(),
  ];
  for (const [at, way] of ways.entries()) {
    const wire = await gateway.connect();
    asked(await begin({ client: wire }, encodeQuery(copyItems)));
    wire.send(data(twoRows));
    await way(wire);
    await stage.until(() => failures() === at + 1);
  }
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.ok(!stage.records.some(({ type }) => type === "execution.unknown"));
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("after an error of the database the rest of the data is ignored, in both protocols", async (context) => {
  const { client, rows } = await openScene(context, postgres, writesRun);
  asked(await begin({ client }, encodeQuery(copyItems)));
  client.send(data("not a number\tx\n"), ...Array.from({ length: 50 }, () => data(twoRows)));
  assert.deepEqual(inShort(await client.until(isReady)), ["error 22P02", "ready idle"]);
  client.send(data(twoRows), copyDoneFrame);
  asked(await begin({ client }, ...extended(copyItems)));
  client.send(data("not a number\tx\n"));
  assert.deepEqual(inShort(await client.until(({ kind }) => kind === "error_response")), [
    "error 22P02",
  ]);
  client.send(data(twoRows), copyDoneFrame, ...extended("select 1"), syncFrame);
  assert.deepEqual(inShort(await client.until(isReady)), ["ready idle"]);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("an approved COPY that the database refuses is a failed execution", async (context) => {
  const { client, approveAll, review, rows } = await openScene(context, postgres);
  approveAll();
  asked(await begin({ client }, encodeQuery(copyItems)));
  client.send(data("4\td\n4\td\n"), copyDoneFrame);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), ["error 23505", "ready idle"]);
  await review(copyItems, ({ execution }) => execution?.state === "failed");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
});

test("an approved COPY whose database is lost before it has its data has not run, and nothing of it is kept", async (context) => {
  const one = '@review("1 of dba")';
  const limited = quickstartRules.replace(one, `${one} @max_rows("100")`);
  for (const rules of [quickstartRules, limited]) {
    const scene = await openScene(context, postgres, rules);
    const { client, gateway, held, stage, review } = scene;
    asked(await begin({ client }, encodeQuery(copyItems)));
    client.send(data(twoRows), copyDoneFrame);
    const waiting = await held(copyItems);
    gateway.tap.cutAt("run", (sql) => sql === copyItems);
    await stage.give(waiting, "ada");
    await client.until(() => false);
    await review(copyItems, ({ execution }) => execution?.state === "failed");
    await turnsUntil(() => gateway.spools.bytes === 0);
    assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
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
