import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LogEntry } from "@countersign/sdk/wire/log";
import type { Page } from "@countersign/sdk/wire/page";
import { Client } from "pg";
import { type Folder, makeFolder, startTestGateway } from "./support/gateway.ts";
import { verdictState } from "./support/gateway-client.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";

let postgres: TestPostgres;
let folder: Folder;

before(async () => {
  postgres = await startTestPostgres();
  folder = await makeFolder(postgres);
});
after(async () => {
  await folder.remove();
  await postgres.stop();
});

async function customerExists(id: number): Promise<boolean> {
  const direct = new Client({ connectionString: postgres.url });
  await direct.connect();
  const { rowCount } = await direct.query("select from customers where id = $1", [id]);
  await direct.end();
  return rowCount === 1;
}

test("a review that was pending at kill -9 is pending and detached afterwards, and the same statement joins it", async () => {
  const first = await startTestGateway(folder, postgres);
  const agent = await first.connect();
  const gone = agent.client.query("delete from customers where id = 21").catch(() => "gone");
  const id = await agent.held();
  assert.equal((await first.review(id, await first.signIn("ada"))).attached, true);
  await first.kill();
  await gone;

  const second = await startTestGateway(folder, postgres);
  const ada = await second.signIn("ada");
  const left = await second.review(id, ada);
  assert.equal(left.state, "pending");
  assert.equal(left.attached, false);

  const back = await second.connect();
  const done = back.client.query("delete from customers where id = 21");
  assert.equal(await back.held(), id);
  assert.equal((await second.inbox(ada)).length, 1);
  const verdict = await second.decide(id, ada, "approve");
  assert.equal(verdictState(verdict), "approved");
  assert.equal((await done).rowCount, 1);
  assert.equal(await customerExists(21), false);
  await back.client.end();
  await second.stop();
});

test("an approval given while nobody waits is used by the caller that comes back, once", async () => {
  const gateway = await startTestGateway(folder, postgres);
  const agent = await gateway.connect();
  const gone = agent.client.query("delete from customers where id = 22").catch(() => "gone");
  const id = await agent.held();
  // Stopping the gateway detaches what waits; it does not cancel it.
  await gateway.stop();
  await gone;

  const second = await startTestGateway(folder, postgres);
  const ada = await second.signIn("ada");
  assert.equal(verdictState(await second.decide(id, ada, "approve")), "approved");
  assert.equal(await customerExists(22), true, "an approval alone runs nothing");
  const back = await second.connect();
  assert.equal((await back.client.query("delete from customers where id = 22")).rowCount, 1);

  const again = back.client.query("delete from customers where id = 22");
  const other = await back.held();
  assert.notEqual(other, id, "the approval is used up");
  await second.decide(other, ada, "deny", "It is gone already.");
  await assert.rejects(again, { code: "42501" });
  await back.client.end();
  await second.stop();
});

test("an execution that kill -9 cut off has an unknown outcome, and is never run again by itself", async () => {
  const gateway = await startTestGateway(folder, postgres);
  const ada = await gateway.signIn("ada");
  const blocker = new Client({ connectionString: postgres.url });
  await blocker.connect();
  await blocker.query("begin");
  await blocker.query("select from customers where id = 23 for update");

  const agent = await gateway.connect();
  const gone = agent.client.query("delete from customers where id = 23").catch(() => "gone");
  const id = await agent.held();
  await gateway.decide(id, ada, "approve");
  while ((await gateway.review(id, ada)).execution?.state !== "claimed");
  await gateway.kill();
  await gone;

  const second = await startTestGateway(folder, postgres);
  const bob = await second.signIn("bob");
  const cut = await second.review(id, bob);
  assert.equal(cut.execution?.state, "outcome_unknown");
  const { body } = await second.call("/log/records?from=0&limit=500", bob);
  const types = (body as Page<LogEntry>).items
    .filter(({ reviewId }) => reviewId === id)
    .map(({ type }) => type);
  assert.deepEqual(types.slice(-2), ["execution.claimed", "execution.unknown"]);

  const back = await second.connect();
  const again = back.client.query("delete from customers where id = 23").catch((error) => error);
  const other = await back.held();
  assert.notEqual(other, id, "nothing joins an execution whose outcome is unknown");
  const [told] = (await second.review(other, bob)).reasons;
  assert.equal(told?.policy, "gateway");
  assert.match(told.text, new RegExp(`nobody knows whether it was done \\(${id}\\)`));
  await second.decide(other, bob, "deny", "Look at the first one before.");
  assert.equal((await again).code, "42501");
  await blocker.query("rollback");
  await blocker.end();
  await back.client.end();
  await second.stop();
});

test("every read that a client was answered is on record after kill -9, and none is there twice", async () => {
  const gateway = await startTestGateway(folder, postgres);
  const agents = await Promise.all(Array.from({ length: 4 }, () => gateway.connect()));
  const answered: string[] = [];
  const killed = agents.map(async ({ client }, agent) => {
    for (let turn = 0; ; turn += 1) {
      const command = `select ${agent} as agent, ${turn} as turn`;
      await client.query(command);
      answered.push(command);
      if (answered.length === 200) await gateway.kill();
    }
  });
  await Promise.allSettled(killed);
  assert.ok(answered.length >= 200);

  const second = await startTestGateway(folder, postgres);
  const ada = await second.signIn("ada");
  const recorded: string[] = [];
  for (let next: string | null = "/actions?decision=allow&limit=100"; next !== null; ) {
    const { body } = await second.call(next, ada);
    const page = body as Page<{ readonly command: string | null }>;
    recorded.push(...page.items.map(({ command }) => command ?? ""));
    next = page.next === null ? null : `/actions?decision=allow&limit=100&cursor=${page.next}`;
  }
  for (const command of answered) {
    assert.equal(recorded.filter((each) => each === command).length, 1, command);
  }
  await second.stop();
});

test("an upstream that is down is a clear error at the client, and its return is noticed", async () => {
  const other = await startTestPostgres({ shop: false });
  const away = await makeFolder(other);
  await other.stop();
  const gateway = await startTestGateway(away, other);
  await assert.rejects(gateway.connect(), (error: { code?: string; message: string }) => {
    assert.equal(error.code, "08001");
    assert.match(error.message, /could not be reached/);
    assert.doesNotMatch(error.message, /password|gateway_/);
    return true;
  });
  assert.equal((await gateway.call("/status", gateway.operatorToken)).status, 200);
  await gateway.stop();
  await away.remove();
});

test("a session whose upstream dies while a statement waits detaches the review", async () => {
  const gateway = await startTestGateway(folder, postgres);
  const ada = await gateway.signIn("ada");
  const agent = await gateway.connect();
  const ended = new Promise((resolve) => agent.client.once("end", resolve));
  const gone = agent.client.query("delete from customers where id = 24").catch((error) => error);
  const id = await agent.held();
  const admin = new Client({ connectionString: postgres.superuserUrl });
  await admin.connect();
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'gateway_shop' and pid <> pg_backend_pid()",
  );
  await admin.end();
  await gone;
  await ended;
  while ((await gateway.review(id, ada)).attached);
  assert.equal((await gateway.review(id, ada)).state, "pending");
  assert.equal(await customerExists(24), true);
  await gateway.stop();
});
