import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { type TestContext, test } from "node:test";
import type { Problem } from "@countersign/sdk/wire/problem";
import { bodyBytesMax } from "#/api/body.ts";
import { headerBytesMax, startApi } from "#/api/listener.ts";
import { GatewayError } from "#/core/errors.ts";
import { type Answer, startTestApi, type TestApi } from "./support/api.ts";

test("every failure is a problem document with a stable code, never cached or framed", async (context) => {
  const api = await started(context);
  const answer = await api.request("GET", "/nowhere");
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.match(answer.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
  assert.deepEqual(answer.json, {
    type: "urn:countersign:problem:api.not_found",
    title: "There is nothing under this address or id.",
    status: 404,
    detail: "There is nothing under this address.",
    code: "api.not_found",
    problems: [],
    errorId: null,
  } satisfies Problem);
});

test("an unknown route, a known one with another method, and the API's root are not found", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  for (const [method, path] of [
    ["GET", "/reviews/a/b/c"],
    ["DELETE", "/reviews"],
    ["PUT", "/status"],
    ["GET", "/../"],
    ["GET", ""],
    ["GET", "/sign-in"],
  ] as const) {
    const answer = await api.request(method, path, { token });
    assert.deepEqual([answer.status, codeOf(answer)], [404, "api.not_found"], `${method} ${path}`);
  }
});

test("a body over the limit is refused, with its length said and without", async (context) => {
  const api = await started(context);
  const body = JSON.stringify({ code: "x".repeat(bodyBytesMax) });
  const said = await api.request("POST", "/sign-in", { body });
  assert.deepEqual([said.status, codeOf(said)], [413, "api.body_too_large"]);

  const unsaid = await rawRequest(api, {
    method: "POST",
    path: "/api/v1/sign-in",
    headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
    body,
  });
  assert.equal(unsaid.status, 413);
  assert.match(unsaid.text, /api\.body_too_large/);
});

test("a body with two values under one name is refused, whichever of them would have counted", async (context) => {
  const api = await started(context);
  for (const body of ['{"code":"csl_one","code":"csl_two"}', '{"code":"a","c\\u006fde":"b"}']) {
    const answer = await api.request("POST", "/sign-in", { body });
    assert.deepEqual([answer.status, codeOf(answer)], [400, "api.invalid_request"]);
    assert.match(JSON.stringify(answer.json), /two values under one name/);
  }
});

test("a body that is not JSON by its type, or by its form, is refused", async (context) => {
  const api = await started(context);
  const body = JSON.stringify({ code: "csl_guess" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
    const answer = await api.request("POST", "/sign-in", {
      body,
      headers: { "content-type": type },
    });
    assert.deepEqual([answer.status, codeOf(answer)], [415, "api.unsupported_media_type"], type);
  }
  const named = { "content-type": "Application/JSON; charset=utf-8" };
  assert.equal((await api.request("POST", "/sign-in", { body, headers: named })).status, 401);
  for (const malformed of ["{", "", "nul", '{"code":']) {
    const answer = await api.request("POST", "/sign-in", { body: malformed });
    assert.deepEqual([answer.status, codeOf(answer)], [400, "api.invalid_request"], malformed);
  }
  const none = await api.request("POST", "/sign-in");
  assert.deepEqual([none.status, codeOf(none)], [400, "api.invalid_request"]);
});

test("a request of the wrong form names all its problems and quotes no secret", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const body = { verdict: "allow", digest: "css_secret", more: 1 };
  const { status, json, text } = await api.request("POST", "/reviews/rev_1/verdicts", {
    token,
    body,
  });
  assert.equal(status, 400);
  const { code, problems } = json as Problem;
  assert.equal(code, "api.invalid_request");
  assert.equal(problems.length, 3);
  assert.match(problems.join("\n"), /body\.verdict: .*\nbody\.digest: .*\nbody: .*more/);
  assert.doesNotMatch(text, /css_secret/);
  for (const query of ["limit=0", "limit=1000", "limit=x", "state=open"]) {
    const answer = await api.request("GET", `/reviews?${query}`, { token });
    assert.deepEqual([answer.status, codeOf(answer)], [400, "api.invalid_request"], query);
  }
});

test("a page elsewhere is refused, by its Origin or by the name that it made lead here", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const { port } = new URL(api.url);
  for (const origin of ["https://evil.example", "null", `https://127.0.0.1:${port}`]) {
    const answer = await api.request("GET", "/status", { token, headers: { origin } });
    assert.deepEqual([answer.status, codeOf(answer)], [403, "api.origin_refused"], origin);
  }
  const own = await api.request("GET", "/status", { token, headers: { origin: api.url } });
  assert.equal(own.status, 200);

  const withHost = async (host: string) => {
    const headers = { authorization: `Bearer ${token}`, host };
    return (await rawRequest(api, { method: "GET", path: "/api/v1/status", headers })).status;
  };
  assert.equal(await withHost("evil.example"), 403);
  assert.equal(await withHost(`evil.example:${port}`), 403);
  assert.equal(await withHost("localhost.evil.example"), 403);
  assert.equal(await withHost(`localhost:${port}`), 200);
  assert.equal(await withHost(`127.0.0.1:${port}`), 200);
  assert.equal(await withHost(`[::1]:${port}`), 200);
});

