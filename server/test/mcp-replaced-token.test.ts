/** A new token for an agent ends what its clients of tool servers have begun with the one before. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { after, before, beforeEach, test } from "node:test";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import {
  calling,
  type McpScene,
  send,
  startMcpScene,
  statelessHeaders,
  statelessMeta,
} from "./support/mcp-scene.ts";
import { type Answer, json, stream } from "./support/tool-server.ts";

const policies = `
  @id("all") permit (principal, action in Countersign::Action::"mcp", resource);
  @id("people-see-payments") @review("1 of ops") @reason("Money moves.")
  permit (principal, action == Countersign::Action::"mcp.call", resource)
  when { context.tool == "pay" };
`;
const tools = ["pay", "look"].map((name) => ({ name, inputSchema: { type: "object" } }));
const done = { resultType: "complete", content: [{ type: "text", text: "done" }] };

/** Streams stay open. */
const serve: Answer = ({ method: how, body }, response) => {
  if (how === "DELETE") return void response.writeHead(200).end();
  if (how === "GET") return void stream(response);
  const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
  if (method === "subscriptions/listen") return void stream(response);
  if (method === "initialize") response.setHeader("mcp-session-id", "the-servers-own");
  json(response, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : done });
};

let scene: McpScene;
let root: string;
let token: string;
before(async () => {
  scene = await startMcpScene({ policies, answer: serve });
  root = await scene.person("root");
});
beforeEach(async () => {
  scene.server.answer(serve);
  token = await replace();
});
after(() => scene.close());

async function replace(by = scene, administrator = root): Promise<string> {
  return (await by.api<CreatedAgent>("/agents/bot/token", administrator, {})).token;
}

async function begin(): Promise<Readonly<Record<string, string>>> {
  const initialize = { jsonrpc: "2.0", id: 0, method: "initialize" };
  const { headers } = await send(scene.url, token, initialize).answer;
  return { "mcp-session-id": String(headers["mcp-session-id"]) };
}

/** The gateway, which runs in this process, has read the head of the next request. */
async function requestBegun(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const began = () => resolve();
  subscribe("http.server.request.start", began);
  await promise;
  unsubscribe("http.server.request.start", began);
}

const stateOf = async (id: string) =>
  (await scene.api<ReviewDetail>(`/reviews/${id}`, await scene.person("ada"))).state;
const callsSent = () =>
  scene.server.received.filter(({ body }) => body.includes("tools/call")).length;
const ends = () => scene.server.received.filter(({ method }) => method === "DELETE").length;
const ping = { jsonrpc: "2.0", id: 9, method: "ping" };

test("a call that waits is cancelled with its agent's token, and what people say afterwards runs nothing", async () => {
  const session = await begin();
  const waits = [
    send(scene.url, token, calling("pay", { n: 1 }), session),
    send(scene.url, token, calling("pay", { n: 2 }, { _meta: { progressToken: "t" } }), session),
  ];
  await waits[1]?.head;
  while ((await scene.inbox()).length < 2) await scene.waiting();
  const ids = (await scene.inbox()).map(({ id }) => id);
  const earlier = callsSent();

  await replace();
  const [plain, streamed] = await Promise.all(waits.map(({ answer }) => answer));
  assert.equal(plain?.status, 401);
  assert.match(String(plain?.headers["www-authenticate"]), /^Bearer resource_metadata=/);
  for (const heard of [plain, streamed]) {
    assert.match(heard?.message.error?.message ?? "", /has a new token/);
  }
  for (const id of ids) {
    await scene.decide(id, "approve").catch(() => undefined);
    assert.equal(await stateOf(id), "cancelled");
  }
  assert.equal(callsSent(), earlier);
});

test("streams and sessions end with their agent's token, and the server hears that they are over", async () => {
  const session = await begin();
  const listen = { jsonrpc: "2.0", id: 1, method: "subscriptions/listen" };
  const params = { _meta: statelessMeta, notifications: { toolsListChanged: true } };
  const own = send(scene.url, token, "", session, "GET");
  const headers = statelessHeaders("", "subscriptions/listen");
  const subscribed = send(scene.url, token, { ...listen, params }, headers);
  for (const { head } of [own, subscribed]) assert.equal((await head).statusCode, 200);
  const earlier = ends();

  const next = await replace();
  await Promise.all([own.answer, subscribed.answer]);
  while (ends() === earlier) await new Promise((resolve) => setImmediate(resolve));
  const told = scene.server.received.findLast(({ method }) => method === "DELETE");
  assert.equal(told?.headers["mcp-session-id"], "the-servers-own");
  assert.equal((await send(scene.url, token, ping, session).answer).status, 401);
  assert.equal((await send(scene.url, next, ping, session).answer).status, 404);
  assert.equal((await send(scene.url, next, ping).answer).status, 200);
});

