/**
 * The guide through the first real installation, as far as it needs no root: its SQL makes the role, its
 * configuration runs, and its commands do what it says. Only ports and places differ.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { LogVerification } from "@countersign/sdk/wire/log";
import type { CreatedLink } from "@countersign/sdk/wire/sign-in";
import type { Status } from "@countersign/sdk/wire/status";
import { Client } from "pg";
import { loadConfig } from "#/config/load.ts";
import { loadPolicyFolder } from "#/policy/check.ts";
import { spawnMain } from "./support/gateway.ts";
import { nodeEnvironment } from "./support/node-environment.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";

const root = join(import.meta.dirname, "../..");
const guide = await readFile(join(root, "docs/guides/first-installation.md"), "utf8");
const yaml = blockOf("yaml", "dataDir:");

let postgres: TestPostgres;
let folder: string;
let configFile: string;

before(async () => {
  postgres = await startTestPostgres();
  folder = await mkdtemp(join(tmpdir(), "countersign-test-guide-"));
  configFile = join(folder, "countersign.yaml");
  await cp(join(root, "policies/production"), join(folder, "policies"), { recursive: true });
  await writeFile(join(folder, "shop.password"), "a long random password\n");
  await writeFile(configFile, yaml);
});
after(async () => {
  await rm(folder, { recursive: true });
  await postgres.stop();
});

test("the configuration and the policies of the guide have no problems", async () => {
  const config = await loadConfig(configFile, {});
  assert.equal(config.dataDir, "/var/lib/countersign");
  assert.deepEqual(
    config.connections.map((connection) => {
      assert.ok(connection.kind === "postgres");
      return [connection.name, connection.upstream.password?.reveal()];
    }),
    [["shop", "a long random password"]],
  );
  const load = await loadPolicyFolder(config.policyDir);
  assert.equal(load.ok, true);
});

test("what the guide's service starts and its proxy passes on is there", async () => {
  const start = /^ExecStart=\/opt\/countersign\/(\S+) (\S+) --config /m.exec(
    blockOf("ini", "[Unit]"),
  );
  for (const file of start?.slice(1, 3) ?? [""]) await readFile(join(root, file));
  const stream = /location = \/api\/v1(\S+) /.exec(blockOf("nginx", "server"))?.[1];
  const routes = await readFile(join(root, "docs/reference/api.md"), "utf8");
  assert.ok(routes.includes(`| \`GET ${stream}\` |`), `${stream} is no route`);
});

test("the guide's role is enough, and its commands bring the first statement to a person", async (context) => {
  await asSuperuser(blockOf("sql", "create role countersign"));
  const dataDir = join(folder, "data");
  await mkdir(dataDir, { mode: 0o700 });
  await writeFile(configFile, yaml.replace("port: 5432", `port: ${postgres.port}`));
  const { child, output } = spawnMain(configFile, {
    COUNTERSIGN_DATA: dataDir,
    COUNTERSIGN_CONSOLE_PORT: "0",
    COUNTERSIGN_POSTGRES_PORT: "0",
  });
  context.after(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
  });
  while (!output().includes("is running")) await once(child.stdout ?? child, "data");
  const countersign = (...args: readonly string[]) => run(dataDir, args);

  const status = (await countersign("status", "--json")) as Status;
  assert.equal(status.console.url, "https://countersign.example.com");
  const link = (await countersign("person", "link", "ada", "--json")) as CreatedLink;
  assert.match(link.url, /^https:\/\/countersign\.example\.com\/sign-in#csl_/);
  const agent = (await countersign("agent", "create", "reporting-bot", "--json")) as CreatedAgent;

  const client = new Client({ connectionString: agent.urls[0]?.url });
  // The gateway ends it, if the test does not come that far.
  client.on("error", () => {});
  await client.connect();
  assert.equal((await client.query("select from customers limit 3")).rowCount, 3);
  const answer = client
    .query("delete from customers where id = 7")
    .catch((error: unknown) => error);
  const [{ message }] = (await once(client, "notice")) as [{ readonly message: string }];
  assert.match(
    message,
    /^This statement waits for 1 of dba .* https:\/\/countersign\.example\.com\/reviews\/rev_/,
  );
  const { items } = await api("/reviews?state=pending", dataDir);
  const digest = items[0]?.digest;
  const session = await api("/sign-in", dataDir, { code: link.url.split("#")[1] });
  await api(
    `/reviews/${items[0]?.id}/verdicts`,
    dataDir,
    { verdict: "approve", digest, comment: null },
    session.token,
  );
  assert.equal(((await answer) as { readonly rowCount: number }).rowCount, 1);

  await client.end();

  const copy = join(folder, "backup");
  await mkdir(copy);
  const store = new DatabaseSync(join(dataDir, "store.db"), { readOnly: true });
  store.exec(`vacuum into '${join(copy, "store.db")}'`);
  store.close();
  for (const key of ["data.key", "log.key", "log.pub"])
    await cp(join(dataDir, key), join(copy, key));
  const verified = (await countersign(
    "log",
    "verify",
    "--json",
    "--data",
    copy,
  )) as LogVerification;
  assert.equal(verified.ok, true);
  assert.equal(verified.erased, 0);
});

function blockOf(language: string, beginning: string): string {
  const blocks = [...guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
  const found = blocks.find(([, of, text]) => of === language && text?.startsWith(beginning));
  assert.ok(found?.[2] !== undefined, `the guide has no ${language} that begins with ${beginning}`);
  return found[2];
}

/** The guide's names in the places that it says. */
async function asSuperuser(sql: string): Promise<void> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  const here = sql
    .replaceAll("shop_owner", postgres.user)
    .replaceAll("database shop", `database ${postgres.database}`);
  await client.query(here);
  await client.end();
}

async function run(dataDir: string, args: readonly string[]): Promise<unknown> {
  const command = join(root, "cli/bin/countersign.mjs");
  const env = { ...nodeEnvironment, HOME: folder, COUNTERSIGN_DATA: dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...args], { env });
  return JSON.parse(stdout);
}

interface Answer {
  readonly token: string;
  readonly items: readonly { readonly id: string; readonly digest: string }[];
}

async function api(path: string, dataDir: string, body?: unknown, token?: string): Promise<Answer> {
  const { url } = JSON.parse(await readFile(join(dataDir, "gateway.json"), "utf8")) as {
    readonly url: string;
  };
  const operator = (await readFile(join(dataDir, "operator.token"), "utf8")).trim();
  const response = await fetch(`${url}/api/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token ?? operator}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, await response.clone().text());
  return (await response.json()) as Answer;
}
