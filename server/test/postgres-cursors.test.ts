/**
 * Held statements of clients that bind first, hear of it, and execute later, as drivers open cursors: people are
 * asked when it is bound, and what they approve is what is executed next, or nothing.
 */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import Cursor from "pg-cursor";
import type { PersonId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { nothingMasked } from "#/enforcement/conformance/stage.ts";
import { override } from "#/enforcement/override.ts";
import { executeAwaitedMs } from "#/proxies/postgres/session/extended/awaited-execute.ts";
import {
  encodeClose,
  encodeExecute,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene, quickstartRules, type Scene } from "./support/agent-scene.ts";
import { bind, describePortal, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const sql = "delete from items where id > $1 returning id";
async function ended({ stage }: Scene, { id }: Review): Promise<Review> {
  return stage.until(() => {
    const review = stage.reviews.get(id);
    return typeof review?.execution?.finishedAt === "number" && review;
  });
}

async function outcomeOf(scene: Scene, review: Review): Promise<string> {
  const { execution } = await ended(scene, review);
  return `${execution?.state} ${execution?.detail}`;
}

/** Parsed, bound and described, approved, and heard of: what is left is to execute it. */
async function openApproved(context: TestContext, portal = "") {
  const scene = await openScene(context, postgres);
  scene.client.send(parse(sql), bind(["1"], portal), describePortal(portal), flushFrame);
  const review = await scene.approve(sql);
  const told = await scene.client.until(({ kind }) => kind === "row_description");
  assert.deepEqual(inShort(told), [
    "parse_complete",
    "notice 00000",
    "bind_complete",
    "row_description",
  ]);
  return { ...scene, scene, approved: review };
}

const isHeldBy = (told: readonly string[]) => told.includes("notice 00000");

test("what is approved behind a Flush runs at its Execute, once, and a batch of rows at a time", async (context) => {
  const { client, rows, scene, approved, gateway } = await openApproved(context);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  assert.equal(scene.stage.reviews.get(approved.id)?.execution?.finishedAt ?? null, null);
  client.send(encodeExecute("", 1), flushFrame);
  const some = await client.until(({ kind }) => kind === "portal_suspended");
  assert.deepEqual(inShort(some), ["row 2", "portal_suspended"]);
  const rest = await client.batch(encodeExecute("", 2), encodeClose("portal", ""), syncFrame);
  assert.deepEqual(inShort(rest), ["row 3", "tag DELETE 1", "close_complete", "ready idle"]);
  assert.deepEqual(await rows("select id from items"), ["1"]);
  assert.match(await outcomeOf(scene, approved), /^executed /);
  assert.equal(gateway.tap.sent.filter((sent) => sent === sql).length, 2);
  assert.equal(scene.stage.reviews.size, 1);
});

test("an Execute that was sent along behind the Flush waits for the approval as well", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, approve, rows } = scene;
  client.send(parse(sql), bind(["1"]), describePortal(), flushFrame, encodeExecute(""), syncFrame);
  await approve(sql);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-4), [
    "row 2",
    "row 3",
    "tag DELETE 2",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select id from items"), ["1"]);
});

test("in a transaction what was bound ahead of a Sync runs in a later pipeline, and counts with its COMMIT", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, approve, rows, stage } = scene;
  await client.query("begin");
  client.send(parse(sql, "s"), bind(["1"], "p", "s"), syncFrame);
  const review = await approve(sql);
  assert.deepEqual(inShort(await client.until(isReady)).slice(-2), [
    "bind_complete",
    "ready transaction",
  ]);
  assert.deepEqual(inShort(await client.batch(describePortal("p"), syncFrame)), [
    "row_description",
    "ready transaction",
  ]);
  for (const row of ["2", "3"]) {
    const batch = await client.batch(encodeExecute("p", 1), syncFrame);
    assert.deepEqual(inShort(batch)[0], `row ${row}`);
  }
  await client.query("commit");
  assert.match(await outcomeOf(scene, review), /^executed /);
  assert.deepEqual(await rows("select id from items"), ["1"]);
  assert.equal(stage.reviews.size, 1);
});

