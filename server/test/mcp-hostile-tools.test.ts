/** Tool servers that lie about their tools, or write heads that are none. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { assertWellFormed, type HostileScene, openHostileScene } from "./support/hostile-scene.ts";
import { answerWith, plainTool, resultOf } from "./support/hostile-server.ts";
import { legacy, modern, send } from "./support/raw-mcp.ts";

let scene: HostileScene;
let raw: RawServer;
before(async () => {
  raw = await openRawServer();
  scene = await openHostileScene({ raw: raw.url });
});
beforeEach(() => scene.server.list([plainTool]));
after(async () => {
  await scene.close();
  await raw.close();
});

test("the head of a server's answer cannot write into the head of the gateway's", async () => {
  const heads = [
    "HTTP/1.1 200 OK\r\nmcp-session-id: a\rset-cookie: b=c\r\n",
    "HTTP/1.1 200 OK\r\nmcp-session-id: a\nset-cookie: b=c\r\n",
    "HTTP/1.1 200 OK\r\nmcp-session-id: a\r\n set-cookie: b=c\r\n",
    "HTTP/1.1 200 OK\r\nset-cookie: b=c\r\nmcp-session-id: \u0000x\r\n",
    `HTTP/1.1 200 OK\r\nmcp-session-id: ${"x".repeat(100_000)}\r\n`,
    "HTTP/1.1 200 OK\r\nmcp-session-id: a\r\nmcp-session-id: b\r\n",
    "HTTP/1.1 200 OK\r\nlocation: http://evil.example\r\naccess-control-allow-origin: *\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nset-cookie: b=c\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n",
    "HTTP/1.1 999 b=c\r\n",
    "ICY 200 OK\r\n",
    "\u0000\u0001\u0002",
  ];
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  };
  for (const head of heads) {
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      result: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        serverInfo: { name: "x", version: "1" },
      },
    });
    raw.answer(
      `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
    const answer = await send({
      url: scene.url("raw"),
      token: scene.token,
      ...legacy("initialize", params),
    });
    assert.doesNotMatch(JSON.stringify(answer.headers), /b=c|evil|x{100}|switching/i, head);
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  }
});

test("a server that lies about its tools changes nothing of what the gateway does with the others", async () => {
  const lies: readonly unknown[] = [
    "act",
    null,
    7,
    { name: 7 },
    { name: "x".repeat(100_000), inputSchema: { type: "object" } },
    { name: "bad", description: { a: 1 }, inputSchema: "object" },
    { name: "deep", inputSchema: JSON.parse(`${'{"a":'.repeat(60)}1${"}".repeat(60)}`) },
    {
      name: "headers",
      inputSchema: {
        type: "object",
        properties: { a: { type: "string", "x-mcp-header": "Authorization: x\r\ny" } },
      },
    },
    { name: "__proto__", inputSchema: { type: "object" } },
    { name: "act", description: "another of the same name", inputSchema: { type: "object" } },
    { ...plainTool, name: "other", annotations: { readOnlyHint: "yes", title: 7 } },
  ];
  for (const lie of lies) {
    scene.server.list([lie, { ...plainTool, name: "honest" }]);
    const listed = await send({ url: scene.desk, token: scene.token, ...modern("tools/list", {}) });
    assert.equal(listed.headers["content-type"]?.split(";")[0], "application/json", listed.text);
    const answer = await send({
      url: scene.desk,
      token: scene.token,
      ...modern("tools/call", { name: "honest", arguments: {} }, { id: "c-1" }),
    });
    assertWellFormed(answer);
    assert.match(answer.text, /Done\./, JSON.stringify(lie).slice(0, 100));
  }
});

test("an answer that is not as its tool's schema says is answered for, and harms nobody", async () => {
  scene.server.list([
    {
      ...plainTool,
      outputSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
    },
  ]);
  await send({ url: scene.desk, token: scene.token, ...modern("tools/list", {}) });
  for (const structuredContent of [{ n: "text" }, [], null, "x", { n: { toString: 1 } }]) {
    const answer = await scene.hear((asked, response) =>
      answerWith(response, resultOf(asked, "Lie.", { structuredContent })),
    );
    assertWellFormed(answer);
  }
});

interface RawServer {
  readonly url: string;
  readonly answer: (bytes: string) => void;
  readonly close: () => Promise<void>;
}

async function openRawServer(): Promise<RawServer> {
  let bytes = "";
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.once("data", () => socket.end(Buffer.from(bytes, "latin1")));
  });
  await once(tcp.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(tcp.address() as AddressInfo).port}/mcp`,
    answer(next) {
      bytes = next;
    },
    async close() {
      const closed = once(tcp, "close");
      tcp.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
