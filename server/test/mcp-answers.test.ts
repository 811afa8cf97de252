/** What comes back from a tool server, through the gateway: masked, scrubbed of the gateway's credential, and no more than its agent may be asked. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  calling,
  type McpScene,
  send,
  startMcpScene,
  statelessHeaders,
  statelessMeta,
  tellEvent,
} from "./support/mcp-scene.ts";
import { type Answer, json, stream } from "./support/tool-server.ts";

const policies = `
  @id("masked") @mask("email") @reason("Addresses are masked.")
  permit (principal, action in Countersign::Action::"mcp", resource)
  when { context.tool != "plain" };
  @id("plain")
  permit (principal, action in Countersign::Action::"mcp", resource)
  when { context.tool == "plain" };
`;
const tools = [
  { name: "find", inputSchema: { type: "object" } },
  { name: "plain", inputSchema: { type: "object" } },
];
const address = "dana@shop.example";

let scene: McpScene;
let token: string;
/** What the server answers to a call, by its id. */
let answer: (id: unknown) => object = () => ({});

const serve: Answer = ({ method, body, headers }, response) => {
  if (method === "GET") {
    stream(response)({
      jsonrpc: "2.0",
      id: 1,
      result: { content: [{ type: "text", text: address }] },
    });
    response.end();
    return;
  }
  const message = JSON.parse(body) as { readonly id?: unknown; readonly method: string };
  if (message.method === "initialize") response.setHeader("mcp-session-id", "s");
  if (message.method === "tools/call") {
    return json(response, { jsonrpc: "2.0", id: message.id, ...answer(headers.authorization) });
  }
  json(response, { jsonrpc: "2.0", id: message.id, result: { tools } });
};

before(async () => {
  scene = await startMcpScene({
    policies,
    answer: serve,
  });
  token = await scene.token();
});
after(() => scene.close());

const text = (value: string) => ({ type: "text", text: value });

test("content and structured content are masked alike", async () => {
  answer = () => ({
    result: {
      content: [text(`Write to ${address}.`)],
      structuredContent: { email: address, id: 7 },
    },
  });
  const { text: got } = await send(scene.url, token, calling("find")).answer;
  assert.ok(!got.includes(address), got);
  const { result } = JSON.parse(got) as {
    readonly result: { readonly structuredContent: { readonly id: number } };
  };
  assert.equal(result.structuredContent.id, 7);
});

test("what a server says on the way to its answer, and in an error, is masked as well", async () => {
  scene.server.answer((request, response) => {
    const { id, method } = JSON.parse(request.body) as {
      readonly id: unknown;
      readonly method: string;
    };
    if (method !== "tools/call") return serve(request, response);
    const say = stream(response);
    say({
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "info", data: address },
    });
    say({ jsonrpc: "2.0", id, error: { code: -32_000, message: `No ${address}` } });
    response.end();
  });
  const { events, text: got } = await send(scene.url, token, calling("find")).answer;
  scene.server.answer(serve);
  assert.equal(events.length, 2);
  assert.ok(!got.includes(address), got);
});

test("an answer that no rule masks passes as it is", async () => {
  answer = () => ({ result: { content: [text(address)] } });
  const { text: got } = await send(scene.url, token, calling("plain")).answer;
  assert.ok(got.includes(address));
});

test("in a session with masked answers no answer is heard again on another stream", async () => {
  answer = () => ({ result: { content: [text(address)] } });
  const begun = await send(scene.url, token, { jsonrpc: "2.0", id: 0, method: "initialize" })
    .answer;
  const session = { "mcp-session-id": String(begun.headers["mcp-session-id"]) };
  await tellEvent(scene, token, "1", session);
  scene.server.answer(serve);
  await send(scene.url, token, calling("find"), session).answer;
  const resumed = { ...session, "last-event-id": "1" };
  const { text: got } = await send(scene.url, token, "", resumed, "GET").answer;
  assert.ok(!got.includes(address), got);
});

test("an answer under masks that a server gives as a task is withheld: it would come under nobody's masks", async () => {
  answer = () => ({ result: { resultType: "task", taskId: "t-1", status: "working" } });
  const { message } = await send(scene.url, token, calling("find")).answer;
  assert.match(message.error?.message ?? "", /as a task, which can't be masked/);
});

test("a server that asks for the agent's model or its person by its answer gets neither, unless its connection allows it", async () => {
  for (const method of ["sampling/createMessage", "elicitation/create", "tools/call"]) {
    answer = () => ({
      result: {
        resultType: "input_required",
        inputRequests: { a: { method, params: {} } },
        requestState: "x",
      },
    });
    const body = calling("plain", {}, { _meta: statelessMeta });
    const { message } = await send(scene.url, token, body, statelessHeaders("plain")).answer;
    assert.match(message.error?.message ?? "", /does not allow/, method);
  }
  answer = () => ({
    result: { resultType: "input_required", inputRequests: { a: { method: "roots/list" } } },
  });
  const body = calling("plain", {}, { _meta: statelessMeta });
  const { message } = await send(scene.url, token, body, statelessHeaders("plain")).answer;
  assert.equal(message.result?.resultType, "input_required");
});

test("the gateway's credential comes back in no answer, whatever the server does with it", async () => {
  const own = await startMcpScene({
    policies,
    answer: serve,
    upstream: { credential: { bearer: { env: "DESK_TOKEN" } } },
  });
  try {
    const by = await own.token();
    const secret = "desk-secret-token";
    answer = (authorization) => ({
      error: { code: 1, message: `Bad header: ${String(authorization)}` },
    });
    const { text: error } = await send(own.url, by, calling("plain")).answer;
    assert.equal(own.server.received.at(-1)?.headers.authorization, `Bearer ${secret}`);
    assert.ok(!error.includes(secret), error);
    answer = (authorization) => ({
      result: { content: [text(Buffer.from(String(authorization)).toString("base64"))] },
    });
    const { text: result } = await send(own.url, by, calling("plain")).answer;
    assert.ok(!result.includes(Buffer.from(secret).toString("base64").slice(2, 18)), result);
  } finally {
    await own.close();
  }
});
