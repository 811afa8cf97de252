/** An approval is for what its statement meant when it was given: whatever changes that calls for a new look. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatabaseError } from "pg";
import { manualClock } from "#/platform/clock.ts";
import { bypassScene } from "./support/bypass-scene.ts";
import type { AgentClient } from "./support/gateway-client.ts";

const holdMaxMs = 60_000;
const clock = manualClock(Date.now());
const scene = bypassScene({ holdMaxMs, clock });
const { asSuperuser, audited, withAgent } = scene;

/** The review of a statement that has waited for as long as one may, and what its client was told. */
async function heldTooLong(
  agent: AgentClient,
  sql: string,
): Promise<{ readonly id: string; readonly answer: DatabaseError }> {
  const held = agent.held();
  const gone = agent.client.query(sql).catch((error: DatabaseError) => error);
  const id = await Promise.race([held, gone.then(() => assert.fail(`it did not wait: ${sql}`))]);
  clock.advance(holdMaxMs);
  return { id, answer: (await gone) as DatabaseError };
}

test("an approval of EXECUTE does not fit another prepared text, and shows the one that it is for", async () => {
  const agent = await scene.gateway.connect();
  const prepare = (sql: string) => agent.client.query(`prepare p (int) as ${sql}`);
  // What PREPARE names is held as well, by the verbs of what it prepares.
  const prepared = agent.held();
  const done = prepare("delete from customers where id = $1");
  await scene.gateway.decide(await prepared, scene.ada, "approve");
  await done;
  const first = await heldTooLong(agent, "execute p(4300)");
  const shown = await scene.gateway.review(first.id, scene.ada);
  assert.match(shown.command, /delete from customers where id = \$1/);
  await scene.gateway.decide(first.id, scene.ada, "approve");
  await agent.client.end();

  const other = await scene.gateway.connect();
  const held = other.held();
  const again = other.client.query("prepare p (int) as delete from customers where id <> $1");
  await scene.gateway.decide(await held, scene.ada, "approve");
  await again;
  const second = other.held();
  const wrong = other.client.query("execute p(4300)").catch((error: DatabaseError) => error);
  assert.notEqual(await second, first.id);
  await scene.gateway.decide(await second, scene.ada, "deny", "Another text.");
  assert.equal(((await wrong) as DatabaseError).code, "42501");
  await other.client.end();
});

test("an approval of what hangs on the session's own state is not picked up by another session", async () => {
  const sql = `insert into audit values ('app ' || current_setting('application_name'))`;
  const agent = await scene.gateway.connect();
  const { id, answer } = await heldTooLong(agent, sql);
  assert.match(answer.detail ?? "", /pending_review/);
  await scene.gateway.decide(id, scene.ada, "approve");
  await agent.client.end();
  const other = await scene.gateway.connect();
  assert.notEqual((await heldTooLong(other, sql)).id, id);
  await other.client.end();
  assert(!(await audited()).some((what) => what.startsWith("app ")));
});

/** Each makes a held statement mean something else, by way of what the statement does not name. */
const replaced = {
  "the function of a trigger": `create or replace function note() returns trigger language plpgsql as
    $$ begin return null; end $$`,
  "a function that this one calls": `create or replace function noted_by() returns text language sql as
    $$ select 'somebody else' $$`,
  "a function that only a text put together names": `create or replace function named_by_text()
    returns int language sql as $$ select 2 $$`,
  "a trigger of a relation that only the function writes": `create trigger also before insert on note_log
    for each row execute function note_log_change()`,
  "a rule of such a relation": `create rule also as on insert to note_log do also delete from note_log`,
  "a trigger of a relation whose rows go with it": `create trigger gone before delete on noted_parts
    for each row execute function note_log_change()`,
  "a default of a partition": "alter table noted_2026 alter column note set default 'later'",
} as const;

