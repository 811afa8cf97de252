/** A reviewer's edit runs in place of what an agent's session holds, against a real database. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, type TestContext, test } from "node:test";
import * as fc from "fast-check";
import { Client } from "pg";

import type { ErrorCode } from "#/core/errors.ts";
import type { Digest, PersonId } from "#/core/ids.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import type { Review } from "#/core/review.ts";
import { holdMaxMs, nothingMasked } from "#/enforcement/conformance/stage.ts";
import { override } from "#/enforcement/override.ts";
import { createFinder } from "#/masking/finder.ts";
import { maskAction } from "#/masking/mask-action.ts";
import { narrows } from "#/proxies/postgres/edit/narrows.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  copyDoneFrame,
  encodeBind,
  encodeCopyData,
  encodeDescribe,
  encodeExecute,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/codec-frontend.ts";
import type { Overridden, OverrideInput } from "#/review/override.ts";
import { openScene, quickstartRules, type Scene } from "./support/agent-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken, asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady, toldBy } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const writesWait = (quorum: string, more = "") => `
  @id("reads-run") @reason("Reads run.")
  permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("the-rest-waits") @review("${quorum}") @reason("It waits.")
  permit (principal, action, resource) unless { action == Countersign::Action::"sql.read" };
  @id("never-drop") @reason("Nothing is dropped.")
  forbid (principal, action, resource)
  when { context has kinds && context.kinds.containsAny(["drop_table", "truncate"]) };
  ${more}`;

function edit(
  { stage }: Scene,
  review: Review,
  who: string,
  changes: Partial<OverrideInput>,
): Promise<Overridden> {
  return override(
    review.id,
    {
      person: `per_${who}` as PersonId,
      assurance: "session",
      vouchers: [],
      digest: review.digest,
      command: review.action.command,
      parameters: null,
      shown: nothingMasked(review),
      comment: "Only that one.",
      idempotencyKey: `${who}/${review.version}`,
      ...changes,
    },
    stage.deps,
  );
}

const refusedWith = (code: ErrorCode, words = /./) => ({ code, message: words });

/** A client as agents use it, with the notices that it got. */
async function connectPg(context: TestContext, { gateway }: Scene) {
  const { host, port, user, database } = gateway.login;
  const client = new Client({ host, port, user, database, password: agentToken });
  client.on("error", () => {});
  const notices: {
    readonly code: string | undefined;
    readonly message: string | undefined;
    readonly detail: string | undefined;
  }[] = [];
  client.on("notice", ({ code, message, detail }) => notices.push({ code, message, detail }));
  await client.connect();
  context.after(() => client.end().catch(() => {}));
  return { client, notices };
}

async function ended({ stage }: Scene, { id }: Review): Promise<Review> {
  return stage.until(() => {
    const review = stage.reviews.get(id);
    return typeof review?.execution?.finishedAt === "number" && review;
  });
}

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

test("an edited read runs where the server itself refuses a write", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      create or replace view sneaky_items as select 1 as id;
      create or replace function sneak() returns int language sql volatile as 'delete from items returning id';
      drop view sneaky_items; create view sneaky_items as select sneak() as id;
      grant select on sneaky_items to public`),
  );
  scene.client.send(encodeQuery("delete from items"));
  const command = "select id from sneaky_items";
  const { review } = await edit(scene, await scene.held("delete"), "ada", { command });
  await scene.stage.give(review, "bob");
  assert.ok(inShort(await scene.client.until(isReady)).includes("error 25006"));
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

test("an edit of an edit is judged against what it edits, and the client's own text stays known", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items where id = 1"));
  const held = await scene.held("delete from items");
  const wider = await edit(scene, held, "ada", { command: "delete from items" });
  assert.equal(wider.counted, false);
  const { review, counted } = await edit(scene, wider.review, "bob", {
    command: "delete from items where id = 3",
  });
  assert.deepEqual(
    [counted, review.state],
    [true, "approved"],
    "bob approved what he edited, and less",
  );
  assert.equal(review.asked?.command, "delete from items where id = 1");
  assert.deepEqual(
    review.overrides.map((each) => [each.person.name, each.narrows]),
    [
      ["Ms ada", false],
      ["Ms bob", true],
    ],
  );
  assert.ok(inShort(await scene.client.until(isReady)).includes("tag DELETE 1"));
  assert.deepEqual(await scene.rows("select id from items order by id"), ["1", "2"]);
});

test("nothing is proven to narrow where operators are somebody's own", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      drop operator if exists = (text, int) cascade;
      create or replace function odd(text, int) returns boolean language sql as 'select true';
      create operator = (leftarg = text, rightarg = int, procedure = odd)`),
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) => superuser.query("drop operator = (text, int) cascade")),
  );
  const other = await scene.gateway.connect();
  scene.stage.clock.advance(31_000);
  other.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const { counted } = await edit(scene, held, "ada", {
    command: "delete from items where name = 1",
  });
  assert.equal(counted, false);
});

