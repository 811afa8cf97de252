/** Who gets through the door to tool servers, and to whose session. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Fixture, openFixture } from "./support/mcp-fixture/http-server.ts";
import { type McpGateway, openMcpGateway } from "./support/mcp-gateway.ts";
import { beginSession, legacy, modern, open, send, sendBytes } from "./support/raw-mcp.ts";

let fixture: Fixture;
let scene: McpGateway;
let url: string;
let requests = 0;
let credentials: (string | null)[] = [];
before(async () => {
  fixture = await openFixture((request) => {
    requests += 1;
    credentials.push(request.headers.get("authorization"));
    return undefined;
  });
  scene = await openMcpGateway({
    desk: { upstream: { url: fixture.url } },
    desk2: { upstream: { url: fixture.url } },
  });
  url = scene.url("desk");
});
after(async () => {
  await scene.close();
  await fixture.close();
});

const call = modern("tools/call", { name: "read_notes", arguments: { customer: "dana" } });
const list = modern("tools/list", {});

/** Nothing of it may have reached the tool server. */
async function assertRefused(
  what: string,
  request: Parameters<typeof send>[0],
  statuses: readonly number[],
): Promise<void> {
  const seen = requests;
  const answer = await send({
    ...call,
    ...request,
    headers: { ...call.headers, ...request.headers },
  });
  assert.ok(statuses.includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
  assert.equal(requests, seen, what);
}

test("without an agent's token, whatever else is shown, nobody gets through", async () => {
  const credentialOf = {
    nothing: "",
    "an empty token": "Bearer ",
    "a token that nobody has": "Bearer nobody",
    "a person's session": `Bearer ${scene.reviewer}`,
    "the operator's credential": `Bearer ${scene.gateway.operatorToken}`,
    "an agent's token by Basic": `Basic ${btoa(`bot:${scene.token}`)}`,
    "a token and something behind it": `Bearer ${scene.token} x`,
    "a token without its last letter": `Bearer ${scene.token.slice(0, -1)}`,
    "a token of a hundred thousand letters": `Bearer ${"x".repeat(10_000)}`,
  };
  for (const [what, authorization] of Object.entries(credentialOf)) {
    await assertRefused(what, { url, headers: { authorization } }, [401]);
  }
  await assertRefused("in a cookie", { url, headers: { cookie: `token=${scene.token}` } }, [401]);
  await assertRefused("in the address", { url: `${url}?token=${scene.token}` }, [400, 401, 404]);
  for (const method of ["GET", "DELETE"]) {
    await assertRefused(method, { url, method, headers: { "mcp-session-id": "x" } }, [401]);
  }
});

test("who is turned away is told how to be let in, and not whether there is such a connection", async () => {
  const known = await send({ url, ...call });
  const unknown = await send({ url: scene.url("nowhere"), ...call });
  assert.match(known.headers["www-authenticate"] ?? "", /^Bearer\b/);
  assert.equal(unknown.status, known.status);
  assert.equal(unknown.text, known.text);
});

test("two credentials in one request are none", async () => {
  const authorization = [`Bearer ${scene.token}`, `Bearer ${scene.otherToken}`];
  const raw = [
    `POST /mcp/desk HTTP/1.1`,
    `host: ${new URL(url).host}`,
    ...authorization.map((value) => `authorization: ${value}`),
    "content-type: application/json",
    ...Object.entries(call.headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(call.body)}`,
    "connection: close",
  ].join("\r\n");
  const seen = requests;
  const answer = await sendBytes(url, `${raw}\r\n\r\n${call.body}`);
  assert.match(answer, /^HTTP\/1\.1 40[01] /);
  assert.equal(requests, seen);
});

test("the tool server never sees an agent's token", async () => {
  credentials = [];
  await send({ url, token: scene.token, ...call });
  assert.ok(credentials.length > 0);
  assert.ok(credentials.every((credential) => credential === null));
});

test("a path that is no connection's own leads nowhere", async () => {
  const { origin } = new URL(url);
  const paths = [
    "/mcp",
    "/mcp/",
    "/mcp/nowhere",
    "/mcp/Desk",
    "/mcp/desk/",
    "/mcp/desk/x",
    "/mcp//desk",
    "//mcp/desk",
    "/mcp/desk%00",
    "/mcp/desk%2f..%2fdesk2",
    "/mcp/%2e%2e/mcp/desk%20",
    "/mcp/desk;x",
    "/mcp/desk%0d%0ax:%20y",
    "/mcp/__proto__",
    "/mcp/constructor",
    `/mcp/${"d".repeat(8_000)}`,
  ];
  for (const path of paths) {
    await assertRefused(path, { url: `${origin}${path}`, token: scene.token }, [400, 404, 414]);
  }
  const rawPaths = ["/mcp/../mcp/nowhere", "/mcp/desk#x", "http://elsewhere.example/mcp/desk", "*"];
  for (const path of rawPaths) {
    const seen = requests;
    const answer = await sendBytes(url, rawRequest(path, { host: new URL(url).host }));
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, path);
    assert.equal(requests, seen, path);
  }
});

test("a request that names another host, or comes from another origin, is refused before its token counts", async () => {
  const { port } = new URL(url);
  const foreign = [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1.evil.example",
    `127.0.0.1@evil`,
  ];
  for (const host of foreign) {
    for (const token of [scene.token, null]) {
      await assertRefused(host, { url, token, headers: { host } }, [400, 403, 421]);
    }
  }
  const origins = [
    "http://evil.example",
    "null",
    "file://",
    `http://127.0.0.1.evil.example:${port}`,
    `http://127.0.0.1:1`,
    `https://127.0.0.1:${port}`,
  ];
  for (const origin of origins) {
    await assertRefused(origin, { url, token: scene.token, headers: { origin } }, [403]);
  }
  const own = { origin: new URL(url).origin };
  const answer = await send({
    url,
    token: scene.token,
    ...call,
    headers: { ...call.headers, ...own },
  });
  assert.equal(answer.status, 200, answer.text);
});

test("no host, or two, is no request", async () => {
  const { host } = new URL(url);
  for (const hosts of [[], [host, host], [host, "evil.example"]]) {
    const seen = requests;
    const lines = hosts.map((name) => `host: ${name}\r\n`).join("");
    const answer = await sendBytes(url, rawRequest("/mcp/desk", {}, lines));
    assert.match(answer, /^HTTP\/1\.1 4\d\d /);
    assert.equal(requests, seen);
  }
});

test("a body whose length is said in two ways is no request, and what follows it is not one either", async () => {
  const { host } = new URL(url);
  const smuggled = rawRequest("/mcp/desk", { host });
  const lengths = [
    "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
    "content-length: 5\r\ncontent-length: 6\r\n",
    "content-length: +5\r\n",
    "transfer-encoding: chunked, identity\r\n",
    "transfer-encoding:\tchunked\r\ncontent-length: 0\r\n",
    "content-length : 5\r\n",
  ];
  for (const lines of lengths) {
    const seen = requests;
    const head = `POST /mcp/desk HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${scene.token}\r\n`;
    const answer = await sendBytes(url, `${head}${lines}\r\n0\r\n\r\n${smuggled}`);
    assert.match(answer, /^HTTP\/1\.1 400 /, lines);
    assert.equal(answer.split("HTTP/1.1 ").length, 2, lines);
    assert.equal(requests, seen, lines);
  }
});

test("a session is its agent's, on its connection: to all others it is not there", async () => {
  const session = await beginSession(url, scene.token);
  const strangers = [
    { what: "another agent", url, token: scene.otherToken },
    { what: "another connection", url: scene.url("desk2"), token: scene.token },
  ];
  for (const { what, ...stranger } of strangers) {
    for (const method of ["POST", "GET", "DELETE"]) {
      const { headers, body } = legacy("tools/list", {}, { session });
      const request = { ...stranger, method, headers, ...(method === "POST" ? { body } : {}) };
      const seen = requests;
      const answer = await send({ ...request });
      assert.equal(answer.status, 404, `${what}, ${method}: ${answer.text}`);
      assert.equal(requests, seen, `${what}, ${method}`);
    }
  }
  const own = await send({ url, token: scene.token, ...legacy("tools/list", {}, { session }) });
  assert.equal(own.status, 200, own.text);
});

test("the id of a session is the gateway's own, and none that a client or the tool server chose", async () => {
  const chosen = "chosen-by-the-client";
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  };
  const { body } = legacy("initialize", params);
  const answer = await send({
    url,
    token: scene.token,
    headers: { "mcp-session-id": chosen },
    body,
  });
  assert.notEqual(answer.headers["mcp-session-id"], chosen);
  const guess = await send({
    url,
    token: scene.token,
    ...legacy("tools/list", {}, { session: chosen }),
  });
  assert.equal(guess.status, 404, guess.text);
  const [one, two] = await Promise.all([1, 2].map(() => beginSession(url, scene.token)));
  assert.ok(one !== undefined && two !== undefined && one !== two);
  assert.match(one, /^[\x21-\x7e]{20,}$/);
});