test("nobody is asked about what is bound where it can't be executed any more", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  for (const next of [
    [syncFrame],
    [encodeClose("portal", ""), syncFrame],
    [parse("select 1", "other"), syncFrame],
    [encodeQuery("select 1")],
  ]) {
    const messages = await client.batch(parse(sql), bind(["1"]), describePortal(), ...next);
    assert.deepEqual(inShort(messages).slice(-2), ["error 0A000", "ready idle"]);
  }
  assert.equal(stage.reviews.size, 0);
});

/** What an agent might slip in between what was approved and its Execute. */
const between: Readonly<Record<string, readonly Buffer[]>> = {
  "another statement": [parse("select 1"), bind([], "other"), encodeExecute("other")],
  "a search path": [
    parse("set search_path to information_schema"),
    bind([], "other"),
    encodeExecute("other"),
  ],
  "the end of the portal": [encodeClose("portal", "p")],
  "the end of the pipeline": [syncFrame],
  "a simple query": [encodeQuery("select 1")],
};
for (const [what, frames] of Object.entries(between)) {
  test(`${what} between what was approved and its Execute ends the approval, and nothing runs`, async (context) => {
    const { client, rows, scene, approved } = await openApproved(context, "p");
    const ends = frames.some((frame) => frame === syncFrame || frame[0] === 0x51);
    client.send(...frames, encodeExecute("p"), syncFrame);
    const told = inShort(await client.until(isReady));
    const last = ends ? inShort(await client.until(isReady)) : told;
    assert.deepEqual(last.slice(-2), ["error 34000", "ready idle"]);
    assert.equal(await outcomeOf(scene, approved), "failed not executed");
    assert.deepEqual(await rows("select count(*) from items"), ["3"]);
    assert.equal(inShort(await client.query("select 1")).at(-1), "ready idle");
  });
}

test("a portal that is bound anew is decided anew, with its own values", async (context) => {
  for (const portal of ["", "p"]) {
    const { client, rows, scene, approved, held } = await openApproved(context, portal);
    const close = portal === "" ? [] : [encodeClose("portal", portal)];
    client.send(...close, bind(["0"], portal), encodeExecute(portal), syncFrame);
    const again = await held(sql);
    assert.notEqual(again.id, approved.id);
    assert.equal(again.action.parameters[0]?.bytes, Buffer.from("0").toString("base64"));
    await scene.stage.give(again, "ada", "deny");
    assert.ok(isHeldBy(inShort(await client.until(isReady))));
    assert.equal(await outcomeOf(scene, approved), "failed not executed");
    assert.deepEqual(await rows("select count(*) from items"), ["3"]);
  }
});

test("FETCH from what was approved is another statement: it ends the approval", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, approve, rows } = scene;
  await client.query("begin");
  client.send(parse(sql, "s"), bind(["1"], "p", "s"), syncFrame);
  const review = await approve(sql);
  await client.until(isReady);
  client.send(encodeQuery("fetch all from p"));
  await scene.stage.give(await scene.held("fetch all"), "ada", "deny");
  assert.equal(inShort(await client.until(isReady)).at(-1), "ready failed");
  assert.equal(await outcomeOf(scene, review), "failed not executed");
  await client.query("rollback");
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("an approval ends when its Execute does not come in time, or its client leaves", async (context) => {
  const late = await openApproved(context, "p");
  late.stage.clock.advance(executeAwaitedMs);
  assert.equal(await outcomeOf(late.scene, late.approved), "failed not executed");
  const told = await late.client.batch(encodeExecute("p"), syncFrame);
  assert.deepEqual(inShort(told), ["error 34000", "ready idle"]);
  const left = await openApproved(context);
  left.client.destroy();
  assert.equal(await outcomeOf(left.scene, left.approved), "failed not executed");
  const stopped = await openApproved(context);
  await stopped.gateway.stop();
  assert.equal(await outcomeOf(stopped.scene, stopped.approved), "failed not executed");
  assert.deepEqual(await stopped.rows("select count(*) from items"), ["3"]);
});