test("an edit is read by the catalogue of when it is made, not of when the wait began", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const made = (sql: string) => asSuperuser(postgres, (superuser) => superuser.query(sql));
  await made(
    `create or replace function loud(items) returns boolean language sql as 'select true'`,
  );
  context.after(() => made("drop function loud(items)"));
  await assert.rejects(
    edit(scene, held, "ada", { command: "delete from items where items.loud" }),
    refusedWith("review.override_refused", /function/),
  );
  await made(`
    create or replace function odd(text, int) returns boolean language sql as 'select true';
    drop operator if exists = (text, int);
    create operator = (leftarg = text, rightarg = int, procedure = odd)`);
  context.after(() => made("drop operator = (text, int) cascade"));
  const { counted } = await edit(scene, held, "ada", {
    command: "delete from items where name = 1",
  });
  assert.equal(counted, false);
});

test("an edit of which parsing alone would run somebody's function is refused before it is parsed", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const made = (sql: string) => asSuperuser(postgres, (superuser) => superuser.query(sql));
  await made(`
    create table marks (at int); grant all on marks to public;
    create function mark(int) returns boolean language plpgsql volatile as
      'begin insert into marks values (1); return true; end';
    create domain marked as int check (mark(value))`);
  context.after(() => made("drop domain marked; drop function mark(int); drop table marks"));
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  await assert.rejects(
    edit(scene, held, "ada", { command: "delete from items where '{1}'::marked[] is not null" }),
    refusedWith("review.override_refused", /Parsing it may run/),
  );
  assert.deepEqual(await scene.rows("select * from marks"), []);
});

test("the quickstart's rules let a write be edited", async (context) => {
  const scene = await openScene(context, postgres, quickstartRules);
  scene.client.send(encodeQuery("delete from items"));
  const held = await scene.held("delete from items");
  const { review } = await edit(scene, held, "ada", { command: "delete from items where id = 1" });
  assert.equal(review.state, "approved");
});

const corpus = JSON.parse(
  readFileSync(new URL("../src/proxies/postgres/sql/corpus.json", import.meta.url), "utf8"),
) as readonly { readonly sql: string; readonly verbs: readonly string[] }[];

for (const protocol of ["simple", "extended"] as const) {
  test(`whatever is put forward as an edit, looking at it runs nothing and leaves the session as it was (${protocol})`, async (context) => {
    const scene = await openScene(context, postgres, writesWait("1 of dba"));
    const sql = "delete from items where id = 2";
    if (protocol === "simple") scene.client.send(encodeQuery(sql));
    else {
      scene.client.send(parse(sql), bind(), encodeExecute(""), syncFrame);
    }
    const { id, action, digest } = await scene.held(sql);
    await scene.client.until(({ kind }) => kind === "notice_response");
    const attempt = scene.stage.deps.waiting.get(id)?.attempt;
    assert(attempt !== undefined);
    const state = () =>
      scene.rows("select (select count(*) from pg_catalog.pg_class), (select count(*) from items)");
    const untouched = await state();
    const shown = nothingMasked({ digest });
    let looked = 0;
    for (const { sql: command, verbs } of corpus) {
      const edited = await attempt.edited({ action, command, parameters: null, shown });
      if (edited.kind === "refused") continue;
      assert.ok(!verbs.includes("sql.opaque"), command);
      // As if policy had permitted it.
      await edited.check();
      looked += 1;
    }
    assert.ok(looked > 100, `${looked} could be looked at`);
    assert.deepEqual(await state(), untouched);
    await scene.approve(sql);
    const messages = inShort(await scene.client.until(isReady));
    assert.deepEqual(messages.slice(-2), ["tag DELETE 1", "ready idle"]);
    const left =
      "select name from pg_catalog.pg_prepared_statements union all select name from pg_catalog.pg_cursors";
    scene.client.send(encodeQuery(left));
    const names = inShort(await scene.client.until(isReady)).filter((each) =>
      each.startsWith("row "),
    );
    assert.deepEqual(names, []);
  });
}

