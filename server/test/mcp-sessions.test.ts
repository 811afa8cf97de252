/** Sessions of the revisions before 2026-07-28, through the gateway: whose they are, what servers say and ask in them. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { laterMs } from "#/audit/recorder.ts";
import {
  calling,
  type McpScene,
  send,
  startMcpScene,
  statelessHeaders,
  statelessMeta,
} from "./support/mcp-scene.ts";
import { type Answer, json, stream } from "./support/tool-server.ts";

const policies = `@id("all") permit (principal, action in Countersign::Action::"mcp", resource);`;

let scene: McpScene;
let token: string;

/** A server that gives sessions an id of its own, and does not take another. */
const sessions: Answer = ({ method, headers, body }, response) => {
  const message = body === "" ? {} : (JSON.parse(body) as { id?: unknown; method?: string });
  if (message.method === "initialize") {
    response.setHeader("mcp-session-id", "the-servers-own");
    return json(response, {
      jsonrpc: "2.0",
      id: message.id,
      result: { protocolVersion: "2025-11-25" },
    });
  }
  if (headers["mcp-session-id"] !== "the-servers-own") return json(response, {}, 404);
  if (method === "DELETE") return void response.writeHead(200).end();
  if (message.id === undefined) return void response.writeHead(202).end();
  return json(response, { jsonrpc: "2.0", id: message.id, result: {} });
};

before(async () => {
  scene = await startMcpScene({ policies, answer: sessions });
  token = await scene.token();
});
beforeEach(() => scene.server.answer(sessions));
after(() => scene.close());

const initialize = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25" },
};

async function begin(by = token): Promise<Readonly<Record<string, string>>> {
  const { headers, status } = await send(scene.url, by, initialize).answer;
  assert.equal(status, 200);
  const id = headers["mcp-session-id"];
  assert.ok(typeof id === "string");
  return { "mcp-session-id": id, "mcp-protocol-version": "2025-11-25" };
}

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

test("a session has an id of the gateway's, and the server's stays behind it", async () => {
  const session = await begin();
  assert.match(session["mcp-session-id"] ?? "", /^[0-9a-f]{64}$/);
  const { status, headers } = await send(scene.url, token, ping, session).answer;
  assert.equal(status, 200);
  assert.notEqual(headers["mcp-session-id"], "the-servers-own");
  assert.equal(scene.server.received.at(-1)?.headers["mcp-session-id"], "the-servers-own");
});

test("a session is nobody's but the agent's that began it", async () => {
  const session = await begin();
  const earlier = scene.server.received.length;
  const other = await scene.token("other");
  for (const [by, headers] of [
    [other, session],
    [token, { "mcp-session-id": "the-servers-own" }],
    [token, { "mcp-session-id": "0".repeat(64) }],
  ] as const) {
    assert.equal((await send(scene.url, by, ping, headers).answer).status, 404);
  }
  assert.equal(scene.server.received.length, earlier);
});

test("a session that its client ends is over for the server too", async () => {
  const session = await begin();
  assert.equal((await send(scene.url, token, "", session, "DELETE").answer).status, 200);
  assert.equal(scene.server.received.at(-1)?.method, "DELETE");
  assert.equal((await send(scene.url, token, ping, session).answer).status, 404);
});

test("what listens and what ends a session says no version to the server that is no date", async () => {
  const session = { ...(await begin()), "mcp-protocol-version": "what-i-have-read" };
  for (const method of ["GET", "DELETE"]) {
    await send(scene.url, token, "", session, method).answer;
    const last = scene.server.received.at(-1);
    assert.equal(last?.method, method);
    assert.doesNotMatch(JSON.stringify(last.headers), /what-i-have-read/);
  }
  const other = await begin();
  await send(scene.url, token, "", other, "DELETE").answer;
  assert.equal(scene.server.received.at(-1)?.headers["mcp-protocol-version"], "2025-11-25");
});

test("a session that its client ends is over although its server can't be reached, which hears of it again", async () => {
  const session = await begin();
  const heard = Promise.withResolvers<unknown>();
  let tries = 0;
  scene.server.answer((request, response) => {
    if (request.method !== "DELETE") return sessions(request, response);
    tries += 1;
    if (tries === 1) return void response.destroy();
    heard.resolve(request.headers["mcp-session-id"]);
    return sessions(request, response);
  });
  assert.equal((await send(scene.url, token, "", session, "DELETE").answer).status, 200);
  assert.equal((await send(scene.url, token, ping, session).answer).status, 404);
  assert.equal(await heard.promise, "the-servers-own");
});

