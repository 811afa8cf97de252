import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { type Folder, makeFolder, spawnMain, startTestGateway } from "./support/gateway.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";

let postgres: TestPostgres;
const folders: Folder[] = [];

before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(async () => {
  for (const folder of folders) await folder.remove();
  await postgres.stop();
});

async function folderWith(changes: Parameters<typeof makeFolder>[1] = {}): Promise<Folder> {
  const folder = await makeFolder(postgres, changes);
  folders.push(folder);
  return folder;
}

/** What a start that must fail prints. */
async function failedStart(
  folder: Folder,
  environment: Readonly<Record<string, string>> = { SHOP_PASSWORD: "any" },
): Promise<string> {
  const { child, output } = spawnMain(folder.configFile, environment);
  child.stdout?.on("data", () => {
    if (output().includes("is running")) child.kill();
  });
  const [code] = await once(child, "close");
  assert.equal(code, 1, output());
  assert.doesNotMatch(output(), /is running/);
  return output();
}

test("all problems of a configuration are printed at once, with their lines, and nothing listens", async () => {
  const folder = await folderWith();
  await writeFile(
    folder.configFile,
    `people:
  - name: ada
    groups: [dba]
  - name: Ada Lovelace
agents:
  - name: bot
    owner: nobody
    colour: red
connections:
  - name: shop
    kind: postgres
    environment: test
    upstream: { host: localhost, port: 99999, database: shop, user: shop, password: hunter2 }
  - name: store
    kind: postgres
    environment: test
    sensitive: [public.pay*.iban]
    upstream: { host: localhost, database: shop, user: shop, password: { env: NOT_THERE } }
  - name: other
    kind: mysql
    environment: test
listen:
  api: { port: seven }
surprise: true
`,
  );
  const output = await failedStart(folder, { COUNTERSIGN_CONSOLE_PORT: "seven" });
  const expected = [
    /:4 people\[1\]\.name:/,
    /:8 agents\[0\]\.colour: is not a setting/,
    /:7 agents\[0\]\.owner: "nobody" is not among the people/,
    /:20 connections\[2\]\.kind:/,
    /connections\[0\]\.upstream\.port:/,
    /connections\[0\]\.upstream\.password: .*write \{ env: NAME \} or \{ file: PATH \}/,
    /:17 connections\[1\]\.sensitive\[0\]: write schema\.relation\.column/,
    /:18 connections\[1\]\.upstream\.password: the environment variable NOT_THERE is not set/,
    /:23 listen\.api\.port:/,
    /COUNTERSIGN_CONSOLE_PORT is not a port/,
    /surprise: is not a setting/,
    /\[config\.invalid\]/,
  ];
  for (const problem of expected) assert.match(output, problem);
  assert.doesNotMatch(
    output,
    /hunter2/,
    "a secret that stands in the file by mistake is not printed",
  );
});

test("references to nobody, doubled names and missing secrets are problems of the configuration", async () => {
  const folder = await folderWith({
    config: {
      people: [{ name: "ada" }, { name: "ada" }],
      agents: [{ name: "bot", owner: "nobody" }],
    },
  });
  const output = await failedStart(folder, { COUNTERSIGN_POSTGRES_PORT: "70000" });
  for (const problem of [
    /people\[1\]\.name: "ada" is there twice/,
    /agents\[0\]\.owner: "nobody"/,
    /environment variable SHOP_PASSWORD is not set/,
    /COUNTERSIGN_POSTGRES_PORT is not a port/,
  ]) {
    assert.match(output, problem);
  }
});

test("a bad policy is refused with file and line, and nothing listens", async () => {
  const folder = await folderWith({
    policies: `@id("one")\npermit(principal, action, resource);\n@id("two") @colour("red")\nforbid(principal, action, resource);\n`,
  });
  const output = await failedStart(folder);
  assert.match(output, /rules\.cedar:1 /);
  assert.match(output, /rules\.cedar:3 /);
  assert.match(output, /\[policy\.invalid\]/);
});

test("a policy folder that is not there is named, without a line", async () => {
  const folder = await folderWith({ config: { policies: "./nowhere" } });
  const output = await failedStart(folder);
  assert.match(output, /nowhere have problems:\s+\. The folder does not exist\./);
});

test("a database that refuses the gateway is told in the log, with the database's own words", async () => {
  const folder = await folderWith();
  const gateway = await startTestGateway(folder, postgres, "", { SHOP_PASSWORD: "wrong" });
  await gateway.printed("connection.failed");
  await gateway.stop();
  assert.match(
    gateway.output(),
    /"event":"connection\.failed".*"code":"upstream\.refused".*"cause":"password authentication failed/,
  );
});

test("the commands that a start prints find its data folder", async () => {
  const gateway = await startTestGateway(await folderWith(), postgres);
  await gateway.stop();
  assert.match(
    gateway.output(),
    /COUNTERSIGN_DATA='[^']+\/\.countersign' npx --no-install countersign person link NAME/,
  );
});

test("a port that is taken is named, with what to do", async () => {
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const address = squatter.address();
  assert(address !== null && typeof address === "object");
  for (const listen of [
    { api: { port: 0 }, postgres: { port: address.port } },
    { api: { port: address.port }, postgres: { port: 0 } },
  ]) {
    const output = await failedStart(await folderWith({ config: { listen } }));
    assert.match(output, new RegExp(`${address.port}`));
    assert.match(output, /\[listener\.port_taken\]/);
  }
  squatter.close();
});

test("a data folder serves one gateway at a time", async () => {
  const folder = await folderWith();
  const gateway = await startTestGateway(folder, postgres);
  const output = await failedStart(folder);
  assert.match(output, /\[store\.in_use\]/);
  assert.match(output, new RegExp(`${gateway.status.pid}`));
  await gateway.stop();
  const next = await startTestGateway(folder, postgres);
  await next.stop();
});

test("a data folder of a newer version is left alone", async () => {
  const folder = await folderWith();
  await (await startTestGateway(folder, postgres)).stop();
  const file = join(folder.path, ".countersign", "store.db");
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 9999");
  db.close();
  assert.match(await failedStart(folder), /\[store\.newer_version\]/);
});

test("a disk that is full denies with recording_failed, and status says degraded", async () => {
  const folder = await folderWith();
  await (await startTestGateway(folder, postgres)).stop();
  // In blocks of 512 bytes: enough to start, too little for long.
  const gateway = await startTestGateway(folder, postgres, "ulimit -f 700; trap '' XFSZ");
  const ada = await gateway.signIn("ada");
  const agent = await gateway.connect();
  let failure: { readonly code?: string; readonly detail?: string } = {};
  for (let count = 0; count < 5000 && failure.code === undefined; count += 1) {
    // Not a proven read, because of the catalogue's view: its record comes first.
    await agent.client
      .query(`select count(*) as n${count} from pg_tables`)
      .catch((error: typeof failure) => {
        failure = error;
      });
  }
  assert.equal(failure.code, "58030");
  assert.match(failure.detail ?? "", /"recording_failed"/);
  await assert.rejects(agent.client.query("select count(*) from pg_tables"), { code: "58030" });
  const { body } = await gateway.call("/status", ada);
  const status = body as { readonly ready: boolean; readonly degraded: string | null };
  assert.equal(status.ready, false);
  assert.notEqual(status.degraded, null);
  await agent.client.end();
  await gateway.stop();

  const mended = await startTestGateway(folder, postgres);
  assert.equal(mended.status.ready, true);
  await mended.stop();
});