/** Conditions over the table's columns; many share their parts, so that some narrow others. */
const conditions = fc
  .array(
    fc.constantFrom(
      "id = 1",
      "id < 3",
      "id >= 2",
      "name = 'b'",
      "name in ('a', 'c')",
      "name is not null",
      "(id = 1 or name = 'c')",
      "not (id = 2)",
      "id between 2 and 3",
      "false",
      "name like 'a%'",
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(" and "));
const limits = fc.constantFrom("", "", " limit 0", " limit 1", " limit 2", " limit all");

test("what is proven to narrow gives no row that was not there before, on the server itself", async (context) => {
  await openScene(context, postgres);
  const { trees } = await createClassifier({ bytesMax: 1024 });
  const of = (sql: string) => trees(sql) ?? assert.fail(sql);
  let proven = 0;
  await asSuperuser(postgres, async (superuser) => {
    const rowsOf = async (sql: string) =>
      (await superuser.query({ text: sql, rowMode: "array" })).rows.map((row) => row.join());
    await fc.assert(
      fc.asyncProperty(conditions, conditions, limits, limits, async (one, other, wide, small) => {
        const head = "select id, name from items where";
        const [broad, narrow] = [
          `${head} ${one} order by id${wide}`,
          `${head} ${one === other ? one : `${one} and ${other}`} order by id${small}`,
        ];
        if (!narrows(of(broad), of(narrow))) return;
        proven += 1;
        const rows = await rowsOf(broad);
        for (const row of await rowsOf(narrow))
          assert.ok(rows.includes(row), `${broad} → ${narrow}`);
      }),
      { numRuns: 400 },
    );
  });
  assert.ok(proven > 50, `${proven} pairs were proven`);
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

/** Without the notices: whether a client hears of an edit before it is approved, or only then, is a matter of moments. */
function answered(messages: readonly BackendMessage[]): readonly string[] {
  return inShort(messages).filter((each) => !each.startsWith("notice"));
}

test("an edit keeps what its editor may not see, and can't put it where it would be seen", async (context) => {
  const scene = await openScene(context, postgres, writesWait("1 of dba"));
  const { client } = await connectPg(context, scene);
  const secret = "ada.lovelace@example.com";
  const sql = `update items set name = '${secret}' where id in (1, 2) returning id, name`;
  const done = client.query(sql);
  const held = await scene.held("update items");
  const { action, digest } = held;
  const content = { ...action, asked: null };
  const masked = await maskAction(createFinder(), content, () => Promise.resolve());
  const shownText = "update items set name = '<EMAIL_1>' where id in (1, 2) returning id, name";
  assert.equal(masked.command, shownText);
  const shown: ShownRuns = { digest, literals: [], ...masked };
  for (const command of [
    "update items set name = 'x' where id = 1 returning id, '<EMAIL_1>' as name",
    "update items set name = '<EMAIL_2>' where id = 1 returning id, name",
    "update items set id = '<EMAIL_1>' where id = 1 returning id, name",
    "update pg_temp.items set name = '<EMAIL_1>' where id = 1 returning id, name",
    "insert into notes (name) values ('<EMAIL_1>') returning 1, name",
    "update items set name = '<EMAIL_1>' from notes where notes.id = items.id returning id, name",
  ]) {
    await assert.rejects(
      edit(scene, held, "ada", { command, shown }),
      refusedWith(
        "review.override_refused",
        /<EMAIL_[12]> (stands for nothing|can stay a value of name)|It brings \S+ together with a value that is masked/,
      ),
      command,
    );
  }
  await assert.rejects(edit(scene, held, "ada", { command: shownText, shown }), {
    code: "review.override_unchanged",
  });
  const command = "update items set name = '<EMAIL_1>' where id = 2 returning id, name";
  await assert.rejects(
    edit(scene, held, "ada", { command, shown: { ...shown, digest: "0".repeat(64) as Digest } }),
    { code: "review.digest_mismatch" },
  );
  const { review } = await edit(scene, held, "ada", { command, shown });
  assert.equal(review.action.command, command.replace("<EMAIL_1>", secret));
  if (review.state === "pending") await scene.stage.give(review, "bob");
  assert.deepEqual((await done).rows, [{ id: 2, name: secret }]);
});
