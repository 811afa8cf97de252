/** What the scripted agent says where it can't work; the quickstart's test has it work. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { nodeEnvironment } from "./support/node-environment.ts";

const root = join(import.meta.dirname, "../..");

test("without a gateway the agent says what the command line says, and exits as it does", async (context) => {
  const { code, out, err } = await run(context, {});
  assert.deepEqual([code, out], [3, ""], err);
  assert.match(err, /^countersign: No gateway runs here: .* \[cli\.not_running\]\n$/);
});

test("where nothing listens the agent says where and what to do, without the password", async (context) => {
  const server = await listen(context);
  const url = urlOf(server);
  server.close();
  await once(server, "close");
  const { code, out, err } = await run(context, { DATABASE_URL: url });
  assert.deepEqual([code, out], [3, ""], err);
  assert.match(
    err,
    /^No gateway answers at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. `npm start` starts the quickstart\.\n$/,
  );
});

test("a sign-in that is refused is told with where a new token comes from", async (context) => {
  const server = await listen(context);
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(errorResponse("28P01", "No agent has this token.")));
  });
  const { code, out, err } = await run(context, { DATABASE_URL: urlOf(server) });
  assert.deepEqual([code, out], [1, ""], err);
  assert.match(
    err,
    /^The gateway refuses the sign-in: No agent has this token\.\n.*agent create NAME/,
  );
  assert.doesNotMatch(err, /secret/);
});

test("the agent at the desk says what to do where there is no desk, or none that takes it", async (context) => {
  const server = await listen(context);
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  const at = { DESK_URL: `http://127.0.0.1:${port}/mcp/desk`, DESK_TOKEN: "secret" };
  const { code, out, err } = await run(context, at, "demo-desk.ts");
  assert.deepEqual([code, out], [3, ""], err);
  assert.match(err, /^No session with the desk at http.*ECONNREFUSED.*\n.*`npm start`/);
  assert.doesNotMatch(err, /secret/);
});

async function run(
  context: TestContext,
  environment: Readonly<Record<string, string>>,
  example = "demo-agent.ts",
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const home = mkdtempSync(join(tmpdir(), "countersign-demo-agent-"));
  context.after(() => rmSync(home, { recursive: true, force: true }));
  const agent = spawn(process.execPath, [join(root, "examples", example)], {
    cwd: root,
    env: {
      ...nodeEnvironment,
      HOME: home,
      COUNTERSIGN_DATA: join(home, "data"),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [code]] = await Promise.all([
    agent.stdout.setEncoding("utf8").toArray(),
    agent.stderr.setEncoding("utf8").toArray(),
    once(agent, "close") as Promise<[number | null]>,
  ]);
  return { code, out: out.join(""), err: err.join("") };
}

async function listen(context: TestContext): Promise<Server> {
  const server = createServer().listen(0, "127.0.0.1");
  context.after(() => server.close());
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  return `postgres://agent:secret@127.0.0.1:${(server.address() as AddressInfo).port}/shop`;
}

/** PostgreSQL's ErrorResponse. */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