for (const [what, change] of Object.entries(replaced)) {
  test(`an approval does not outlive a change of ${what}`, async () => {
    await asSuperuser(`
      drop table if exists noted, note_log, noted_parts cascade;
      create table noted (id int, note text, primary key (id)) partition by range (id);
      create table noted_2026 partition of noted for values from (0) to (1000);
      create table noted_parts (id int references noted on delete cascade);
      create table note_log (what text);
      grant all on noted, noted_2026, noted_parts, note_log to public;
      create or replace function noted_by() returns text language sql as $$ select 'me' $$;
      create or replace function named_by_text() returns int language sql as $$ select 1 $$;
      create or replace function note_log_change() returns trigger language plpgsql as
        $$ begin return null; end $$;
      create or replace function note() returns trigger language plpgsql as $$ begin
        execute 'select named_by' || '_text()';
        insert into note_log values (noted_by());
        return coalesce(new, old);
      end $$;
      create trigger note before insert or delete on noted for each row execute function note();
    `);
    await withAgent(async (agent) => {
      const held = agent.held();
      const answer = agent.client.query("delete from noted where id = 1").catch((error) => error);
      const id = await held;
      await asSuperuser(change);
      const again = agent.held();
      await scene.gateway.decide(id, scene.ada, "approve");
      assert.equal(await again, id);
      assert.equal((await scene.gateway.review(id, scene.ada)).revision, 2);
      await scene.gateway.decide(id, scene.ada, "deny", "Not that.");
      assert.equal((await answer).code, "42501");
    });
  });
}

test("an approval outlives a change of what its statement can't reach", async () => {
  await asSuperuser(`
    drop table if exists plain_notes;
    create table plain_notes (id int, note text);
    grant all on plain_notes to public;
  `);
  await withAgent(async (agent) => {
    const held = agent.held();
    const answer = agent.client.query("insert into plain_notes values (1)");
    const id = await held;
    await asSuperuser(`
      create function elsewhere() returns int language sql as 'select 1';
      create view far_away as select elsewhere() as at;
      analyze plain_notes`);
    await scene.gateway.decide(id, scene.ada, "approve");
    assert.equal((await answer).rowCount, 1);
  });
});

type Changes = Readonly<Record<string, readonly [sql: string, change: string]>>;

/** Each is made while its statement waits, and approved after. */
async function assertCallForNewLooks(changes: Changes): Promise<void> {
  for (const [what, [sql, change]] of Object.entries(changes)) {
    await withAgent(async (agent) => {
      const held = agent.held();
      const answer = agent.client.query(sql).catch((error) => error);
      const id = await held;
      await asSuperuser(change);
      const again = agent.held();
      await scene.gateway.decide(id, scene.ada, "approve");
      assert.equal(await Promise.race([again, answer.then(() => "it ran")]), id, what);
      await scene.gateway.decide(id, scene.ada, "deny", "Not that.");
      assert.equal((await answer).code, "42501", what);
    });
  }
}

/** What the same text meant when it was proposed, and what somebody made of it before it was approved. */
const changedTypes: Changes = {
  "a check of a column's domain": [
    "insert into priced values (3)",
    "alter domain price add constraint small check (value < 5)",
  ],
  "the function in such a check": [
    "insert into priced values (4)",
    `create or replace function is_price(int) returns boolean language sql immutable as 'select $1 < 9'`,
  ],
  "a label of an enumeration": [
    "update felt set mood = 'sad' where mood = 'glad'",
    "alter type mood rename value 'glad' to 'angry'",
  ],
  "a field of a type in a column's list": [
    "insert into sized values ('{}')",
    "alter type size add attribute depth int",
  ],
  "a cast to a type that only the text names": [
    "delete from priced where price = ('(1)'::lonely)::int",
    `create or replace function to_int(lonely) returns int language sql immutable as 'select 2'`,
  ],
  "the type that an argument of a function has": [
    "update priced set price = half('(8)')",
    "alter type halved add attribute other int",
  ],
};

test("a type that means something else calls for a new look", async () => {
  await asSuperuser(`
    create function is_price(int) returns boolean language sql immutable as 'select $1 > 0';
    create domain price as int check (is_price(value));
    create table priced (price price);
    create type mood as enum ('sad', 'glad');
    create table felt (mood mood);
    create type size as (width int);
    create table sized (sizes size[]);
    create type lonely as (value int);
    create function to_int(lonely) returns int language sql immutable as 'select 1';
    create cast (lonely as int) with function to_int(lonely);
    create type halved as (value int);
    create function half(halved) returns int language sql immutable as 'select 4';
    grant all on priced, felt, sized to public;
  `);
  await assertCallForNewLooks(changedTypes);
});

