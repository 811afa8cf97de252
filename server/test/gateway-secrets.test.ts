import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "pg";
import { makeFolder, startTestGateway } from "./support/gateway.ts";
import { startTestPostgres } from "./support/postgres.ts";

test("the upstream's password and the agent's token are in nothing that is received, printed or stored", async (t) => {
  const postgres = await startTestPostgres();
  t.after(postgres.stop);
  const folder = await makeFolder(postgres);
  t.after(folder.remove);
  const gateway = await startTestGateway(folder, postgres);
  t.after(gateway.stop);
  const ada = await gateway.signIn("ada");
  const issued = await gateway.call("/agents/bot/token", gateway.operatorToken, {});
  const { token } = issued.body as { readonly token: string };
  const port = gateway.status.listeners["postgres"]?.port;
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: "bot",
    password: token,
    database: "shop",
  });
  const received: Buffer[] = [];
  client.on("error", () => {});
  // The driver's own socket: everything that the gateway sends to an agent.
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream } })
    .connection;
  stream.on("data", (chunk: Buffer) => received.push(chunk));
  await client.connect();
  await client.query("select * from customers limit 20");
  await client.query("show all");
  const errors = [
    "select from nowhere",
    "select rolpassword from pg_authid",
    "drop table customers",
  ];
  for (const sql of errors) await assert.rejects(client.query(sql));
  const held = new Promise<string>((resolve) =>
    client.once("notice", ({ detail }) => resolve(JSON.parse(detail ?? "{}").review)),
  );
  const waiting = client.query("delete from customers where id = 31").catch(() => "gone");
  const id = await held;
  const shown = JSON.stringify((await gateway.call(`/reviews/${id}`, ada)).body);
  const log = JSON.stringify((await gateway.call("/log/records?from=0&limit=500", ada)).body);
  const status = JSON.stringify((await gateway.call("/status", ada)).body);
  const admin = new Client({ connectionString: postgres.superuserUrl });
  await admin.connect();
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and pid <> pg_backend_pid()",
    [postgres.user],
  );
  await admin.end();
  await waiting;
  await gateway.stop();

  const dataDir = join(folder.path, ".countersign");
  const files = await Promise.all(
    (await readdir(dataDir, { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFile(join(dataDir, name), "latin1")),
  );
  const outputs = {
    received: Buffer.concat(received).toString("latin1"),
    printed: gateway.output(),
    shown,
    log,
    status,
    stored: files.join("\n"),
  };
  for (const [name, text] of Object.entries(outputs)) {
    assert(text.length > 100, `${name} was looked at`);
    assert(!text.includes(postgres.password), `the upstream's password is in what was ${name}`);
    assert(!text.includes(token), `the agent's token is in what was ${name}`);
  }
  assert(!outputs.stored.includes("delete from customers"), "commands rest encrypted");
  assert(!outputs.log.includes("delete from customers"), "leaves hold no command");
});
