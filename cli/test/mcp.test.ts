/** `mcp` in front of a server over HTTP: what a client of standard input and output hears is what it would hear there. */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  connectKit,
  hearWalk,
  type Server as KitServer,
  kits,
} from "../../server/test/support/mcp-clients.ts";
import { type Fixture, openFixture } from "../../server/test/support/mcp-fixture/http-server.ts";
import { nodeEnvironment } from "../../server/test/support/node-environment.ts";

const program = fileURLToPath(new URL("../bin/countersign.mjs", import.meta.url));
const token = "cs_agent_token";

let fixture: Fixture;
before(async () => {
  fixture = await openFixture((request) =>
    request.headers.get("authorization") === `Bearer ${token}`
      ? undefined
      : new Response(null, { status: 401 }),
  );
});
after(() => fixture.close());

for (const kit of kits) {
  test(`the kit's ${kit} hears through it what it hears over HTTP`, async () => {
    const url = fixture.url;
    const asProgram: KitServer = {
      kind: "stdio",
      command: [process.execPath, program, "mcp", "--connection", "tools", "--url", url],
      env: environment,
    };
    assert.deepEqual(await hear(asProgram), await hear({ kind: "http", url, token }));

    async function hear(server: KitServer): Promise<unknown> {
      const client = await connectKit(kit, server);
      try {
        return [
          await client.tools(),
          await client.call("test_simple_text", {}),
          await client.call("test_structured_content", { city: "Bern" }),
          await hearWalk(client),
          await client.read("test://static-binary"),
          await client.prompt("test_prompt_with_arguments", { arg1: "a", arg2: "b" }),
        ];
      } finally {
        await client.close();
      }
    }
  });
}

test("a gateway that does not answer is an error on every request, and the next one that answers is used", async (t) => {
  const { url, server, port } = await listenLater();
  const bridge = start(t, url);
  const { error } = await bridge.ask({ jsonrpc: "2.0", id: 1, method: "ping" });
  assert.deepEqual(error["data"], { code: "client.unreachable", retry: true });
  assert.match(String(error["message"]), /Nothing was run/);
  t.after(() => server.close());
  await once(server.listen(port, "127.0.0.1"), "listening");
  assert.deepEqual((await bridge.ask({ jsonrpc: "2.0", id: 2, method: "ping" })).result, {});
});

test("a request whose answer is lost says that its outcome is not known", async (t) => {
  const { bridge } = await against(t, (request, response) => {
    request.resume().once("end", () => response.destroy());
  });
  const { error } = await bridge.ask({ jsonrpc: "2.0", id: 1, method: "tools/call" });
  assert.deepEqual(error["data"], { code: "outcome_unknown", retry: false });
});

test("a stream that ends without the answer says so too", async (t) => {
  const { bridge } = await against(t, (request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" }).end(": nothing\n\n");
  });
  const { error } = await bridge.ask({ jsonrpc: "2.0", id: 1, method: "tools/call" });
  assert.deepEqual(error["data"], { code: "outcome_unknown", retry: false });
});

test("a token that is not taken is a clear error, and is nowhere in it", async (t) => {
  const bridge = start(t, fixture.url, { COUNTERSIGN_AGENT_TOKEN: "cs_other" });
  const { error } = await bridge.ask({ jsonrpc: "2.0", id: "a", method: "ping" });
  assert.deepEqual(error["data"], { code: "client.unauthenticated", retry: false });
  assert.doesNotMatch(JSON.stringify(error), /cs_other/);
});

test("a session that is over ends the program, which its client can start again", async (t) => {
  let isOver = false;
  const { bridge } = await against(t, (request, response) => {
    request.resume();
    if (isOver) {
      response.writeHead(404).end();
      return;
    }
    const result = { protocolVersion: "2025-11-25" };
    response
      .writeHead(200, { "content-type": "application/json", "mcp-session-id": "one" })
      .end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
  });
  await bridge.ask({ jsonrpc: "2.0", id: 1, method: "initialize" });
  isOver = true;
  const { error } = await bridge.ask({ jsonrpc: "2.0", id: 2, method: "ping" });
  assert.deepEqual(error["data"], { code: "client.session_over", retry: false });
  assert.equal(await bridge.exitCode, 3);
});

test("what mirrors a message in headers is sent with it, and only for the revision that has it", async (t) => {
  const heard: IncomingMessage["headers"][] = [];
  const inputSchema = {
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      inner: { properties: { count: { type: "integer", "x-mcp-header": "Count" } } },
      list: { items: { properties: { no: { "x-mcp-header": "No" } } } },
    },
  };
  const { bridge } = await against(t, (request, response) => {
    heard.push(request.headers);
    request.resume();
    const result = { tools: [{ name: "wörk", inputSchema }] };
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
  });
  const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const params = {
    name: "wörk",
    arguments: { region: " us ", inner: { count: 42 }, list: [{ no: 1 }] },
  };
  await bridge.ask({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: meta } });
  await bridge.ask({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { ...params, _meta: meta },
  });
  await bridge.ask({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const [, call, older] = heard.map((headers) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("mcp-"))),
  );
  assert.deepEqual(call, {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "=?base64?d8O2cms=?=",
    "mcp-param-region": "=?base64?IHVzIA==?=",
    "mcp-param-count": "42",
  });
  assert.deepEqual(older, {});
});

