/** What many calls, sessions, large arguments and a server's questions cost the gateway's memory: bounded, and given back. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { calling, type McpScene, type Sent, send, startMcpScene } from "./support/mcp-scene.ts";
import { type Answer, json, stream } from "./support/tool-server.ts";

const policies = `
  @id("all") permit (principal, action in Countersign::Action::"mcp", resource);
  @id("people-see") @review("1 of ops") @reason("Someone looks.")
  permit (principal, action == Countersign::Action::"mcp.call", resource)
  when { context.tool like "hold_*" };
`;
/** Of one tool people are asked about a few calls at a time. */
const callsOfTool = 8;
const tools = Array.from({ length: 64 }, (_, at) => ({
  name: `hold_${at}`,
  inputSchema: { type: "object" },
}));

const serve: Answer = ({ body, method }, response) => {
  if (method !== "POST") return void response.writeHead(200).end();
  const { id, method: asked } = JSON.parse(body) as { readonly id?: unknown; method: string };
  if (id === undefined) return void response.writeHead(202).end();
  const done = { content: [{ type: "text", text: "done" }] };
  json(response, { jsonrpc: "2.0", id, result: asked === "tools/list" ? { tools } : done });
};

let scene: McpScene;
let token: string;

before(async () => {
  scene = await startMcpScene({
    policies,
    answer: serve,
    config: { limits: { reviewsOpenMax: 1_000 } },
  });
  token = await scene.token();
  await send(scene.url, token, { jsonrpc: "2.0", id: 1, method: "tools/list" }).answer;
});
after(() => scene.close());

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap and beside it that are in use. */
function used(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const kilobytes = (bytes: number) => `${Math.round(bytes / 1024).toLocaleString("en")} KiB`;

async function waitingCount(ada: string): Promise<number> {
  let count = 0;
  let next: string | null = null;
  do {
    const cursor: string = next === null ? "" : `&cursor=${next}`;
    const page: { readonly items: readonly unknown[]; readonly next: string | null } =
      await scene.api(`/reviews?state=pending&limit=200${cursor}`, ada);
    count += page.items.length;
    next = page.next;
  } while (next !== null);
  return count;
}

test("five hundred calls that wait cost some kilobytes each, one too many is told so, and all is given back", async (context) => {
  const ada = await scene.person("ada");
  const earlier = used();
  const waiting: Sent[] = [];
  context.after(() => waiting.forEach(({ request }) => request.destroy()));
  for (let at = 0; at < 500; at += 1) {
    waiting.push(send(scene.url, token, calling(`hold_${Math.floor(at / callsOfTool)}`, { at })));
  }
  let count = 0;
  while (count < 500) count = await waitingCount(ada);
  const each = (used() - earlier) / 500;
  context.diagnostic(`${kilobytes(each)} for each call that waits, its client's side included`);
  assert.ok(each < 192 * 1024, `${each} bytes for each`);
  const more = Array.from({ length: 30 }, () => send(scene.url, token, calling("look")));
  const statuses = await Promise.all(more.map(async ({ answer }) => (await answer).status));
  assert.ok(statuses.every((status) => status === 200 || status === 503));
});

test("sessions that are begun and dropped by the thousand keep their bound, and their server hears of the end of each other one", async (context) => {
  const begin = async () => {
    const { headers } = await send(scene.url, token, initialize).answer;
    return String(headers["mcp-session-id"]);
  };
  const first = await begin();
  const earlier = used();
  let last = "";
  for (let round = 0; round < sessionsBegun / 20; round += 1) {
    [last = ""] = await Promise.all(Array.from({ length: 20 }, begin));
  }
  const grown = used() - earlier;
  context.diagnostic(`${kilobytes(grown)} more after ${sessionsBegun} sessions`);
  assert.ok(grown < 24 * 1024 * 1024, `${grown} bytes`);
  const status = async (id: string) =>
    (await send(scene.url, token, ping, { "mcp-session-id": id }).answer).status;
  assert.deepEqual([await status(first), await status(last)], [404, 200]);
  const ended = scene.server.received.filter(({ method }) => method === "DELETE").length;
  assert.ok(ended >= sessionsBegun - 256, `${ended} were ended`);
});

const initialize = { jsonrpc: "2.0", id: 0, method: "initialize", params: {} };
const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
const sessionsBegun = 2_000;

test("fifty calls with a megabyte each wait and run within the bound of all messages, and leave nothing behind", async (context) => {
  const text = "x".repeat(1024 * 1024);
  const earlier = used();
  const large = Array.from({ length: 50 }, () => send(scene.url, token, calling("look", { text })));
  const answers = await Promise.all(large.map(({ answer }) => answer));
  assert.ok(answers.every(({ text: said }) => said.includes("done")));
  const grown = used() - earlier;
  context.diagnostic(`${kilobytes(grown)} more than before`);
  assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes`);
});

test("a server that asks a hundred thousand things that it may not is answered a few at a time, and its call goes on", async (context) => {
  const session = { "mcp-session-id": await beginSession() };
  let answered = 0;
  const earlier = used();
  scene.server.answer(async (request, response) => {
    const { id, method } = JSON.parse(request.body) as { id?: unknown; method?: string };
    if (method === undefined) {
      answered += 1;
      return void response.writeHead(202).end();
    }
    const say = stream(response);
    for (let at = 0; at < 100_000; at += 1) {
      say({ jsonrpc: "2.0", id: `s-${at}`, method: "sampling/createMessage", params: {} });
      if (at % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    say({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "done" }] } });
    response.end();
  });
  const { text } = await send(scene.url, token, calling("look"), session).answer;
  scene.server.answer(serve);
  assert.match(text, /done/);
  assert.doesNotMatch(text, /sampling/);
  const grown = used() - earlier;
  context.diagnostic(`${kilobytes(grown)} more, ${answered} were answered`);
  assert.ok(answered < 100_000 && grown < 32 * 1024 * 1024, `${answered}, ${grown} bytes`);
});

async function beginSession(): Promise<string> {
  const { headers } = await send(scene.url, token, initialize).answer;
  return String(headers["mcp-session-id"]);
}