test("what is not expected leaves as an id, which the gateway's own log has", async (context) => {
  const secret = "the upstream said: password is hunter2";
  const api = await startTestApi({
    store: (store) => ({
      ...store,
      reviews: () => Promise.reject(new Error(secret)),
      review: () =>
        Promise.reject(new GatewayError("upstream.refused", secret, { cause: new Error(secret) })),
    }),
  });
  context.after(api.close);
  const token = await api.signIn("dana");
  for (const path of ["/reviews", "/reviews/rev_1"]) {
    const answer = await api.request("GET", path, { token });
    assert.deepEqual([answer.status, codeOf(answer)], [500, "internal.unexpected"], path);
    assert.doesNotMatch(answer.text, /hunter2|stack|\.ts/);
    const { errorId } = answer.json as Problem;
    assert.match(errorId ?? "", /^err_[0-9a-z]{26}$/);
    assert.ok(
      api.lines.some((line) => line.includes(errorId ?? "?")),
      "the log has the id",
    );
  }
});

test("a store that can't write is said to be degraded, and nothing is decided", async (context) => {
  const api = await startTestApi({
    store: (store) => ({
      ...store,
      saveReview: () => Promise.reject(new GatewayError("store.degraded", "No space is left.")),
    }),
  });
  context.after(api.close);
  const token = await api.signIn("dana");
  const { id, digest } = await api.hold();
  const body = { verdict: "approve", digest };
  const answer = await api.request("POST", `/reviews/${id}/verdicts`, { token, body });
  assert.deepEqual([answer.status, codeOf(answer)], [503, "store.degraded"]);
  assert.equal((await api.deps.store.review(id))?.state, "pending");
});

test("headers over the limit and bytes that are no HTTP end the connection, and nothing else", async (context) => {
  const api = await started(context);
  const large = await rawRequest(api, {
    method: "GET",
    path: "/api/v1/status",
    headers: { "x-large": "x".repeat(headerBytesMax) },
  });
  assert.equal(large.status, 431);
  const socket = net.connect(Number(new URL(api.url).port), "127.0.0.1");
  socket.end("\0\x01\x02 hello\r\n\r\n");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 400/);
  assert.equal((await api.request("GET", "/openapi.json")).status, 200);
});

test("bytes that are no request are no answer to the request that is under way before them", async (context) => {
  const api = await started(context);
  const { host } = new URL(api.url);
  const request = `GET /api/v1/status HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  for (const [bytes, answers] of [
    [`${request}\0\x01\r\n\r\n`, /^$/],
    [`${request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")}${request}`, /^$/],
    ["\0\x01\r\n\r\n", /^HTTP\/1\.1 400 /],
    [`GET / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: x\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ] as const) {
    const socket = net.connect(Number(new URL(api.url).port), "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("error", () => {}).on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.write(bytes, "latin1");
    await once(socket, "close");
    assert.match(Buffer.concat(chunks).toString(), answers, bytes);
  }
});

test("a port that is taken is an error that says what to set", async (context) => {
  const api = await started(context);
  const port = Number(new URL(api.url).port);
  await assert.rejects(startApi({ host: "127.0.0.1", port }, api.deps), (error) => {
    assert(error instanceof GatewayError);
    assert.equal(error.code, "listener.port_taken");
    assert.match(error.message, /COUNTERSIGN_CONSOLE_PORT/);
    return true;
  });
});

test("closing ends although a client holds its connection open", async (context) => {
  const api = await startTestApi();
  const agent = new http.Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  await rawRequest(api, { method: "GET", path: "/api/v1/openapi.json", headers: {}, agent });
  await api.close();
});

async function started(context: TestContext): Promise<TestApi> {
  const api = await startTestApi();
  context.after(api.close);
  return api;
}

interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: http.Agent;
}

/** With headers that `fetch` does not let one set. */
async function rawRequest(
  api: TestApi,
  { body, ...options }: RawRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  const { port } = new URL(api.url);
  const request = http.request({ host: "127.0.0.1", port, ...options });
  // An answer that comes before the body is through resets the connection.
  request.on("error", () => {});
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

function codeOf({ json }: Answer): unknown {
  return (json as { code?: unknown } | null)?.code;
}

test("under every address but the API's there is the console's page, with its own headers", async (t) => {
  const asked: string[] = [];
  const api = await startTestApi({
    page(path, acceptEncoding) {
      asked.push(`${path} ${acceptEncoding}`);
      const headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; script-src 'self'",
        "cache-control": "public, max-age=1",
      };
      return { status: 200, headers, body: Buffer.from("<!doctype html>") };
    },
  });
  t.after(api.close);
  const page = await fetch(`${api.url}/reviews/rev_1?x=1`, {
    headers: { "accept-encoding": "br" },
  });
  assert.deepEqual([page.status, await page.text()], [200, "<!doctype html>"]);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(
    page.headers.get("content-security-policy"),
    "default-src 'none'; script-src 'self'",
  );
  assert.equal(page.headers.get("cache-control"), "public, max-age=1");
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.deepEqual(asked, ["/reviews/rev_1 br"]);
  const head = await fetch(`${api.url}/`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  for (const path of ["/api", "/api/", "/api/v1", "/api/v2/status", "/api/v1/nowhere"]) {
    const answer = await fetch(`${api.url}${path}`);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.headers.get("content-type"), "application/problem+json", path);
  }
  assert.equal((await fetch(`${api.url}/`, { method: "POST" })).status, 404);
  assert.deepEqual(asked.length, 2);
});

test("a page is kept from names that are not the gateway's, like everything else", async (t) => {
  const api = await startTestApi();
  t.after(api.close);
  const answer = await rawRequest(api, {
    method: "GET",
    path: "/",
    headers: { host: "evil.example" },
  });
  assert.equal(answer.status, 403);
});