test("a request that its client takes back is closed at the gateway, and is heard of no more", async (t) => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { bridge } = await against(t, (request, response) => {
    request.resume();
    if (request.headers["mcp-method"] === "ping") {
      response
        .writeHead(200, { "content-type": "application/json" })
        .end('{"jsonrpc":"2.0","id":2,"result":{}}');
      return;
    }
    response.once("close", close);
    ask();
  });
  const meta = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };
  bridge.say({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "a", ...meta } });
  await asked;
  bridge.say({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
  await closed;
  const answer = await bridge.ask({ jsonrpc: "2.0", id: 2, method: "ping", params: meta });
  assert.equal(answer.id, 2);
});

test("a line that is no message is refused, and what follows is served", async (t) => {
  const bridge = start(t, fixture.url);
  for (const line of ["nothing", "[]", '{"jsonrpc":"2.0"}']) {
    bridge.child.stdin.write(`${line}\n`);
    assert.equal((await bridge.next())["id"], null);
  }
});

test("the agent's token comes from the environment or a file that is nobody else's, and never from an argument", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-test-"));
  const file = path.join(folder, "token");
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  const args = ["--connection", "tools", "--url", fixture.url];
  const bridge = start(t, fixture.url, { COUNTERSIGN_AGENT_TOKEN: "" }, ["--token-file", file]);
  const { error } = await bridge.ask({ jsonrpc: "2.0", id: 1, method: "nothing" });
  assert.notEqual((error["data"] as { code?: string } | undefined)?.code, "client.unauthenticated");

  const open = path.join(folder, "open");
  await writeFile(open, token, { mode: 0o644 });
  assert.deepEqual(await ended([...args, "--token-file", open], {}), {
    code: 1,
    error: `countersign: Others can read ${open}. Run: chmod 600 ${open} [cli.unsafe_file]\n`,
  });
  const none = await ended(args, {});
  assert.equal(none.code, 1);
  assert.match(none.error, /COUNTERSIGN_AGENT_TOKEN/);
});

test("it ends when its client does, and takes leave of its session", async (t) => {
  const { promise: left, resolve: leave } = Promise.withResolvers<string | undefined>();
  const { bridge } = await against(t, (request, response) => {
    request.resume();
    if (request.method === "DELETE") leave(String(request.headers["mcp-session-id"]));
    const result = { protocolVersion: "2025-11-25" };
    response
      .writeHead(200, { "content-type": "application/json", "mcp-session-id": "one" })
      .end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
  });
  await bridge.ask({ jsonrpc: "2.0", id: 1, method: "initialize" });
  bridge.child.stdin.end();
  assert.equal(await left, "one");
  assert.equal(await bridge.exitCode, 0);
});

const environment: Readonly<Record<string, string>> = {
  ...nodeEnvironment,
  COUNTERSIGN_AGENT_TOKEN: token,
};

interface Heard {
  readonly id: unknown;
  readonly result: unknown;
  readonly error: Readonly<Record<string, unknown>>;
}

function start(
  t: TestContext,
  url: string,
  more: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
) {
  const child = run(["--connection", "tools", "--url", url, ...args], { ...environment, ...more });
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const say = (message: object) => void child.stdin.write(`${JSON.stringify(message)}\n`);
  const next = async () => {
    const { value } = await lines.next();
    return JSON.parse(String(value)) as Readonly<Record<string, unknown>>;
  };
  return {
    child,
    say,
    next,
    async ask(message: object): Promise<Heard> {
      say(message);
      const { id, result, error } = await next();
      return { id, result, error: (error ?? {}) as Heard["error"] };
    },
    exitCode: once(child, "exit").then(([code]) => code as number),
  };
}

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, "mcp", ...args], { env });
}

async function ended(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = run(args, env);
  let error = "";
  child.stderr.on("data", (chunk) => {
    error += String(chunk);
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, error };
}

/** Something that answers as a gateway might. */
async function against(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const server = createServer(answer);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { bridge: start(t, urlOf(server)) };
}

async function listenLater() {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    response
      .writeHead(200, { "content-type": "application/json" })
      .end('{"jsonrpc":"2.0","id":2,"result":{}}');
  };
  const free = createServer();
  await once(free.listen(0, "127.0.0.1"), "listening");
  const { port } = free.address() as AddressInfo;
  const url = urlOf(free);
  await once(free.close(), "close");
  return { url, port, server: createServer(answer) };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
