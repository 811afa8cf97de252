/** A reviewer's edit runs in place of what an agent's session holds, against a real database: who may edit what, and which of several counts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ErrorCode } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { holdMaxMs, nothingMasked } from "#/enforcement/conformance/stage.ts";
import { override } from "#/enforcement/override.ts";
import {
  copyDoneFrame,
  encodeCopyData,
  encodeQuery,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import type { OverrideInput } from "#/review/override.ts";
import { openScene, quickstartRules, type Scene } from "./support/agent-scene.ts";
import { answered, connectPg, edit, ended, refusedWith, writesWait } from "./support/edit-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

test("an edit that is not proven to narrow waits for another person, and the client gets its result and what was run instead", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const { client, notices } = await connectPg(context, scene);
  const done = client.query("delete from items");
  const held = await scene.held("delete from items");
  const command = "delete from items where id in (select 2)";
  const { review, counted } = await edit(scene, held, "ada", { command });
  assert.equal(counted, false);
  assert.equal(review.state, "pending");
  assert.equal(review.action.revision, 2);
  assert.notEqual(review.digest, held.digest);
  assert.equal(review.asked?.command, "delete from items");
  assert.deepEqual(review.asked.parameters, []);

  await assert.rejects(scene.stage.give(review, "ada"), refusedWith("review.requester", /edited/));
  await assert.rejects(edit(scene, review, "ada", { command: "delete from items" }), {
    code: "review.requester",
  });
  await assert.rejects(scene.stage.give(held, "bob"), { code: "review.digest_mismatch" });
  await scene.stage.give(review, "bob");
  assert.equal((await done).rowCount, 1);
  assert.deepEqual(await scene.rows("select id from items order by id"), ["1", "3"]);

  const notice = notices.find(({ code }) => code === "01000");
  assert.match(
    notice?.message ?? "",
    /edited by Ms ada and .* Reason: Only that one\.\nThis runs instead: delete .*where id in \(select 2\)$/,
  );
  assert.deepEqual(JSON.parse(notice?.detail ?? ""), {
    code: "overridden",
    review: held.id,
    url: `https://gateway.example/reviews/${held.id}`,
    retry: "never",
  });
  const sent = scene.gateway.tap.sent.filter((sql) => sql.startsWith("delete"));
  assert.ok(!sent.includes("delete from items"), "the client's own statement never ran");
  await ended(scene, held);
  const types = scene.stage.records
    .filter(({ review: of }) => of === held.id)
    .map(({ type }) => type);
  assert.deepEqual(types, [
    "action.held",
    "review.opened",
    "review.overridden",
    "review.verdict",
    "review.approved",
    "execution.claimed",
    "execution.completed",
  ]);
  const record = scene.stage.records.find(({ type }) => type === "review.overridden");
  assert.equal(record?.body["previousDigest"], held.digest);
  assert.equal(record?.body["digest"], review.digest);
  assert.equal(record?.body["narrows"], false);
  assert.equal(record?.body["person"], "per_ada");
  assert.ok(!JSON.stringify(record?.body).includes("items"), "no command in a leaf");
});

test("an edit that narrows is its editor's approval, and where one is asked it runs at once", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const { review, counted } = await edit(scene, held, "ada", {
    command: "delete from items where id = 2",
  });
  assert.deepEqual([review.state, counted], ["approved", true]);
  assert.deepEqual(inShort(await scene.client.until(isReady)), [
    "notice 00000",
    "notice 01000",
    "tag DELETE 1",
    "ready idle",
  ]);
  assert.deepEqual(await scene.rows("select id from items order by id"), ["1", "3"]);
});

test("where two are asked, the editor of one that narrows is one of them", async (context) => {
  const scene = await openScene(context, postgres, writesWait("2 of dba"));
  scene.client.send(encodeQuery("delete from items where id > 1"));
  const held = await scene.held("delete from items");
  await scene.stage.give(held, "bob");
  const command = "delete from items where id > 1 and name = 'b'";
  const { review, counted } = await edit(scene, held, "ada", { command });
  assert.deepEqual([review.state, counted], ["pending", true], "bob's approval has fallen");
  await assert.rejects(scene.stage.give(review, "ada"), { code: "review.duplicate_verdict" });
  assert.equal((await scene.stage.give(review, "bob")).state, "approved");
  assert.ok(inShort(await scene.client.until(isReady)).includes("tag DELETE 1"));
});

test("policy has to permit an edit to the agent and to its editor, and is asked again at the claim", async (context) => {
  const noUpdates = (principal: string) =>
    writesWait(
      "1 of dba",
      `@id("no-updates") @reason("Nobody of these updates.")
       forbid (principal is Countersign::${principal}, action, resource)
       when { context has kinds && context.kinds.contains("update") };`,
    );
  for (const principal of ["Agent", "User"]) {
    const scene = await openScene(context, postgres, noUpdates(principal));
    scene.client.send(encodeQuery("delete from items"));
    const held = await scene.held("delete from items");
    for (const command of ["drop table items", "update items set name = 'x'"]) {
      await assert.rejects(
        edit(scene, held, "ada", { command }),
        refusedWith("review.override_denied", /Nothing is dropped|Nobody of these updates/),
      );
    }
    assert.equal(scene.stage.reviews.get(held.id)?.version, held.version);
    assert.ok(!scene.gateway.tap.sent.some((sql) => /^(drop|update)/.test(sql)), "not even parsed");
  }

  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const command = "update items set name = 'x' where id = 1";
  const { review } = await edit(scene, await scene.held("delete"), "ada", { command });
  scene.stage.rule(noUpdates("User"));
  await scene.stage.give(review, "bob");
  assert.deepEqual(inShort(await scene.client.until(isReady)).slice(-2), [
    "error 42501",
    "ready idle",
  ]);
  assert.equal((await scene.review("update", ({ state }) => state === "voided")).execution, null);
  assert.deepEqual(await scene.rows("select name from items order by id"), ["a", "b", "c"]);
});

test("an edit that asks for more people waits for all of them", async (context) => {
  const more = `@id("updates-wait") @review("2 of dba") @reason("Updates wait for two.")
    permit (principal, action, resource) when { context has kinds && context.kinds.contains("update") };`;
  const scene = await openScene(context, postgres, writesWait("1 of dba", more));
  scene.client.send(encodeQuery("delete from items"));
  const command = "update items set name = 'x' where id = 1";
  const { review } = await edit(scene, await scene.held("delete"), "ada", { command });
  assert.deepEqual(review.obligations.quorum, [{ group: "dba", needed: 2 }]);
  assert.equal((await scene.stage.give(review, "bob")).state, "pending");
});

test("only who could approve it edits, with a reason, what they saw, and something else", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const command = "delete from items where id = 1";
  const stale = "e".repeat(64) as Review["digest"];
  const refusals: readonly (readonly [string, Partial<OverrideInput>, ErrorCode])[] = [
    ["owner", { command }, "review.requester"],
    ["nobody", { command }, "review.not_eligible"],
    ["ada", { command, comment: " " }, "review.reason_required"],
    ["ada", { command, digest: stale }, "review.digest_mismatch"],
    ["ada", {}, "review.override_unchanged"],
    ["ada", { command: `${command} -- ${"x".repeat(64 * 1024)}` }, "review.override_refused"],
    [
      "ada",
      { command, parameters: Array.from({ length: 1001 }, () => "x") },
      "review.override_refused",
    ],
    ["ada", { command, comment: "x".repeat(5000) }, "review.comment_too_long"],
  ];
  for (const [who, changes, code] of refusals) {
    await assert.rejects(edit(scene, held, who, changes), { code }, `${who}: ${code}`);
  }
  await assert.rejects(
    override("rev_none" as Review["id"], { ...requestOf(held), command }, scene.stage.deps),
    {
      code: "review.not_found",
    },
  );
  assert.equal(scene.stage.reviews.get(held.id)?.version, held.version);
});

function requestOf(review: Review): OverrideInput {
  const { digest, action } = review;
  return {
    person: "per_ada" as PersonId,
    assurance: "session",
    vouchers: [],
    digest,
    command: action.command,
    parameters: null,
    shown: nothingMasked(review),
    comment: "because",
    idempotencyKey: "key",
  };
}

test("the same key makes no second edit, and stands for no other one", async (context) => {
  const scene = await openScene(context, postgres, writesWait("2 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const asked = { command: "delete from items where id = 1", idempotencyKey: "key" };
  const first = await edit(scene, held, "ada", asked);
  const second = await edit(scene, held, "ada", asked);
  assert.deepEqual([second.review.digest, second.counted], [first.review.digest, true]);
  assert.equal(second.review.version, first.review.version);
  await assert.rejects(
    edit(scene, held, "ada", { ...asked, command: "delete from items where id = 2" }),
    {
      code: "review.idempotency_conflict",
    },
  );
});

test("of two edits of the same action, or an edit and an approval, one counts", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const outcomes = await Promise.allSettled([
    edit(scene, held, "ada", { command: "delete from items where id in (select 1)" }),
    edit(scene, held, "bob", { command: "delete from items where id in (select 2)" }),
  ]);
  const lost = outcomes.filter(({ status }) => status === "rejected");
  assert.equal(lost.length, 1);
  assert.equal((lost[0] as PromiseRejectedResult).reason.code, "review.digest_mismatch");

  const other = await openScene(context, postgres, writesWait("1 of dba"));
  other.client.send(encodeQuery("delete from items"));
  const waiting = await other.held("delete from items");
  const [edited, approved] = await Promise.allSettled([
    edit(other, waiting, "ada", { command: "delete from items where id in (select 1)" }),
    other.stage.give(waiting, "bob"),
  ]);
  assert.notEqual(edited.status, approved.status);
});

test("a COPY that waits with its data can't be edited, and still be denied or approved", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("copy items from stdin"));
  await scene.client.until(({ kind }) => kind === "copy_in_response");
  scene.client.send(encodeCopyData(Buffer.from("4\td\n")), copyDoneFrame);
  const held = await scene.held("copy items");
  for (const command of ["copy items from stdin csv", "insert into items values (4, 'd')"]) {
    await assert.rejects(
      edit(scene, held, "ada", { command }),
      refusedWith("review.override_refused", /loads the data that came with it/),
    );
  }
  await scene.stage.give(held, "ada");
  assert.equal(answered(await scene.client.until(isReady)).at(-2), "tag COPY 1");
});

test("what changes what the client keeps count of, or can't be read, is no edit", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  await scene.client.query("prepare p as select 1");
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const refused: readonly string[] = [
    "begin; delete from items where id = 1",
    "delete from items where id = 1; commit",
    "rollback",
    "savepoint s",
    "set search_path to evil",
    "select set_config('search_path', 'evil', false)",
    "set role postgres",
    "reset all",
    "discard all",
    "prepare q as select 1",
    "execute p",
    "deallocate p",
    "declare c cursor with hold for select 1",
    "fetch c",
    "copy items to stdout",
    "copy items from stdin",
    "prepare transaction 'x'",
    "do $$ begin delete from items; end $$",
    "call f()",
    "delete from items where f(id)",
    "this is no sql",
    "delete from items where id = $1",
    "delete from items where id = 1\0",
    "delete from items where name = '\ud800'",
    "-- nothing",
    "",
    "select _countersign_x; deallocate _countersign_x",
    // What the database refuses, the editor hears.
    "delete from items where no_such_column = 1",
    "delete from no_such_table",
    "delete from items where id = 'text'",
  ];
  for (const command of refused) {
    await assert.rejects(
      edit(scene, held, "ada", { command }),
      refusedWith("review.override_refused", /can't run in place/),
      command,
    );
  }
  await assert.rejects(
    edit(scene, held, "ada", { command: "delete from no_such_table" }),
    refusedWith("review.override_refused", /SQLSTATE 42P01/),
  );
  assert.equal(scene.stage.reviews.get(held.id)?.version, held.version);
  const { review } = await edit(scene, held, "ada", {
    command: "select id from items where id = 3; select 7",
  });
  await scene.stage.give(review, "bob");
  assert.deepEqual(answered(await scene.client.until(isReady)), [
    "row_description",
    "row 3",
    "tag SELECT 1",
    "row_description",
    "row 7",
    "tag SELECT 1",
    "ready idle",
  ]);
  assert.deepEqual(await scene.rows("select count(*) from items"), ["3"]);
});

test("without a session that waits nothing is edited; what was edited before runs for the caller that comes back", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const command = "delete from items where id in (select 2)";
  const { review } = await edit(scene, held, "ada", { command });
  await outwait(scene);
  const left = await scene.review("select 2", ({ caller }) => caller === null);
  assert.equal(left.state, "pending");
  await assert.rejects(edit(scene, left, "bob", { command: "delete from items where id = 2" }), {
    code: "review.detached",
  });
  await scene.stage.give(review, "bob");
  const again = await scene.gateway.connect();
  again.send(encodeQuery("delete from items"));
  const messages = await again.until(isReady);
  assert.deepEqual(inShort(messages), ["notice 01000", "tag DELETE 1", "ready idle"]);
  assert.deepEqual(await scene.rows("select id from items order by id"), ["1", "3"]);
});

/** The hold limit passes: the client is told to come back, and nobody waits. */
async function outwait({ stage, client }: Scene): Promise<void> {
  stage.clock.advance(holdMaxMs);
  const told = (await client.until(isReady)).map(toldBy);
  assert.equal(told.findLast((each) => each !== null)?.code, "pending_review");
}

test("after the schema has changed an edit waits for a new look, and its caller finds it again", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const command = "update items set name = 'x' where id = 1";
  const { review } = await edit(scene, held, "ada", { command });
  await asSuperuser(postgres, (superuser) =>
    superuser.query("alter table items add column extra text"),
  );
  await scene.stage.give(review, "bob");
  const reopened = await scene.review(
    "update",
    ({ state, action }) => state === "pending" && action.revision === 3,
  );
  await assert.rejects(scene.stage.give(reopened, "ada"), { code: "review.requester" });
  await outwait(scene);
  await scene.review("update", ({ caller }) => caller === null);
  const again = await scene.gateway.connect();
  again.send(encodeQuery("delete from items"));
  await scene.stage.give(await scene.held("update"), "bob");
  assert.ok(inShort(await again.until(isReady)).includes("tag UPDATE 1"));
});

test("the quickstart's rules let a write be edited", async (context) => {
  const scene = await openScene(context, postgres, quickstartRules);
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const { review } = await edit(scene, held, "ada", { command: "delete from items where id = 1" });
  assert.equal(review.state, "approved");
});
