/** TLS of a whole gateway: what a new installation has by itself, and what the configuration makes of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import { Client, type ClientConfig } from "pg";
import { makeFolder, spawnMain, startTestGateway } from "./support/gateway.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { makeAuthority } from "./support/test-authority.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

async function start(context: TestContext, tls: object) {
  const listen = { api: { port: 0 }, postgres: { port: 0, tls } };
  const folder = await makeFolder(postgres, { config: { listen } });
  context.after(() => folder.remove());
  const gateway = await startTestGateway(folder, postgres);
  context.after(() => gateway.stop());
  const issued = await gateway.call("/agents/bot/token", gateway.operatorToken, {});
  const [{ url } = { url: "" }] = (issued.body as CreatedAgent).urls;
  return { folder, url };
}

async function query(config: ClientConfig): Promise<unknown> {
  const client = new Client(config);
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly answer: number }>("select 42 as answer");
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

test("a gateway that was told nothing of TLS has a certificate of its own, and the same strings as ever", async (context) => {
  const { folder, url } = await start(context, {});
  assert.match(url, /^postgres:\/\/bot:[^@?]+@127\.0\.0\.1:\d+\/shop$/);
  assert.equal(await query({ connectionString: url }), 42);
  const dataDir = join(folder.path, ".countersign");
  const ca = await readFile(join(dataDir, "postgres.crt"), "utf8");
  assert.equal(await query({ connectionString: url, ssl: { ca } }), 42);
  assert.equal((await stat(join(dataDir, "postgres.key"))).mode & 0o777, 0o600);
});

test("where TLS is required, the strings say so, and what comes without is told", async (context) => {
  const { folder, url } = await start(context, { required: true });
  assert.match(url, /\/shop\?sslmode=require$/);
  const bare = url.replace("?sslmode=require", "");
  await assert.rejects(query({ connectionString: bare }), { code: "28000" });
  const certificate = join(folder.path, ".countersign", "postgres.crt");
  const verified = `${bare}?sslmode=verify-full&sslrootcert=${certificate}`;
  assert.equal(await query({ connectionString: verified }), 42);
});

test("a configured certificate is the one that clients see", async (context) => {
  const authority = makeAuthority("authority of the test");
  const { certificate, key } = authority.issue(["gateway.test", "127.0.0.1"]);
  const folder = await makeFolder(postgres);
  context.after(() => folder.remove());
  const files = { certificate: join(folder.path, "c.pem"), key: join(folder.path, "k.pem") };
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key);
  const tls = { certificate: { file: files.certificate }, key: { file: files.key } };
  const { url } = await start(context, tls);
  const ssl = { ca: authority.certificate, servername: "gateway.test" };
  assert.equal(await query({ connectionString: url, ssl }), 42);
});

test("a certificate that can't be used is named, and nothing listens", async (context) => {
  const authority = makeAuthority("authority of the test");
  const folder = await makeFolder(postgres);
  context.after(() => folder.remove());
  const config = JSON.parse(await readFile(folder.configFile, "utf8")) as {
    readonly listen: { readonly postgres: object };
  };
  await writeFile(join(folder.path, "c.pem"), authority.issue(["a"]).certificate);
  await writeFile(join(folder.path, "k.pem"), authority.issue(["b"]).key);
  const tls = { certificate: { file: "c.pem" }, key: { file: "k.pem" } };
  const listen = { ...config.listen, postgres: { ...config.listen.postgres, tls } };
  await writeFile(folder.configFile, JSON.stringify({ ...config, listen }));
  const { child, output } = spawnMain(folder.configFile, { SHOP_PASSWORD: postgres.password });
  const [code] = await once(child, "close");
  assert.equal(code, 1, output());
  assert.match(output(), /\[tls\.invalid_certificate\]/);
  assert.match(output(), /c\.pem/);
  assert.doesNotMatch(output(), /is running/);
});
