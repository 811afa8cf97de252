/** What comes between the decision on a call and its bytes: a rejected tool, a cancel, a client that begins a session and leaves. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Tool } from "@countersign/sdk/wire/tool";
import type { Store } from "#/store/store.ts";
import { calling, type McpScene, type Message, send, startMcpScene } from "./support/mcp-scene.ts";
import { type Answer, json } from "./support/tool-server.ts";

const policies = `
  @id("all") permit (principal, action in Countersign::Action::"mcp", resource);
  @id("people-see-payments") @review("1 of ops")
  permit (principal, action == Countersign::Action::"mcp.call", resource)
  when { context.tool like "pay*" };`;
const names = ["look", "pay", "see", "pay_late", "watch"];
const tools = names.map((name) => ({ name, inputSchema: { type: "object" } }));

const serve: Answer = ({ body, method: verb }, response) => {
  const said = (body === "" ? {} : JSON.parse(body)) as Message;
  const { id, method } = said;
  if (verb === "DELETE") return void response.writeHead(200).end();
  if (id === undefined) return void response.writeHead(202).end();
  if (method === "initialize") response.setHeader("mcp-session-id", "the-servers-own");
  const result =
    method === "tools/list"
      ? { tools }
      : { protocolVersion: "2025-11-25", content: [{ type: "text", text: "done" }] };
  json(response, { jsonrpc: "2.0", id, result });
};

/** Waited for before the store does it. */
let holding: {
  readonly verb: "saveTool" | "keepLabels";
  readonly wait: () => Promise<void>;
} | null = null;
let scene: McpScene;
let token: string;
let root: string;

before(async () => {
  scene = await startMcpScene({
    policies,
    answer: serve,
    config: { agents: ["bot", "see", "pay_late"].map((name) => ({ name })) },
    wrapStore: (store): Store => ({
      ...store,
      async saveTool(...request) {
        if (holding?.verb === "saveTool") await holding.wait();
        return store.saveTool(...request);
      },
      async keepLabels(...request) {
        if (holding?.verb === "keepLabels") await holding.wait();
        return store.keepLabels(...request);
      },
    }),
  });
  token = await scene.token();
  root = await scene.person("root");
});
beforeEach(() => {
  scene.server.answer(serve);
  holding = null;
});
after(() => scene.close());

/** The next of it is held up until the test lets it go. */
function holdUp(verb: "saveTool" | "keepLabels") {
  const asked = Promise.withResolvers<void>();
  const may = Promise.withResolvers<void>();
  holding = {
    verb,
    wait() {
      asked.resolve();
      return may.promise;
    },
  };
  return { asked: asked.promise, go: () => may.resolve() };
}

const called = () => scene.server.received.filter(({ body }) => body.includes('"tools/call"'));
const refusalOf = ({ result }: Message) => result?._meta?.["countersign/refusal"]?.code;

async function begin(): Promise<Readonly<Record<string, string>>> {
  const sent = { jsonrpc: "2.0", id: 0, method: "initialize" };
  const { headers } = await send(scene.url, token, sent).answer;
  return { "mcp-session-id": String(headers["mcp-session-id"]) };
}

for (const name of ["look", "pay"]) {
  const how = name === "pay" ? "approved" : "allowed";
  test(`a call that was ${how} and is cancelled before it goes out never does`, async () => {
    const session = await begin();
    await send(scene.url, token, { jsonrpc: "2.0", id: 1, method: "tools/list" }, session).answer;
    const pinning = holdUp("saveTool");
    const earlier = called().length;
    const sent = send(scene.url, token, calling(name, {}, {}, 7), session);
    if (name === "pay") await scene.decide((await scene.waiting()).id, "approve");
    await pinning.asked;
    const params = { requestId: 7, reason: "Not any more." };
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params };
    assert.equal((await send(scene.url, token, cancel, session).answer).status, 202);
    pinning.go();
    await sent.answer;
    assert.equal(called().length, earlier);
    assert.ok(scene.server.received.every(({ body }) => !body.includes("cancelled")));
    holding = null;
    // It has not spoilt the next one.
    if (name === "look") {
      const { message } = await send(scene.url, token, calling(name, {}, {}, 7), session).answer;
      assert.equal(message.result?.content?.[0]?.text, "done");
    }
  });
}

for (const name of ["see", "pay_late"]) {
  const how = name === "see" ? "allowed" : "approved";
  test(`a call that was ${how} does not go out once its tool is rejected, and says so`, async () => {
    const session = await begin();
    await send(scene.url, token, { jsonrpc: "2.0", id: 1, method: "tools/list" }, session).answer;
    // Another agent's, of whom nothing is kept yet.
    const other = await scene.token(name);
    const keeping = holdUp("keepLabels");
    const earlier = called().length;
    const sent = send(scene.url, other, calling(name));
    if (name !== "see") await scene.decide((await scene.waiting()).id, "approve");
    await keeping.asked;
    const { offered } = await scene.api<Tool>(`/connections/desk/tool?tool=${name}`, root);
    const request = { tool: name, digest: offered.digest };
    await scene.api("/connections/desk/reject-tool", root, request);
    keeping.go();
    assert.equal(refusalOf((await sent.answer).message), "definition_rejected");
    assert.equal(called().length, earlier);
  });
}

test("a session whose client has gone while it began is over for its server", async () => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  scene.server.answer((request, response) => {
    if (request.method !== "DELETE") return asked.resolve();
    ended.resolve();
    return serve(request, response);
  });
  const sent = send(scene.url, token, { jsonrpc: "2.0", id: 0, method: "initialize" });
  await asked.promise;
  sent.request.destroy();
  await ended.promise;
});