test("a server that says something to what needs no answer keeps nobody waiting, and its stream is closed", async () => {
  const session = await begin();
  const closed = Promise.withResolvers<void>();
  scene.server.answer((_, response) => {
    stream(response);
    response.on("close", closed.resolve);
  });
  const told = { jsonrpc: "2.0", method: "notifications/roots/list_changed" };
  assert.equal((await send(scene.url, token, told, session).answer).status, 202);
  await closed.promise;
});

test("an initialize that the server refuses begins no session", async () => {
  scene.server.answer((_, response) => {
    json(response, { jsonrpc: "2.0", id: 0, error: { code: -32_602, message: "No." } });
  });
  const { message, headers } = await send(scene.url, token, initialize).answer;
  assert.equal(message.error?.code, -32_602);
  scene.server.answer(sessions);
  const session = { "mcp-session-id": String(headers["mcp-session-id"]) };
  assert.equal((await send(scene.url, token, ping, session).answer).status, 404);
});

/** Its stream ends before the answer, which it gives to whoever goes on behind the event. */
const cut =
  (id: string | null): Answer =>
  (request, response) => {
    const say = stream(response);
    if (request.method === "GET") {
      say({ jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text: "late" }] } });
    } else {
      const params = { progressToken: "t", progress: 1 };
      const message = { jsonrpc: "2.0", method: "notifications/progress", params };
      if (id === null) say(message);
      else say(message, id);
    }
    response.end();
  };

const outcomes = async (): Promise<readonly [unknown: number, completed: number]> => [
  await scene.records("execution.unknown"),
  await scene.records("execution.completed"),
];

/** No caller waits for the record of an outcome, which has a commit of its own after a while. */
async function outcomesOnceThereAre(count: number) {
  for (;;) {
    const [unknown, completed] = await outcomes();
    if (unknown + completed >= count) return [unknown, completed];
    scene.clock.advance(laterMs);
  }
}

test("a call whose stream its server ends before the answer is on record as of unknown outcome, whether the client goes on behind it or not", async () => {
  const session = await begin();
  const [unknown, completed] = await outcomes();
  const earlier = unknown + completed;
  scene.server.answer(cut("e-1"));
  const { events, status } = await send(scene.url, token, calling("look"), session).answer;
  assert.equal(status, 200);
  assert.deepEqual(
    events.map(({ method }) => method),
    ["notifications/progress"],
  );
  assert.deepEqual(await outcomesOnceThereAre(earlier + 1), [unknown + 1, completed]);
  const resumed = { ...session, "last-event-id": "e-1" };
  const { text } = await send(scene.url, token, "", resumed, "GET").answer;
  assert.match(text, /late/);
  scene.server.answer(sessions);
  await send(scene.url, token, calling("look"), session).answer;
  const later = await outcomesOnceThereAre(earlier + 2);
  assert.deepEqual(later, [unknown + 1, completed + 1], "what came late proves nothing");
});

test("a call whose stream ends with nowhere to go on is told to its client as of unknown outcome", async () => {
  const session = await begin();
  const [unknown, completed] = await outcomes();
  scene.server.answer(cut(null));
  const { message } = await send(scene.url, token, calling("look"), session).answer;
  assert.equal(message.result?._meta?.["countersign/refusal"]?.code, "outcome_unknown");
  const later = await outcomesOnceThereAre(unknown + completed + 1);
  assert.deepEqual(later, [unknown + 1, completed]);
});

test("what never came to a decision leaves one record for each reason and minute, however often it is tried", async () => {
  const session = await begin();
  const earlier = await scene.records("message.refused");
  for (let count = 0; count < 20; count += 1) {
    const method = `shell/run_${count}`;
    const { message } = await send(scene.url, token, { jsonrpc: "2.0", id: 1, method }, session)
      .answer;
    assert.equal(message.error?.code, -32_601);
    const twice = '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}';
    assert.equal((await send(scene.url, token, twice, session).answer).status, 400);
  }
  scene.clock.advance(60_000);
  // What nobody waits for is written a moment later.
  scene.clock.advance(1_000);
  while ((await scene.records("message.refused")) < earlier + 2) await Promise.resolve();
  assert.equal(await scene.records("message.refused"), earlier + 2);
});

const question = (method: string, id: string) => ({ jsonrpc: "2.0", id, method, params: {} });