/** The same of what stands behind an operator's sign, a foreign table's name, a partition's key and a definition. */
const changedMeanings: Changes = {
  "the function of an operator that the text has": [
    "delete from operated where id === 2",
    `create or replace function same(int, int) returns boolean language sql as 'select true'`,
  ],
  "an operator in a view that it reads": [
    "delete from operated where id in (select id from operated_v)",
    `create or replace function same(int, int) returns boolean language sql as 'select null::boolean'`,
  ],
  "the table that a foreign one stands for": [
    "delete from far",
    `alter foreign table far options (add table_name 'elsewhere')`,
  ],
  "the server that it is on": [
    "delete from far",
    `alter server other options (add host 'elsewhere')`,
  ],
  "the function of a key by which rows are spread": [
    "insert into spread values (1)",
    `create or replace function bucket(int) returns int language sql immutable as 'select $1 + 1'`,
  ],
  "an event trigger on definitions": [
    "create table defined (id int)",
    `create function on_definition() returns event_trigger language plpgsql as 'begin end';
     create event trigger defining on ddl_command_end execute function on_definition()`,
  ],
  "an operator that is another by then": [
    "delete from operated where id === 2",
    `drop operator === (int, int) cascade;
     create operator === (leftarg = int, rightarg = int, procedure = pg_catalog.int4ne)`,
  ],
};

test("what means something else by way of the catalogue calls for a new look", async () => {
  await asSuperuser(`
    create function same(int, int) returns boolean language sql as 'select $1 operator(pg_catalog.=) $2';
    create operator === (leftarg = int, rightarg = int, procedure = same);
    create table operated (id int);
    create view operated_v as select id from operated where id === 1;
    create foreign data wrapper distant;
    create server other foreign data wrapper distant;
    create foreign table far (id int) server other;
    create function bucket(int) returns int language sql immutable as 'select $1';
    create table spread (id int) partition by list (bucket(id));
    create table spread_1 partition of spread for values in (1, 2);
    grant all on operated, operated_v, far, spread, spread_1 to public;
  `);
  await assertCallForNewLooks(changedMeanings);
  await asSuperuser(`
    drop event trigger defining;
    drop operator === (int, int) cascade;
    drop foreign data wrapper distant cascade`);
});

test("an approval is not picked up by a session that reads or writes values in another way", async () => {
  const others = [
    "set bytea_output = 'escape'",
    "set extra_float_digits = -3",
    "set xmlbinary = 'hex'",
    "set quote_all_identifiers = on",
    "set lc_monetary = 'C.UTF-8'",
  ];
  const sql = "delete from audit where what = 'said otherwise'";
  const agent = await scene.gateway.connect();
  const { id, answer } = await heldTooLong(agent, sql);
  assert.match(answer.detail ?? "", /pending_review/);
  await scene.gateway.decide(id, scene.ada, "approve");
  await agent.client.end();
  for (const setting of others) {
    const other = await scene.gateway.connect();
    await other.client.query(setting);
    assert.notEqual((await heldTooLong(other, sql)).id, id, setting);
    await other.client.end();
  }
});

/** In each a value of the session's own tells who is meant, under a name that the statement does not have. */
const readers: Readonly<Record<string, string>> = {
  "a row policy": `alter table owned enable row level security;
    create policy of_one on owned using (owner = current_setting('app.owner'::varchar, true))`,
  "a function of a trigger": `create function owned_only() returns trigger language plpgsql as $$ begin
      if old.owner = current_setting('app.row.owner', true) then return old; end if;
      return null;
    end $$;
    create trigger owned_only before delete on owned for each row execute function owned_only()`,
  "a function that the statement calls, in the standard's own form": `create function mine(text) returns boolean language sql stable
    return $1 = pg_catalog.current_setting('App.Owner'::text, true)`,
};

for (const [what, reader] of Object.entries(readers)) {
  test(`an approval is not used under another value of a setting that ${what} reads`, async () => {
    await asSuperuser(`
      drop table if exists owned cascade; drop function if exists owned_only; drop function if exists mine;
      create table owned (id int, owner text);
      insert into owned values (1, 'one'), (2, 'two');
      grant all on owned to public;
      ${reader}`);
    const setting = reader.includes("app.row.owner") ? "app.row.owner" : "app.owner";
    const sql = `delete from owned where ${reader.includes("mine") ? "mine(owner)" : "id > 0"}`;
    await withAgent(async (agent) => {
      const approved = async (text: string) => {
        const held = agent.held();
        const done = agent.client.query(text);
        await scene.gateway.decide(await held, scene.ada, "approve");
        return done;
      };
      await approved(`set ${setting} = 'one'`);
      const { id } = await heldTooLong(agent, sql);
      await scene.gateway.decide(id, scene.ada, "approve");
      await approved(`set ${setting} = 'two'`);
      assert.notEqual((await heldTooLong(agent, sql)).id, id);
      await approved(`set ${setting} = 'one'`);
      const again = await agent.client.query(sql);
      assert.equal(again.rowCount, 1, "under the value that it was approved for");
    });
    const { rows } = await asSuperuser("select owner from owned");
    assert.deepEqual(rows, [{ owner: "two" }]);
  });
}