test("a call that runs may end, unheard and on record, before its session does", async () => {
  const session = await begin();
  await send(scene.url, token, { ...ping, method: "tools/list" }, session).answer;
  const asked = Promise.withResolvers<(message: unknown) => void>();
  scene.server.answer((sent, response) => {
    if (!sent.body.includes("tools/call")) return serve(sent, response);
    asked.resolve(stream(response));
  });
  const running = send(scene.url, token, calling("look"), session);
  const say = await asked.promise;
  await running.head;
  const earlier = ends();
  const completed = await scene.records("execution.completed");

  await replace();
  const { message } = await running.answer;
  assert.match(message.error?.message ?? "", /has a new token/);
  assert.equal(ends(), earlier);
  say({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "on" } });
  say({ jsonrpc: "2.0", id: 1, result: done });
  while (ends() === earlier) await new Promise((resolve) => setImmediate(resolve));
  while ((await scene.records("execution.completed")) === completed) scene.clock.advance(1_000);
});

test("a call that goes on running is stopped after half a minute, and nobody knows what came of it", async () => {
  const session = await begin();
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  scene.server.answer((sent, response) => {
    if (!sent.body.includes("tools/call")) return serve(sent, response);
    response.once("close", closed.resolve);
    asked.resolve();
  });
  const unknown = await scene.records("execution.unknown");
  const running = send(scene.url, token, calling("look"), session);
  await asked.promise;
  await replace();
  assert.equal((await running.answer).status, 401);
  scene.clock.advance(30_000);
  await closed.promise;
  while ((await scene.records("execution.unknown")) === unknown) scene.clock.advance(1_000);
});

test("a task stays its agent's, whose new token asks for it", async () => {
  const tasks = { extensions: { "io.modelcontextprotocol/tasks": {} } };
  const _meta = { ...statelessMeta, "io.modelcontextprotocol/clientCapabilities": tasks };
  const made = await send(scene.url, token, calling("pay", {}, { _meta }), statelessHeaders("pay"))
    .answer;
  const { taskId } = made.message.result as unknown as { readonly taskId: string };
  const next = await replace();
  const get = async (by: string) => {
    const asking = { jsonrpc: "2.0", id: 2, method: "tasks/get", params: { _meta, taskId } };
    return send(scene.url, by, asking, statelessHeaders(taskId, "tasks/get")).answer;
  };
  const status = async () =>
    ((await get(next)).message.result as unknown as { readonly status: string }).status;
  assert.equal((await get(token)).status, 401);
  assert.equal(await status(), "working");
  await scene.decide(taskId, "approve");
  while ((await status()) === "working") await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await status(), "completed");
});

test("a message that comes in parts around a new token is not decided under the earlier one", async (context) => {
  await send(scene.url, token, calling("look")).answer;
  const earlier = callsSent();
  const { host, hostname, port, pathname } = new URL(scene.url);
  const body = JSON.stringify(calling("look"));
  const head = (by: string) =>
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${by}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const begun = requestBegun();
  const socket = connect(Number(port), hostname);
  context.after(() => socket.destroy());
  socket.write(head(token) + body.slice(0, 20));
  await begun;
  const next = await replace();
  // What comes behind it on its connection is read after it.
  socket.write(body.slice(20) + head(next) + body);
  let heard = "";
  for await (const bytes of socket) {
    heard += String(bytes);
    if (heard.includes('"done"')) break;
  }
  assert.deepEqual(heard.match(/HTTP\/1\.1 \d{3}/g), ["HTTP/1.1 401", "HTTP/1.1 200"]);
  assert.equal(callsSent(), earlier + 1);
});

test("the stream of a server that a client has started ends with the token that it came with", async (context) => {
  const own = await startMcpScene({
    policies,
    answer: serve,
    connection: { upstream: { client: true } },
  });
  context.after(own.close);
  const administrator = await own.person("root");
  const by = await own.token();
  const headers = {
    authorization: `Bearer ${by}`,
    connection: "Upgrade",
    upgrade: "countersign-server",
  };
  const asking = request(own.url, { agent: false, headers }).end();
  const [, socket] = (await once(asking, "upgrade")) as [IncomingMessage, Duplex];
  const ended = once(socket.resume(), "end");
  await replace(own, administrator);
  await ended;
  socket.destroy();
});
