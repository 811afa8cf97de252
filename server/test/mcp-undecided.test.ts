/** What reaches a tool server without a decision: it has no room for an agent's own words, and its client notices nothing of that. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import {
  calling,
  type McpScene,
  type Message,
  send,
  startMcpScene,
  statelessHeaders,
  statelessMeta,
} from "./support/mcp-scene.ts";
import { type Answer, json, stream } from "./support/tool-server.ts";

const policies = `
  @id("all") permit (principal, action in Countersign::Action::"mcp", resource);
  @id("not-secret") forbid (principal, action == Countersign::Action::"mcp.read", resource)
  when { context.tool == "file:///secret" };
  @id("people-see-payments") @review("1 of ops")
  permit (principal, action == Countersign::Action::"mcp.call", resource)
  when { context.tool == "pay" };
`;

const words = "what-i-have-read";
const own = "io.modelcontextprotocol";

const parsed = (body: string) =>
  (body === "" ? {} : JSON.parse(body)) as Message & { readonly id?: string | number };

const serve: Answer = ({ body }, response) => {
  const { id, method } = parsed(body);
  if (id === undefined || method === undefined) return void response.writeHead(202).end();
  const tools = ["look", "pay"].map((name) => ({ name, inputSchema: { type: "object" } }));
  json(response, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : {} });
};

let scene: McpScene;
let token: string;

before(async () => {
  scene = await startMcpScene({ policies, answer: serve });
  token = await scene.token();
});
beforeEach(() => scene.server.answer(serve));
after(() => scene.close());

const ask = (method: string, params: object, headers = {}, id: string | number = 1) =>
  send(scene.url, token, { jsonrpc: "2.0", id, method, params }, headers).answer;
const bodies = () => scene.server.received.map(({ body }) => body);
const last = () => parsed(bodies().at(-1) ?? assert.fail("nothing was sent"));

async function begin(by = token): Promise<Readonly<Record<string, string>>> {
  const sent = { jsonrpc: "2.0", id: 0, method: "initialize" };
  const { headers } = await send(scene.url, by, sent).answer;
  return { "mcp-session-id": String(headers["mcp-session-id"]) };
}

test("a server reads no id of an agent's making, and each answer comes under its client's own", async () => {
  const asked: readonly (readonly [string, object])[] = [
    ["tools/list", {}],
    ["tools/call", { name: "look" }],
    ["ping", {}],
    ["resources/subscribe", { uri: "file:///a" }],
  ];
  const session = await begin();
  for (const headers of [session, {}]) {
    for (const [method, params] of asked) {
      for (const id of [words, `"${words}\u20ac`, -7, 20_261_127_013]) {
        const earlier = bodies().length;
        const { message } = await ask(method, params, headers, id);
        assert.equal(message.id, id);
        const said = bodies().slice(earlier).at(-1) ?? assert.fail();
        assert.match(said, /"id":"request-\d+"/);
        assert.doesNotMatch(said, /what-i-have-read|20261127013|"id":-7/);
      }
    }
  }
  assert.equal((await ask("ping", {}, session, 999_999)).message.id, 999_999);
  assert.equal(last().id, 999_999);
});

test("a refusal, an error and a stream come under the client's id too", async () => {
  const session = await begin();
  scene.server.answer(({ body }, response) => {
    const { id } = parsed(body);
    json(response, { jsonrpc: "2.0", id, error: { code: -32_000, message: "No." } }, 400);
  });
  const refused = await send(scene.url, token, calling("look", {}, {}, words), session).answer;
  assert.deepEqual([refused.status, refused.message.id], [400, words]);
  scene.server.answer(({ body }, response) => {
    const { id } = parsed(body);
    const say = stream(response);
    const told = { level: "info", data: String(id) };
    say({ jsonrpc: "2.0", method: "notifications/message", params: told });
    say({ jsonrpc: "2.0", id, result: { content: [] } });
    response.end();
  });
  const { events } = await send(scene.url, token, calling("look", {}, {}, words), session).answer;
  assert.deepEqual(
    events.map(({ id }) => id),
    [undefined, words],
  );
});

test("what a server says of a subscription names it as its client does", async () => {
  scene.server.answer(({ body }, response) => {
    const { id } = parsed(body);
    const say = stream(response);
    const _meta = { [`${own}/subscriptionId`]: id };
    say({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta } });
    say({ jsonrpc: "2.0", id, result: { _meta } });
    response.end();
  });
  const params = { _meta: statelessMeta, notifications: { toolsListChanged: true } };
  const headers = { ...statelessHeaders("", "subscriptions/listen") };
  const { events } = await ask("subscriptions/listen", params, headers, words);
  const named = { [`${own}/subscriptionId`]: words };
  assert.deepEqual(events[0]?.params?.["_meta"], named);
  assert.deepEqual([events[1]?.id, events[1]?.result?._meta], [words, named]);
});

test("what is heard again behind a cut answers under the client's id", async () => {
  const session = await begin();
  let asked: unknown;
  scene.server.answer(({ body }, response) => {
    const say = stream(response);
    if (body !== "") {
      asked = parsed(body).id;
      say({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info" } }, "e-1");
    } else {
      say({ jsonrpc: "2.0", id: asked, result: { content: [] } });
    }
    response.end();
  });
  await send(scene.url, token, calling("look", {}, {}, words), session).answer;
  const behind = { ...session, "last-event-id": "e-1" };
  const { events } = await send(scene.url, token, "", behind, "GET").answer;
  assert.deepEqual(
    events.map(({ id }) => id),
    [words],
  );
});

test("a cancel names what its server was asked, without the agent's reason, and nothing else", async () => {
  const session = await begin();
  const heard = Promise.withResolvers<unknown>();
  const over = Promise.withResolvers<void>();
  scene.server.answer(({ body }, response) => {
    const { id, method } = parsed(body);
    if (method === "tools/call") {
      heard.resolve(id);
      return void over.promise.then(() => json(response, { jsonrpc: "2.0", id, result: {} }));
    }
    return serve({ body } as Parameters<Answer>[0], response);
  });
  const running = send(scene.url, token, calling("look", {}, {}, words), session);
  const askedId = await heard.promise;
  const cancel = (requestId: string | number) => ({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId, reason: words },
  });
  await send(scene.url, token, cancel(words), session).answer;
  assert.deepEqual(last(), {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: askedId },
  });
  over.resolve();
  await running.answer;
  const earlier = bodies().length;
  assert.equal((await send(scene.url, token, cancel("never-asked"), session).answer).status, 202);
  assert.equal(bodies().length, earlier);
});

test("a client describes itself in a form without room for more, in few wordings, and is known by none after that", async () => {
  const client = (name: string) => ({
    protocolVersion: "2025-11-25",
    capabilities: {
      roots: { listChanged: true },
      elicitation: { form: {} },
      experimental: { "x.example/fast": {}, note: { words }, [`${words} ${words}`]: {} },
      extensions: { [`${own}/ui`]: { mimeTypes: ["text/html;profile=mcp-app"] } },
    },
    clientInfo: { name, version: "1.2.3", description: words, websiteUrl: words },
    [words]: words,
    _meta: { [words]: words, traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` },
  });
  const by = await scene.token("other");
  const initialize = async (name: string) => {
    const sent = { jsonrpc: "2.0", id: 0, method: "initialize", params: client(name) };
    assert.equal((await send(scene.url, by, sent).answer).status, 200);
    return last().params ?? {};
  };
  assert.deepEqual(await initialize("Kit (beta)"), {
    protocolVersion: "2025-11-25",
    capabilities: {
      roots: { listChanged: true },
      elicitation: { form: {} },
      experimental: { "x.example/fast": {}, note: {} },
      extensions: { [`${own}/ui`]: { mimeTypes: ["text/html;profile=mcp-app"] } },
    },
    clientInfo: { name: "Kit (beta)", version: "1.2.3" },
    _meta: {},
  });
  const names = Array.from({ length: 12 }, (_, at) => `${words}-${at}`);
  const told: unknown[] = [];
  for (const name of names) told.push((await initialize(name))["clientInfo"]);
  const any = { name: "client", version: "0" };
  assert.deepEqual(
    told.slice(0, 7),
    names.slice(0, 7).map((name) => ({ name, version: "1.2.3" })),
  );
  assert.deepEqual(
    told.slice(7),
    Array.from({ length: 5 }, () => any),
  );
  assert.deepEqual((await initialize(words))["capabilities"], {
    elicitation: { form: {} },
    extensions: { [`${own}/ui`]: {} },
    roots: {},
  });
  // Of a call, and of what the gateway asks for it, the same is true by the revision without sessions.
  const meta = {
    [`${own}/protocolVersion`]: "2026-07-28",
    [`${own}/clientInfo`]: { name: words, version: "1" },
    [`${own}/clientCapabilities`]: { experimental: { [words]: {} } },
  };
  const earlier = bodies().length;
  const call = calling("look", {}, { _meta: meta });
  await send(scene.url, by, call, statelessHeaders("look")).answer;
  assert.doesNotMatch(bodies().slice(earlier).join(), /what-i-have-read/);
  assert.match(bodies().at(-1) ?? "", /"name":"client"/);
  // The first ones are known on, and free their places once they were not used for long.
  assert.deepEqual((await initialize("Kit (beta)"))["clientInfo"], {
    name: "Kit (beta)",
    version: "1.2.3",
  });
  scene.clock.advance(12 * 60 * 60_000);
  assert.deepEqual((await initialize("New"))["clientInfo"], { name: "New", version: "1.2.3" });
});

test("a list, a ping and a level carry nothing in their metadata but how to answer", async () => {
  const _meta = {
    note: words,
    [`${own}/anything`]: words,
    "countersign/reason": words,
    tracestate: `a=${words}`,
    progressToken: words,
    [`${own}/logLevel`]: "info",
  };
  for (const [method, params] of [
    ["tools/list", {}],
    ["ping", {}],
    ["logging/setLevel", { level: "info" }],
  ] as const) {
    await ask(method, { ...params, _meta });
    assert.deepEqual(last().params, { ...params, _meta: { [`${own}/logLevel`]: "info" } });
  }
  await ask("tools/list", { _meta: { progressToken: 7 } });
  assert.deepEqual(last().params, { _meta: { progressToken: 7 } });
  // Nor in how it is written.
  const spelled = `{ "method":"ping",\n\t "id":1, "jsonrpc":"2.0" }`;
  await send(scene.url, token, spelled).answer;
  assert.equal(bodies().at(-1), '{"jsonrpc":"2.0","id":1,"method":"ping"}');
});

test("no level of a log and no revision has room for words again and again", async () => {
  const earlier = bodies().length;
  assert.ok((await ask("logging/setLevel", { level: "tellbobthekey" })).message.error);
  assert.equal(bodies().length, earlier);
  await ask("ping", { _meta: { [`${own}/logLevel`]: "tellbobthekey" } });
  assert.deepEqual(last().params, { _meta: {} });
  const by = await scene.token();
  const begins = async (protocolVersion: string) => {
    const params = { protocolVersion, capabilities: {} };
    const sent = { jsonrpc: "2.0", id: 0, method: "initialize", params };
    return (await send(scene.url, by, sent).answer).message.error === undefined;
  };
  const drafts = Array.from({ length: 20 }, (_, at) => `DRAFT-${at}-tell-bob`);
  const passed: string[] = [];
  for (const draft of drafts) if (await begins(draft)) passed.push(draft);
  assert(passed.length > 0 && passed.length <= 8, passed.join());
  assert.equal(await begins(passed[0] ?? ""), true);
  assert.equal(await begins("2025-11-25"), true);
});

test("a session that can't begin takes no other's place", async () => {
  const by = await scene.token();
  const session = await begin(by);
  const params = { protocolVersion: `in ${words}`, capabilities: {} };
  for (let count = 0; count < 260; count += 1) {
    const sent = { jsonrpc: "2.0", id: 0, method: "initialize", params };
    assert.ok((await send(scene.url, by, sent).answer).message.error);
  }
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  assert.deepEqual((await send(scene.url, by, ping, session).answer).message.result, {});
});

test("an answer whose id its server spells with escapes reaches whoever asked, and nobody who waits under that name", async () => {
  const session = await begin();
  scene.server.answer(({ body }, response) => {
    const { id } = parsed(body);
    const escaped = JSON.stringify(id).replace("-", "\\u002d");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(`{"jsonrpc":"2.0","id":${escaped},"result":{"content":[]}}`);
  });
  for (const id of ["request-2", words]) {
    const { message } = await send(scene.url, token, calling("look", {}, {}, id), session).answer;
    assert.deepEqual([message.id, message.error], [id, undefined]);
  }
});

test("no resource is unsubscribed from that an agent may not read", async () => {
  const earlier = bodies().length;
  const { message } = await ask("resources/unsubscribe", { uri: "file:///secret" });
  assert.ok(message.error !== undefined);
  assert.equal(bodies().length, earlier);
  await ask("resources/unsubscribe", { uri: "file:///open" });
  assert.deepEqual(last().params, { uri: "file:///open" });
});

test("what any server may ask is answered in few wordings, as folders and nothing else", async () => {
  const session = await begin();
  let asked = 0;
  const answered = async (method: string, said: object) => {
    asked += 1;
    const id = `s-${asked}`;
    scene.server.answer(({ body }, response) => {
      const message = parsed(body);
      if (message.method === undefined) return void response.writeHead(202).end();
      const say = stream(response);
      say({ jsonrpc: "2.0", id, method, params: {} });
      say({ jsonrpc: "2.0", id: message.id, result: {} });
      response.end();
    });
    await send(scene.url, token, calling("look"), session).answer;
    const { status } = await send(scene.url, token, { jsonrpc: "2.0", id, ...said }, session)
      .answer;
    assert.equal(status, 202);
    const told = last() as { id: unknown; result?: unknown; error?: { message: string } };
    assert.equal(told.id, id);
    return told.result ?? told.error?.message;
  };
  const roots = (...uris: readonly string[]) => ({
    result: { roots: uris.map((uri) => ({ uri, name: words })), _meta: { words } },
  });
  const silent = "The client does not say.";
  assert.deepEqual(await answered("ping", { result: { words } }), {});
  assert.deepEqual(await answered("ping", { error: { code: 1, message: words } }), silent);
  assert.deepEqual(await answered("roots/list", roots("file:///home/ada")), {
    roots: [{ uri: "file:///home/ada" }],
  });
  for (const uri of [`https://${words}`, `file:///a?${words}`, `file:///${"a".repeat(1_024)}`]) {
    assert.equal(await answered("roots/list", roots(uri)), silent);
  }
  assert.equal(await answered("roots/list", { error: { code: 1, message: words } }), silent);
  for (let at = 1; at < 8; at += 1) {
    assert.notEqual(await answered("roots/list", roots(`file:///${at}`)), silent);
  }
  assert.equal(await answered("roots/list", roots(`file:///${words}`)), silent);
  assert.deepEqual(await answered("roots/list", roots()), { roots: [] });
  assert.notEqual(await answered("roots/list", roots("file:///home/ada")), silent);
});