test("what the database refuses to bind has failed, and the pipeline with it", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, approve } = scene;
  client.send(parse(sql), bind(["no number"]), describePortal(), flushFrame);
  const review = await approve(sql);
  const told = await client.until(({ kind }) => kind === "error_response");
  assert.deepEqual(inShort(told).at(-1), "error 22P02");
  assert.equal(await outcomeOf(scene, review), "failed 22P02");
  assert.deepEqual(inShort(await client.batch(encodeExecute(""), syncFrame)), ["ready idle"]);
});

test("a reviewer's edit is what is bound, described and then executed", async (context) => {
  const scene = await openScene(context, postgres);
  const { client, held, rows, stage } = scene;
  client.send(parse(sql), bind(["0"]), describePortal(), flushFrame);
  const review = await held(sql);
  const { review: edited } = await override(
    review.id,
    {
      person: "per_ada" as PersonId,
      assurance: "session",
      vouchers: [],
      digest: review.digest,
      command: "delete from items where id = 2 and id > $1 returning id",
      parameters: null,
      shown: nothingMasked(review),
      comment: "Only that one.",
      idempotencyKey: "once",
    },
    stage.deps,
  );
  if (edited.state === "pending") await stage.give(edited, "bob");
  const told = inShort(await client.until(({ kind }) => kind === "row_description"));
  assert.deepEqual(told.slice(-3), ["notice 01000", "bind_complete", "row_description"]);
  assert.deepEqual(inShort(await client.batch(encodeExecute(""), syncFrame)), [
    "row 2",
    "tag DELETE 1",
    "ready idle",
  ]);
  assert.deepEqual(await rows("select id from items order by id"), ["1", "3"]);
  assert.match(await outcomeOf(scene, edited), /^executed /);
});

test("a limit of rows that the rule sets holds for what is executed behind its Bind", async (context) => {
  const rules = quickstartRules.replace('@id("writes-wait")', '@id("writes-wait") @max_rows("1")');
  assert.notEqual(rules, quickstartRules);
  const scene = await openScene(context, postgres, rules);
  const { client, approve, rows } = scene;
  client.send(parse(sql), bind(["1"]), describePortal(), flushFrame, encodeExecute(""), syncFrame);
  const review = await approve(sql);
  const told = await client.until(isReady);
  assert.match(inShort(told).slice(-2).join(), /^error .*,ready idle$/);
  assert.equal(told.map(toldBy).at(-2)?.code, "rows_exceeded");
  assert.match(await outcomeOf(scene, review), /^failed /);
  assert.deepEqual(await rows("select count(*) from items"), ["3"]);
});

test("a COPY whose data would come behind its Execute is not asked about before", async (context) => {
  const { client, stage } = await openScene(context, postgres);
  const copy = [parse("copy items from stdin"), bind()];
  const told = await client.batch(...copy, flushFrame, encodeExecute(""), syncFrame);
  assert.deepEqual(inShort(told).slice(-2), ["error 0A000", "ready idle"]);
  assert.equal(stage.reviews.size, 0);
});

test("pg-cursor reads in batches what people have approved", async (context) => {
  const asksForReads = quickstartRules.replace(
    `permit (principal, action == Countersign::Action::"sql.read", resource);`,
    `permit (principal, action == Countersign::Action::"sql.read", resource)
     unless { context.reads.contains("public.items") };
     @id("items-wait") @review("1 of dba") @reason("Items wait.")
     permit (principal, action == Countersign::Action::"sql.read", resource)
     when { context.reads.contains("public.items") };`,
  );
  assert.notEqual(asksForReads, quickstartRules);
  const scene = await openScene(context, postgres, asksForReads);
  scene.approveAll();
  const client = new Client({ ...scene.gateway.login, password: agentToken });
  await client.connect();
  try {
    const read = client.query(new Cursor("select id from items where id > $1 order by id", ["0"]));
    const batches = [await read.read(2), await read.read(2), await read.read(2)];
    await read.close();
    assert.deepEqual(batches, [[{ id: 1 }, { id: 2 }], [{ id: 3 }], []]);
    const write = client.query(new Cursor(sql, ["1"]));
    assert.deepEqual(await write.read(100), [{ id: 2 }, { id: 3 }]);
    await write.close();
    assert.equal(scene.stage.reviews.size, 2);
    assert.deepEqual(await scene.rows("select id from items"), ["1"]);
  } finally {
    await client.end();
  }
});
