/** Tool servers on standard input and output behind a real gateway: started by it, and by clients that wrap them. */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  connectKit,
  hearWalk,
  type KitClient,
  kits,
  type Server,
} from "../../server/test/support/mcp-clients.ts";
import { type McpScene, send, startMcpScene } from "../../server/test/support/mcp-scene.ts";
import { nodeEnvironment } from "../../server/test/support/node-environment.ts";

const command = fileURLToPath(new URL("../bin/countersign.mjs", import.meta.url));
const program = fileURLToPath(
  new URL("../../server/test/support/mcp-fixture/stdio-program.ts", import.meta.url),
);
const lineServer = fileURLToPath(
  new URL("../../server/test/support/line-server.ts", import.meta.url),
);

const policies = `
  @id("agents-call")
  permit (principal is Countersign::Agent, action in Countersign::Action::"mcp", resource)
  unless { context has tool && context.tool == "send_mail" };
  @id("agents-never-delete-dana") @reason("Dana stays.")
  forbid (principal is Countersign::Agent, action == Countersign::Action::"mcp.call", resource)
  when {
    context.tool == "delete_customer" &&
    context.args has customer && context.args.customer == "dana"
  };
  @id("people-see-mails") @review("1 of ops")
  permit (principal is Countersign::Agent, action == Countersign::Action::"mcp.call", resource)
  when { context.tool == "send_mail" };
`;

let folder: string;
let scene: McpScene;
let token: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-test-stdio-"));
  const stdio = (name: string, upstream: object) => ({
    name,
    kind: "mcp",
    environment: "test",
    upstream,
  });
  scene = await startMcpScene({
    policies,
    answer: () => assert.fail("there is no server over HTTP"),
    config: {
      connections: [
        stdio("started", {
          command: [process.execPath, program],
          env: {
            ...nodeEnvironment,
            FIXTURE_RAN_FILE: ranFile("started"),
            SECRET: { env: "DESK_TOKEN" },
          },
        }),
        stdio("wrapped", { client: true }),
      ],
    },
  });
  token = await scene.token();
});
after(async () => {
  await scene.close();
  await rm(folder, { recursive: true, force: true });
});

for (const kit of kits) {
  test(`the kit's ${kit} hears of a started and of a wrapped server what it hears of the server itself`, async () => {
    const itself = await hear(await connectKit(kit, itselfServer("itself")));
    assert.deepEqual(await hear(await connectKit(kit, overHttp("started"))), itself);
    assert.deepEqual(await hear(await connectKit(kit, wrapped("wrapped", kit))), itself);
  });
}

test("a call of a wrapped server that policy does not permit never reaches it", async () => {
  const client = await connectKit("first line", wrapped("wrapped", "denied"));
  const answer = await client.call("delete_customer", { customer: "dana" });
  assert.equal(answer.isError, true);
  assert.match(answer.content[0]?.text ?? "", /Dana stays/);
  assert.deepEqual(await ran(ranFile("denied")), []);
  await client.close();
});

for (const [name, server] of [
  ["started", () => overHttp("started")],
  ["wrapped", () => wrapped("wrapped", "held")],
] as const) {
  test(`a held call of a ${name} server runs once when a person has approved it, and not before`, async () => {
    const file = ranFile(name === "started" ? "started" : "held");
    const ranBefore = await ran(file);
    const client = await connectKit("second line, 2025-11-25", server());
    const answer = client.call(
      "send_mail",
      { to: "dana@example.com", body: "hello" },
      { timeout: 60_000 },
    );
    const { id } = await scene.waiting();
    assert.deepEqual(await ran(file), ranBefore);
    await scene.decide(id, "approve");
    assert.notEqual((await answer).isError, true);
    assert.equal((await ran(file)).length, ranBefore.length + 1);
    await client.close();
  });
}

test("a wrapped server is ended with its client, and finds nothing of the command's own in its environment", async (t) => {
  const { child, ask } = speak(t, [process.execPath, lineServer, "sessions"]);
  await ask({ method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } });
  const { result } = await ask({ method: "tools/call", params: { name: "pid" } });
  const { pid, environment } = result as { pid: number; environment: Record<string, string> };
  assert.deepEqual(
    Object.keys(environment).filter((name) => name.startsWith("COUNTERSIGN_")),
    [],
  );
  child.stdin.end();
  await untilGone(pid);
});

test("a call on which a wrapped server dies has an unknown outcome, and the command ends", async (t) => {
  const { ask, exitCode } = speak(t, [process.execPath, lineServer, "sessions"]);
  await ask({ method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } });
  const { result, error } = await ask({ method: "tools/call", params: { name: "crash" } });
  assert.match(JSON.stringify(result ?? error), /outcome_unknown/);
  assert.equal(await exitCode, 3);
});

for (const [missing, code] of [
  ["/no/such/program", "ENOENT"],
  [join(process.execPath, "program"), "ENOTDIR"],
] as const) {
  test(`a command that can't be started (${code}) is told, on standard error and by the exit code`, async (t) => {
    const { exitCode, errors, child } = speak(t, [missing]);
    child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    assert.equal(await exitCode, 3);
    assert.match(errors(), new RegExp(`can't be started \\(${code}\\)`));
  });
}

test("a wrapped server that a shell has started is ended with its client, though it would stay", async (t) => {
  const stays = `${begun} setInterval(() => {}, 1_000);`;
  const { child, ask, exitCode } = speak(t, [
    "sh",
    "-c",
    '"$0" -e "$1"; true',
    process.execPath,
    stays,
  ]);
  const { result } = await ask(initialize);
  child.stdin.end();
  assert.equal(await exitCode, 0);
  await untilGone((result as { pid: number }).pid);
});