test("what a server asks in its answer goes to the client only where the connection allows it", async () => {
  const session = await begin();
  scene.server.answer((request, response) => {
    const message = JSON.parse(request.body) as { id?: unknown; method?: string };
    if (message.method === undefined) return void response.writeHead(202).end();
    const say = stream(response);
    say(question("sampling/createMessage", "s-1"));
    say(question("elicitation/create", "s-2"));
    say(question("tools/call", "s-3"));
    say(question("roots/list", "s-4"));
    say({ jsonrpc: "2.0", id: message.id, result: {} });
    response.end();
  });
  const { events } = await send(scene.url, token, calling("look"), session).answer;
  assert.deepEqual(
    events.map(({ method, id }) => method ?? id),
    ["roots/list", 1],
  );
  const answers = () => scene.server.received.filter(({ body }) => body.includes("does not pass"));
  while (answers().length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    answers()
      .map(({ body }) => (JSON.parse(body) as { id: string }).id)
      .toSorted(),
    ["s-1", "s-2", "s-3"],
  );
  const said = { jsonrpc: "2.0", id: "s-4", result: { roots: [] } };
  assert.equal((await send(scene.url, token, said, session).answer).status, 202);
  assert.equal(scene.server.received.at(-1)?.body, JSON.stringify(said));
});

test("an answer to what was not asked goes to no server", async () => {
  const session = await begin();
  const earlier = scene.server.received.length;
  for (const id of ["s-1", 7]) {
    const said = { jsonrpc: "2.0", id, result: { secret: 1 } };
    assert.equal((await send(scene.url, token, said, session).answer).status, 400);
  }
  assert.equal(scene.server.received.length, earlier);
});

test("what a server asks a person, where it may, comes without signs that nobody sees, and leads to no page but one of the web", async (context) => {
  const say = (asked: object) => ({
    jsonrpc: "2.0",
    id: "e",
    method: "elicitation/create",
    params: asked,
  });
  let asked: object = {};
  const own = await startMcpScene({
    policies,
    connection: { allow: { sampling: false, elicitation: true } },
    answer: (request, response) => {
      const { id, method } = JSON.parse(request.body) as { id?: unknown; method?: string };
      if (method !== "tools/call") return sessions(request, response);
      const tell = stream(response);
      tell(say(asked));
      tell({ jsonrpc: "2.0", id, result: { content: [] } });
      return void response.end();
    },
  });
  context.after(own.close);
  const by = await own.token();
  const { headers } = await send(own.url, by, initialize).answer;
  const session = { "mcp-session-id": String(headers["mcp-session-id"]) };
  const heard = async (params: object) => {
    asked = params;
    const { events } = await send(own.url, by, calling("look"), session).answer;
    return events
      .filter(({ method }) => method === "elicitation/create")
      .map((each) => each.params);
  };
  assert.deepEqual(await heard({ message: "Your\u202e \u200bname?" }), [{ message: "Your name?" }]);
  const page = { mode: "url", message: "Look.", url: "https://x.example/" };
  assert.deepEqual(await heard(page), [page]);
  assert.deepEqual(await heard({ ...page, url: "javascript:alert(1)" }), []);
  assert.deepEqual(await heard({ message: "x".repeat(300_000) }), []);
});

