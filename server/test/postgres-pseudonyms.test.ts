/** Pseudonyms from end to end: a real database, real sessions, the store in its folder, and a clock that the test turns. */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { Client } from "pg";
import { createSessionVaults } from "#/composition/session-vaults.ts";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { createPseudonyms } from "#/masking/replacement/pseudonyms.ts";
import { silentLog } from "#/platform/log.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken, asSuperuser, startPostgresGateway } from "./support/postgres-gateway.ts";
import { openFolder, temporaryFolder } from "./support/sqlite-store.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query(`
      create table writers (id int primary key, email text);
      insert into writers values (1, 'ada.of.london@example.com'), (2, 'bob.of.paris@example.com');
      grant select on writers to ${postgres.user}`);
  });
});
after(() => postgres.stop());

const rules = `
  @id("reads-run") @mask("email: tokenise") @reason("Reads run, with pseudonyms.")
  permit (principal, action in Countersign::Action::"sql", resource);`;
const lifetimeMs = 8 * 60 * 60 * 1000;
const importer = JSON.stringify(["agent", "importer", "shop"]);
const values = /of\.london|of\.paris/i;

/** As one process of the gateway, so long after the first has begun. */
async function startProcess(dir: string, laterMs = 0) {
  const store = await openFolder(dir);
  const stage = openStage(store);
  stage.clock.advance(laterMs);
  stage.rule(rules);
  const vaults = createSessionVaults({ store, clock: stage.clock, log: silentLog });
  const gateway = await startPostgresGateway(postgres, stage, {
    vaults,
    otherAgents: ["reporter"],
  });
  let isStopped = false;
  return {
    clock: stage.clock,
    vaults,
    /** In a session of its own. */
    async ask(user: string, sql: string): Promise<readonly string[]> {
      const { host, port } = gateway.login;
      const client = new Client({ host, port, user, password: agentToken, database: "shop" });
      await client.connect();
      try {
        const { rows } = await client.query({ text: sql, rowMode: "array" });
        return (rows as readonly (readonly unknown[])[]).map((row) => row.map(String).join());
      } finally {
        await client.end();
      }
    },
    /** What the importer's pseudonyms in this text lead back to. */
    async restored(text: string): Promise<string> {
      const vault = vaults.open(importer);
      await vault.opening();
      return createPseudonyms(vault).restore(text);
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      await gateway.close();
      await stage.close();
      await vaults.close();
      await store.close();
    },
  };
}

type Process = Awaited<ReturnType<typeof startProcess>>;

function begin(context: TestContext) {
  const dir = temporaryFolder();
  const started: Process[] = [];
  context.after(async () => {
    for (const each of started) await each.stop();
    fs.rmSync(dir, { recursive: true });
  });
  return {
    dir,
    async start(laterMs?: number): Promise<Process> {
      const made = await startProcess(dir, laterMs);
      started.push(made);
      return made;
    },
  };
}

const both = "select email from writers order by id";
const second = "select email from writers where id = 2";

test("a value has one pseudonym in all sessions of an agent, from its first answer on, and after a restart", async (context) => {
  const { start } = begin(context);
  const first = await start();
  assert.deepEqual(await first.ask("importer", both), ["<EMAIL_1>", "<EMAIL_2>"]);
  assert.deepEqual(await first.ask("importer", second), ["<EMAIL_2>"]);
  await first.stop();
  const again = await start(lifetimeMs - 1);
  assert.deepEqual(await again.ask("importer", second), ["<EMAIL_2>"]);
  assert.equal(await again.restored("<EMAIL_2>"), "bob.of.paris@example.com");
});

test("another agent's pseudonyms are its own: they tell nothing of the same value", async (context) => {
  const { start } = begin(context);
  const { ask } = await start();
  assert.deepEqual(await ask("importer", both), ["<EMAIL_1>", "<EMAIL_2>"]);
  assert.deepEqual(await ask("reporter", second), ["<EMAIL_1>"]);
  assert.deepEqual(await ask("importer", second), ["<EMAIL_2>"]);
});

test("after the lifetime nothing is led back, no number is given again, also by a process that was not there before", async (context) => {
  const { start } = begin(context);
  const first = await start();
  assert.deepEqual(await first.ask("importer", both), ["<EMAIL_1>", "<EMAIL_2>"]);
  first.clock.advance(lifetimeMs);
  const given = "<EMAIL_1> <EMAIL_2>";
  assert.equal(await first.restored(given), given);
  const numbers = (texts: readonly string[]) => texts.map((text) => Number(/\d+/.exec(text)?.[0]));
  const next = numbers(await first.ask("importer", both));
  assert.ok(Math.min(...next) > 2, String(next));
  assert.equal(await first.restored(given), given);
  await first.stop();
  const last = await start(2 * lifetimeMs);
  assert.equal(await last.restored(given), given);
  const later = numbers(await last.ask("importer", both));
  assert.ok(Math.min(...later) > Math.max(...next), String(later));
});

test("no file of the data folder holds a value, while its pseudonym leads back to it", async (context) => {
  const { dir, start } = begin(context);
  const { ask, vaults, restored } = await start();
  await ask("importer", both);
  await vaults.close();
  const files = fs
    .readdirSync(dir, { recursive: true })
    .map((name) => path.join(dir, String(name)));
  const read = files.filter((file) => fs.statSync(file).isFile());
  const names = read.map((file) => path.basename(file));
  for (const name of ["store.db", "store.db-wal", "store.journal-1"])
    assert.ok(names.includes(name));
  for (const file of read) {
    assert.doesNotMatch(fs.readFileSync(file).toString("latin1"), values, path.basename(file));
  }
  assert.match(await restored("<EMAIL_1>"), values);
});