test("an ended session is not there any more, for its own agent either", async () => {
  const session = await beginSession(url, scene.token);
  const headers = { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
  const ended = await send({ method: "DELETE", url, token: scene.token, headers });
  assert.ok(ended.status === 200 || ended.status === 204, String(ended.status));
  for (const method of ["POST", "GET", "DELETE"]) {
    const { body } = legacy("ping", {});
    const again = await send({
      method,
      url,
      token: scene.token,
      headers,
      ...(method === "POST" ? { body } : {}),
    });
    assert.equal(again.status, 404, `${method}: ${again.text}`);
  }
});

test("an event's id that is forged, foreign or too long brings back nothing", async () => {
  const session = await beginSession(url, scene.token);
  const foreign = await beginSession(url, scene.otherToken);
  const named = await lastEventOf(foreign, scene.otherToken);
  const ids = [named, "0", "1", "-1", "x".repeat(9_000), `${session}:0`, "../../x", "\u00e9"];
  for (const id of ids) {
    const { answered, request } = open({
      method: "GET",
      url,
      token: scene.token,
      headers: {
        accept: "text/event-stream",
        "mcp-session-id": session,
        "mcp-protocol-version": "2025-11-25",
        "last-event-id": id,
      },
    });
    const response = await answered.catch(() => null);
    let heard = "";
    if (response !== null) {
      response.setEncoding("utf8").on("data", (chunk: string) => {
        heard += chunk;
      });
      response.on("error", () => {});
      // Whatever the stream brings back comes before an answer that goes to the server after it, and back.
      const params = { name: "read_notes", arguments: { customer: "cleo" } };
      await send({ url, token: scene.token, ...legacy("tools/call", params, { session }) });
    }
    request.destroy();
    assert.doesNotMatch(heard, /secret-of-the-other|prefers tea/, id);
  }
});

/** The id of an event of a stream of somebody else's, whose answer is theirs alone. */
async function lastEventOf(session: string, token: string): Promise<string> {
  const params = { name: "read_notes", arguments: { customer: "secret-of-the-other" } };
  const answer = await send({ url, token, ...legacy("tools/call", params, { session }) });
  return /^id: ?(.*)$/m.exec(answer.text)?.[1] ?? "1";
}

test("what the tool server says of its own to one agent's session, no other session hears", async () => {
  const [mine, theirs] = await Promise.all([
    beginSession(url, scene.token),
    beginSession(url, scene.otherToken),
  ]);
  const listening = listen(theirs, scene.otherToken);
  const params = { name: "test_tool_with_logging", arguments: {} };
  const answer = await send({
    url,
    token: scene.token,
    ...legacy("tools/call", params, { session: mine }),
  });
  assert.match(answer.text, /Logged three times/);
  assert.doesNotMatch(await listening.stop(), /execution started|Logged three times/);
});

function listen(session: string, token: string): { readonly stop: () => Promise<string> } {
  const { request, answered } = open({
    method: "GET",
    url,
    token,
    headers: {
      accept: "text/event-stream",
      "mcp-session-id": session,
      "mcp-protocol-version": "2025-11-25",
    },
  });
  let heard = "";
  const reading = answered.then((response) => {
    response.on("error", () => {});
    response.setEncoding("utf8").on("data", (chunk: string) => {
      heard += chunk;
    });
  });
  return {
    async stop() {
      await reading;
      request.destroy();
      return heard;
    },
  };
}

function rawRequest(path: string, headers: Readonly<Record<string, string>>, more = ""): string {
  const all = {
    ...headers,
    authorization: `Bearer ${scene.token}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    ...list.headers,
    "content-length": String(Buffer.byteLength(list.body)),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${more}${lines.join("")}\r\n${list.body}`;
}

test("whoever opens the address in a browser, or comes without a token, is told in a sentence what it is and what is missing", async () => {
  const opened = await fetch(url, { headers: { accept: "text/html,*/*;q=0.8" } });
  assert.equal(opened.status, 401);
  assert.match(opened.headers.get("content-type") ?? "", /^text\/plain/);
  const text = await opened.text();
  assert.match(text, /It is for clients of MCP, not for browsers/);
  assert.match(text, /countersign agent create NAME/);
  const elsewhere = await fetch(scene.url("nowhere"), { headers: { accept: "text/html" } });
  assert.equal(await elsewhere.text(), text, "nobody learns which connections there are");
  const client = await fetch(url, { method: "POST", body: "{}" });
  assert.equal(client.status, 401);
  assert.match(await client.text(), /^This needs an agent's token/);
  const headers = { authorization: `Bearer ${scene.token}` };
  const unknown = await fetch(scene.url("nowhere"), { method: "POST", body: "{}", headers });
  assert.equal(unknown.status, 404);
  assert.match(await unknown.text(), /No tool server is configured/);
});