test("what a server says by itself is heard on a stream of its own, and goes on after a cut where the client left off", async () => {
  const session = await begin();
  scene.server.answer(({ headers }, response) => {
    const say = stream(response);
    const from = Number(headers["last-event-id"] ?? 0);
    say(
      { jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { from } },
      String(from + 1),
    );
    response.end();
  });
  const first = await send(scene.url, token, "", { ...session, accept: "text/event-stream" }, "GET")
    .answer;
  assert.match(
    first.text,
    /^event: message\nid: 1\ndata: \{"jsonrpc":"2.0","method":"notifications\/tools\/list_changed"/,
  );
  const resumed = { ...session, accept: "text/event-stream", "last-event-id": "1" };
  const { events } = await send(scene.url, token, "", resumed, "GET").answer;
  assert.deepEqual(
    events.map(({ params }) => params),
    [{ from: 1 }],
  );
});

test("a call does not say to its server where a stream is to go on, of which nobody knows whose it was", async () => {
  const session = await begin();
  scene.server.answer(({ body }, response) => {
    const { id } = JSON.parse(body) as { readonly id: unknown };
    json(response, { jsonrpc: "2.0", id, result: { content: [] } });
  });
  for (const message of [calling("look"), ping]) {
    await send(scene.url, token, message, { ...session, "last-event-id": "1" }).answer;
    assert.equal(scene.server.received.at(-1)?.headers["last-event-id"], undefined);
  }
});

test("a message on a stream has the name that clients look for, and what only says where to go on has none", async () => {
  const session = await begin();
  scene.server.answer(({ body }, response) => {
    const { id } = JSON.parse(body) as { readonly id: unknown };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("id: 1\ndata:\n\n");
    response.write('event: other\ndata: {"jsonrpc":"2.0","method":"notifications/x"}\n\n');
    response.end(`data: {"jsonrpc":"2.0","id":${String(id)},"result":{}}\n\n`);
  });
  const { text } = await send(scene.url, token, calling("look", {}, {}, 3), session).answer;
  const [priming = "", ...messages] = text.split("\n\n").filter((each) => each !== "");
  assert.equal(priming, "id: 1\ndata: ");
  assert.deepEqual(messages, [
    'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/x"}',
    'event: message\ndata: {"jsonrpc":"2.0","id":3,"result":{}}',
  ]);
});

test("an answer that nobody asked for is not heard on such a stream", async () => {
  const session = await begin();
  scene.server.answer((_, response) => {
    const say = stream(response);
    say({ jsonrpc: "2.0", id: 1, result: { content: [] } });
    response.end();
  });
  const { events } = await send(scene.url, token, "", session, "GET").answer;
  assert.deepEqual(
    events.filter(({ result }) => result !== undefined),
    [],
  );
});

const refusals: readonly (readonly [what: string, body: unknown, status: number, code: number])[] =
  [
    ["a method that nobody knows", { ...ping, method: "tools/destroy" }, 200, -32_601],
    [
      "a notification that nobody knows",
      { jsonrpc: "2.0", method: "notifications/x" },
      400,
      -32_601,
    ],
    ["a batch", [ping], 400, -32_600],
    ["a call without a name", { ...ping, method: "tools/call", params: {} }, 200, -32_602],
    ["a call without params", { ...ping, method: "tools/call" }, 200, -32_602],
    ["arguments that are a list", calling("look", [1]), 200, -32_602],
  ];

for (const [what, body, status, code] of refusals) {
  test(`${what} is refused, and nothing is sent`, async () => {
    const earlier = scene.server.received.length;
    const answer = await send(scene.url, token, body).answer;
    assert.deepEqual([answer.status, answer.message.error?.code], [status, code]);
    assert.equal(scene.server.received.length, earlier);
  });
}

test("what is wrong with a request that could be read is told as its answer, and by the revision without sessions by a status too", async () => {
  const none = { name: "look", arguments: [1] };
  for (const [method, params, statelessStatus] of [
    ["tools/destroy", {}, 404],
    ["tools/call", none, 400],
  ] as const) {
    const asked = { jsonrpc: "2.0", id: "a", method };
    const inSession = await send(scene.url, token, { ...asked, params }).answer;
    assert.equal(inSession.status, 200, "a client would take its session for lost");
    const _meta = statelessMeta;
    const headers = statelessHeaders("look", method);
    const without = { ...asked, params: { ...params, _meta } };
    const stateless = await send(scene.url, token, without, headers).answer;
    assert.equal(stateless.status, statelessStatus);
    assert.deepEqual(stateless.message, inSession.message);
    assert.equal(inSession.message.id, "a");
  }
});

test("without a token, with another's, or from another page nobody gets in", async () => {
  const earlier = scene.server.received.length;
  const unknown = await send(scene.url, "", ping).answer;
  assert.equal(unknown.status, 401);
  const metadata = /resource_metadata="([^"]+)"/.exec(
    unknown.headers["www-authenticate"] ?? "",
  )?.[1];
  const described = (await (await fetch(metadata ?? "")).json()) as { readonly resource: string };
  assert.equal(described.resource, scene.url);
  assert.equal((await send(scene.url, "csa_wrong", ping).answer).status, 401);
  assert.equal((await send(scene.url, await scene.person("ada"), ping).answer).status, 401);
  const page = { origin: "https://elsewhere.example" };
  assert.equal((await send(scene.url, token, ping, page).answer).status, 403);
  assert.equal(
    (await send(scene.url, token, ping, { host: "rebound.example" }).answer).status,
    403,
  );
  assert.equal((await send(`${scene.apiUrl}/mcp/nowhere`, token, ping).answer).status, 404);
  const type = { "content-type": "text/plain" };
  assert.equal((await send(scene.url, token, ping, type).answer).status, 415);
  assert.equal((await send(scene.url, token, "", {}, "PUT").answer).status, 405);
  assert.equal(scene.server.received.length, earlier);
});

test("a message beyond the bound is refused before it is read", async () => {
  const { status } = await send(scene.url, token, "x", { "content-length": "16777217" }).answer;
  assert.equal(status, 413);
});
