/**
 * Records what real clients send once they have signed in, for the fuzz to mutate:
 *
 *   node bench/record-clients.ts [PYTHON]
 *
 * `pg` comes with the project; `psql` has to be on the path, and PYTHON is an interpreter with `psycopg` and
 * `asyncpg`. Each client talks to a PostgreSQL directly, through a relay that keeps its bytes.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { Client } from "pg";
import { frontend } from "../server/src/proxies/postgres/wire/codec.ts";
import { FrameSplitter } from "../server/src/proxies/postgres/wire/frame-splitter.ts";
import {
  fixtures,
  type Recording,
  recordingsFile,
} from "../server/test/support/client-recordings.ts";
import { startTestPostgres } from "../server/test/support/postgres.ts";
import { asSuperuser } from "../server/test/support/postgres-gateway.ts";

const psycopg = `
import sys, psycopg
with psycopg.connect(sys.argv[1]) as c:
    c.execute("select * from items where id = %s", (1,)).fetchall()
    for _ in range(7):
        c.execute("select name from items where id = %s", (2,)).fetchone()
    try:
        c.execute("delete from items where id = %s", (99,))
    finally:
        c.rollback()
    cur = c.cursor()
    cur.executemany("update items set name = %s where id = %s", [("q", 1), ("r", 2)])
    c.rollback()
    with c.pipeline():
        c.execute("select 1"); c.execute("select 2")
    with c.cursor(name="walk") as walk:
        walk.execute("select * from items"); walk.fetchmany(2)
    c.rollback()
`;
const asyncpg = `
import sys, asyncio, asyncpg
async def main():
    c = await asyncpg.connect(sys.argv[1])
    await c.fetch("select * from items where id = $1", 1)
    await c.fetchval("select count(*) from items")
    tr = c.transaction(); await tr.start()
    await c.execute("insert into items values ($1, $2)", 8, "n")
    async for _ in c.cursor("select id from items"): pass
    await tr.rollback()
    await c.executemany("select $1::int", [(1,), (2,), (3,)])
    await c.execute("set datestyle to iso")
    await c.close()
asyncio.run(main())
`;

const [python = "python3"] = process.argv.slice(2);
const postgres = await startTestPostgres({ shop: false });
const recordings: Recording[] = [];
try {
  await asSuperuser(postgres, (superuser) => superuser.query(fixtures(postgres.user)));
  const sql = "copy (select * from items order by id) to stdout";
  await record(`pg ${await version("pg")}`, async (url) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("select id, name from items where id = $1", [1]);
    await client.query({
      name: "find",
      text: "select * from items where name = $1",
      values: ["a"],
    });
    await client.query({
      name: "find",
      text: "select * from items where name = $1",
      values: ["b"],
    });
    await client.query("begin; select 1; commit");
    await client.query("begin");
    await client.query("update items set name = $1 where id = $2", ["x", 3]);
    await client.query("rollback");
    await client.query("select nothing from nowhere").catch(() => undefined);
    await client.query("set application_name to 'recorded'");
    await client.end();
  });
  await record(`psql ${await output("psql", ["--version"])}`, (url) =>
    run(
      "psql",
      [url, "-X", "-q", "-o", "/dev/null"],
      `\\d items\nselect * from items;\n${sql};\n
      begin;\ninsert into items values (9, 'n');\nrollback;\nselect 1 \\; select 2;\ntable items;\n`,
    ),
  );
  await record(`psycopg ${await pythonVersion("psycopg")}`, (url) =>
    run(python, ["-c", psycopg, url]),
  );
  await record(`asyncpg ${await pythonVersion("asyncpg")}`, (url) =>
    run(python, ["-c", asyncpg, url]),
  );
} finally {
  await postgres.stop();
}
await writeFile(recordingsFile, `${JSON.stringify(recordings, null, 2)}\n`);

async function record(client: string, use: (url: string) => Promise<void>): Promise<void> {
  const messages: string[] = [];
  const server = createServer((near) => {
    const far = connect({ host: postgres.host, port: postgres.port });
    const splitter = new FrameSplitter({ direction: "frontend" });
    let startup = true;
    near.on("data", (chunk: Buffer) => {
      far.write(chunk);
      // The start-up packet comes alone in its chunk: the client waits for its answer.
      if (startup) {
        startup = chunk.readInt32BE(4) !== 196608;
        return;
      }
      splitter.push(chunk);
      for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
        if (item.type !== frontend.signIn) messages.push(item.bytes.toString("base64"));
      }
    });
    near.on("close", () => far.destroy());
    near.on("error", () => near.destroy());
    far.on("error", () => far.destroy());
    far.pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await use(`${postgres.url.replace(`:${postgres.port}/`, `:${port}/`)}?sslmode=disable`);
  server.close();
  recordings.push({ client, messages });
}

async function run(command: string, parameters: readonly string[], input = ""): Promise<void> {
  const child = spawn(command, parameters, { stdio: ["pipe", "inherit", "inherit"] });
  child.stdin.end(input);
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

async function output(command: string, parameters: readonly string[]): Promise<string> {
  const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return /\d+[\d.]*/.exec(Buffer.concat(chunks).toString())?.[0] ?? "";
}

function pythonVersion(name: string): Promise<string> {
  return output(python, ["-c", `import ${name}; print(${name}.__version__)`]);
}

async function version(name: string): Promise<string> {
  const file = await import(`${name}/package.json`, { with: { type: "json" } });
  return (file as { readonly default: { readonly version: string } }).default.version;
}
