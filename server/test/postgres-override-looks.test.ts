/** What is looked at before an edit runs: looking runs nothing, what is said to narrow narrows, and nothing that its editor may not see gets where it would be seen. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import type { Digest } from "#/core/ids.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import { nothingMasked } from "#/enforcement/conformance/stage.ts";
import { maskAction } from "#/masking/action/mask-action.ts";
import { createFinder } from "#/masking/finder.ts";
import { narrows } from "#/proxies/postgres/edit/narrows.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { encodeExecute, encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { openScene } from "./support/agent-scene.ts";
import { connectPg, edit, refusedWith, writesWait } from "./support/edit-scene.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

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

test("whether a guess of what is masked is right no edit tells: it is one, and narrows nothing, either way", async (context) => {
  for (const guess of ["ada.lovelace@example.com", "eve@example.com"]) {
    for (const more of ["", " and id < 2"]) {
      const scene = await openScene(context, postgres, writesWait("1 of dba"));
      const { client } = await connectPg(context, scene);
      const sql = "update items set name = 'ada.lovelace@example.com' where id = 1";
      const done = client.query(sql).catch(() => undefined);
      const held = await scene.held("update items");
      const content = { ...held.action, asked: null };
      const masked = await maskAction(createFinder(), content, () => Promise.resolve());
      const literals = masked.fields.map(({ start, end, original }) => ({
        shown: masked.command.slice(start, end),
        written: original,
      }));
      const shown: ShownRuns = { digest: held.digest, ...masked, literals };
      const command = `${masked.command.replace("<EMAIL_1>", guess)}${more}`;
      const { review, counted } = await edit(scene, held, "ada", { command, shown });
      assert.deepEqual([review.state, review.action.revision, counted], ["pending", 2, false]);
      await scene.stage.give(review, "bob", "deny");
      await done;
    }
  }
});