test("a wrapped server whose descendant holds its output open has ended, and the descendant with it", async (t) => {
  const leaves = `${begun} process.stdin.once("data", () => process.stdin.once("data", () => {
    const stays = ["-e", "setInterval(() => {}, 1_000)"];
    const child = require("child_process").spawn(process.execPath, stays, { stdio: "inherit" });
    child.once("spawn", () => process.exit(7));
  }));`;
  const { ask, exitCode, errors } = speak(t, [process.execPath, "-e", leaves]);
  await ask(initialize);
  const { result, error } = await ask({ method: "tools/call", params: { name: "leave" } });
  assert.match(JSON.stringify(result ?? error), /outcome_unknown/);
  assert.equal(await exitCode, 3);
  assert.match(errors(), /has ended \(exit code 7\)/);
});

test("a server is brought by an agent with its token alone, from no page, to a connection that takes it", async () => {
  const upgrade = (connection: string, headers: Readonly<Record<string, string>>) =>
    new Promise<number>((resolve, reject) => {
      const asked = request(`${scene.apiUrl}/mcp/${connection}`, {
        headers: { connection: "Upgrade", upgrade: "countersign-server", ...headers },
      });
      asked.once("error", reject).once("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.once("upgrade", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      });
      asked.end();
    });
  const authorization = `Bearer ${token}`;
  assert.equal(await upgrade("wrapped", {}), 401);
  assert.equal(await upgrade("wrapped", { authorization: "Bearer other" }), 401);
  assert.equal(await upgrade("started", { authorization }), 404);
  assert.equal(
    await upgrade("wrapped", { authorization, origin: "https://elsewhere.example" }),
    403,
  );
  assert.equal(await upgrade("wrapped", { authorization }), 101);
});

test("a server that an agent has brought is asked by nobody else, and by nobody without its name", async (t) => {
  const { name, close } = await bring(token);
  t.after(close);
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  const url = `${scene.apiUrl}/mcp/wrapped`;
  const other = await send(url, await scene.token("other"), ping, { "countersign-server": name })
    .answer;
  assert.equal(other.status, 404);
  const unnamed = await send(url, token, ping).answer;
  assert.equal(unnamed.status, 404);
});

const initialize = {
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {} },
};

/** A program that answers what begins a session, with its own process id. */
const begun = `process.stdin.once("data", (line) => {
  const { id } = JSON.parse(line);
  const server = { capabilities: {}, serverInfo: { name: "server", version: "1" } };
  const result = { protocolVersion: "2025-11-25", ...server, pid: process.pid };
  console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
});`;

const everyTool = [
  ["test_simple_text", {}],
  ["test_multiple_content_types", {}],
  ["test_structured_content", { city: "Bern" }],
] as const;

async function hear(client: KitClient): Promise<unknown> {
  try {
    const tools = await client.tools();
    const heard: unknown[] = [tools.map(({ name }) => name).filter((name) => !isOwn(name))];
    for (const [name, given] of everyTool) heard.push((await client.call(name, given)).content);
    heard.push(await hearWalk(client));
    heard.push(await client.read("test://static-binary"));
    return heard;
  } finally {
    await client.close();
  }
}

/** The gateway adds one. */
function isOwn(name: string): boolean {
  return name.startsWith("countersign_");
}

function ranFile(name: string): string {
  return join(folder, `${name}.ran`);
}

async function ran(file: string): Promise<readonly string[]> {
  return existsSync(file) ? (await readFile(file, "utf8")).trim().split("\n") : [];
}

function itselfServer(name: string): Server {
  const env = { ...nodeEnvironment, FIXTURE_RAN_FILE: ranFile(name) };
  return { kind: "stdio", command: [process.execPath, program], env };
}

function overHttp(connection: string): Server {
  return { kind: "http", url: `${scene.apiUrl}/mcp/${connection}`, token };
}

function wrapped(connection: string, name: string): Server {
  const args = [...argumentsOf(connection), "--", process.execPath, program];
  const env = { ...ownEnvironment(), FIXTURE_RAN_FILE: ranFile(name) };
  return { kind: "stdio", command: [process.execPath, ...args], env };
}

function argumentsOf(connection: string): readonly string[] {
  return [command, "mcp", "--connection", connection, "--url", scene.apiUrl];
}

function ownEnvironment(): Readonly<Record<string, string>> {
  return { ...nodeEnvironment, COUNTERSIGN_AGENT_TOKEN: token };
}

type Heard = Readonly<Record<string, unknown>>;

/** The command around a server, spoken to line by line. */
function speak(t: TestContext, server: readonly string[]) {
  const args = [...argumentsOf("wrapped"), "--", ...server];
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, args, {
    env: ownEnvironment(),
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  let lastId = 0;
  return {
    child,
    errors: () => errors,
    exitCode: once(child, "exit").then(([code]) => code as number),
    async ask(message: object): Promise<Heard> {
      lastId += 1;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: lastId, ...message })}\n`);
      const { value } = await lines.next();
      return JSON.parse(String(value)) as Heard;
    },
  };
}

/** A server that says nothing, and the name that the gateway has for it. */
async function bring(agentToken: string) {
  const asked = request(`${scene.apiUrl}/mcp/wrapped`, {
    headers: {
      connection: "Upgrade",
      upgrade: "countersign-server",
      authorization: `Bearer ${agentToken}`,
    },
  });
  asked.end();
  const [response, stream] = (await once(asked, "upgrade")) as [
    { headers: Record<string, string> },
    { destroy: () => void },
  ];
  return { name: response.headers["countersign-server"] ?? "", close: () => stream.destroy() };
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
