/** A name with a dot in it is one name: to rules, to the lock of reads, to approvals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatabaseError } from "pg";
import { bypassScene } from "./support/bypass-scene.ts";

const scene = bypassScene({ holdMaxMs: 60_000 });

test("an approval does not outlive a change of a relation with a dot in its name", async () => {
  await scene.asSuperuser(
    'create table "my.table" (id int, note text); grant all on "my.table" to public',
  );
  await scene.withAgent(async (agent) => {
    const held = agent.held();
    const answer = agent.client
      .query('insert into "my.table" values (1)')
      .catch((error: DatabaseError) => error);
    const id = await held;
    await scene.asSuperuser(`alter table "my.table" alter column note set default 'later'`);
    const again = agent.held();
    await scene.gateway.decide(id, scene.ada, "approve");
    assert.equal(await Promise.race([again, answer.then(() => "it ran")]), id);
    await scene.gateway.decide(id, scene.ada, "deny", "Not that.");
    assert.equal(((await answer) as DatabaseError).code, "42501");
  });
});

test("a domain with a dot in its name is one that somebody has made", async () => {
  await scene.asSuperuser(`
    create function checked(int) returns boolean language sql volatile
      as 'insert into audit values (''checked'') returning true';
    create domain "my.domain" as int check (checked(value));
    grant usage on type "my.domain" to public`);
  await scene.withAgent(async ({ client }) => {
    await client.query("begin");
    await assert.rejects(client.query('select 5::"my.domain"'), { code: "25006" });
    await client.query("rollback");
  });
  assert(!(await scene.audited()).includes("checked"));
});
