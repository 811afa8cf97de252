/** A COPY FROM STDIN that does not come to its end, is too much, or is refused: nothing of it is loaded or kept, and its record says so. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { copyDataWaitMs } from "#/proxies/postgres/copy/collect.ts";
import {
  copyDoneFrame,
  encodeCopyFail,
  encodeQuery,
  syncFrame,
  terminateFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, quickstartRules, writesRun } from "./support/agent-scene.ts";
import { asked, begin, copyItems, data, extended, twoRows } from "./support/copy-in-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { inShort, isReady, toldBy, type WireClient } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** What no record tells of: looked at between turns of the event loop. */
async function turnsUntil(look: () => boolean): Promise<void> {
  while (!look()) await setImmediate();
}

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

test("data that is over in the midst of a message takes the rest of that message with it, and no more", async (context) => {
  const { client, gateway, stage, rows } = await openScene(context, postgres, writesRun);
  const long = data(`5\t${"x".repeat(200_000)}\n`);
  const beginLong = async (wire: WireClient, first = "") => {
    asked(await begin({ client: wire }, encodeQuery(copyItems)));
    const { taken } = gateway.tap;
    wire.send(data(first), long.subarray(0, 100_000));
    await stage.until(() => gateway.tap.taken > taken + 99_000);
  };
  const endLong = async (wire: WireClient) => {
    wire.send(long.subarray(100_000), copyDoneFrame);
    return inShort(await wire.query("select 1"));
  };

  await beginLong(client, "not a number\tx\n");
  assert.deepEqual(inShort(await client.until(isReady)), ["error 22P02", "ready idle"]);
  assert.deepEqual((await endLong(client)).slice(-2), ["tag SELECT 1", "ready idle"]);

  await beginLong(client);
  await client.cancel();
  const cancelled = await endLong(client);
  assert.deepEqual(cancelled, ["error 57014", "ready idle"]);
  assert.equal(inShort(await client.until(isReady)).at(-1), "ready idle");

  const leaver = await gateway.connect();
  await beginLong(leaver);
  leaver.destroy();
  await gateway.sessionsEnded(1);
  await stage.until(
    () => stage.records.filter(({ type }) => type === "execution.failed").length === 3,
  );
  assert.ok(!stage.records.some(({ type }) => type === "execution.unknown"));
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
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
