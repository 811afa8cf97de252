import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:net";
import { after, test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { Secret } from "#/core/secret.ts";
import { manualClock } from "#/platform/clock.ts";
import { credentialScrub } from "#/proxies/mcp/masked/credential.ts";
import { type HttpUpstreamOptions, httpUpstream } from "#/proxies/mcp/upstream/http.ts";
import type { Upstream, UpstreamAnswer, UpstreamRequest } from "#/proxies/mcp/upstream/upstream.ts";
import { json, startToolServer, stream } from "./support/tool-server.ts";

const clock = manualClock(0);
const closers: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closers.toReversed()) await close();
});

const server = await startToolServer((_, response) => json(response, { ok: true }));
closers.push(server.close);

function upstreamOf(options: Partial<HttpUpstreamOptions> = {}): Upstream {
  const upstream = httpUpstream({
    url: server.url,
    credential: { kind: "none" },
    tls: { ca: null, certificate: null, key: null },
    messageBytesMax: 1024 * 1024,
    clock,
    record: () => Promise.resolve(),
    ...options,
  });
  closers.push(upstream.close);
  return upstream;
}

function asking(request: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: "POST",
    headers: { accept: "application/json, text/event-stream" },
    body: Buffer.from('{"jsonrpc": "2.0", "id": 1, "method": "ping"}'),
    signal: new AbortController().signal,
    session: { id: "s", agent: "a", kind: "stateless" },
    ...request,
  };
}

async function textsOf({ body }: UpstreamAnswer): Promise<readonly string[]> {
  if (body.kind === "json") return [Buffer.from(body.bytes).toString()];
  if (body.kind === "empty") return [];
  const texts: string[] = [];
  for await (const { data } of body.events) texts.push(Buffer.from(data).toString());
  return texts;
}

async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof GatewayError, String(error));
  return error;
}

test("the server gets the very bytes, and an answer comes back as it was", async () => {
  server.answer((_, response) => {
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
    response.end('{ "jsonrpc":"2.0" , "id":1,"result":{}}');
  });
  const answer = await upstreamOf().exchange(asking());
  assert.equal(server.received.at(-1)?.body, '{"jsonrpc": "2.0", "id": 1, "method": "ping"}');
  assert.deepEqual(await textsOf(answer), ['{ "jsonrpc":"2.0" , "id":1,"result":{}}']);
});

test("a hundred requests one after another take hardly more than one connection", async () => {
  server.answer((_, response) => json(response, {}));
  const upstream = upstreamOf();
  const before = server.connections();
  for (let count = 0; count < 100; count += 1) await textsOf(await upstream.exchange(asking()));
  // An answer is here before its connection is free again.
  assert.ok(server.connections() - before <= 2);
});

test("a stream comes event by event, as fast as it is taken and no faster", async () => {
  const sent = 2_000;
  const text = "x".repeat(10_000);
  let written = 0;
  server.answer(async (_, response) => {
    const say = stream(response);
    for (; written < sent; written += 1) {
      say({ text }, String(written));
      if (response.writableNeedDrain) await once(response, "drain");
    }
    response.end();
  });
  const { body } = await upstreamOf().exchange(asking());
  assert.ok(body.kind === "stream");
  let taken = 0;
  for await (const { id } of body.events) {
    assert.equal(id, String(taken));
    taken += 1;
    // What is on its way is some megabytes in sockets and 64 KiB here, not all of twenty.
    if (taken === 1) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(written < sent, `${written} were written`);
    }
  }
  assert.equal(taken, sent);
});

test("whoever takes no more of a stream closes it", async () => {
  const left = new Promise<void>((resolve) => {
    server.answer((_, response) => {
      stream(response)({ first: true });
      response.on("close", resolve);
    });
  });
  const { body } = await upstreamOf().exchange(asking());
  assert.ok(body.kind === "stream");
  for await (const event of body.events) {
    assert.equal(Buffer.from(event.data).toString(), '{"first":true}');
    break;
  }
  await left;
});

test("what nobody wants any more is cut, and may have been sent", async () => {
  const nobody = new AbortController();
  const left = new Promise<void>((resolve) => {
    server.answer((_, response) => {
      response.on("close", resolve);
      nobody.abort();
    });
  });
  const failure = await failureOf(upstreamOf().exchange(asking({ signal: nobody.signal })));
  assert.deepEqual([failure.code, failure.details["sent"]], ["upstream.unreachable", true]);
  await left;
});

test("a server that can't be reached has not been sent anything", async () => {
  const upstream = upstreamOf({ url: "http://127.0.0.1:1/mcp" });
  const failure = await failureOf(upstream.exchange(asking()));
  assert.deepEqual([failure.code, failure.details["sent"]], ["upstream.unreachable", false]);
});

test("what is taken back in the moment in which it would go out, after all of the dialing, does not", async () => {
  server.answer((_, response) => json(response, { ok: true }));
  const upstream = upstreamOf();
  const earlier = server.received.length;
  const onSent = () => {
    throw new GatewayError("mcp.definition_rejected", "No.", { details: { sent: false } });
  };
  const failure = await failureOf(upstream.exchange(asking({ onSent })));
  assert.deepEqual([failure.code, failure.details["sent"]], ["mcp.definition_rejected", false]);
  await textsOf(await upstream.exchange(asking()));
  assert.equal(server.received.length, earlier + 1);
});

test("a server that dies before its answer may have done what it was asked", async () => {
  server.answer((_, response) => {
    response.destroy();
  });
  const failure = await failureOf(upstreamOf().exchange(asking()));
  assert.deepEqual([failure.code, failure.details["sent"]], ["upstream.unreachable", true]);
});

test("a server that dies within its stream ends it with an error", async () => {
  server.answer((_, response) => {
    stream(response)({ first: true });
    setImmediate(() => response.destroy());
  });
  const failure = await failureOf(upstreamOf().exchange(asking()).then(textsOf));
  assert.equal(failure.code, "upstream.unreachable");
});

test("a redirect is not followed", async () => {
  server.answer((_, response) => {
    response.writeHead(307, { location: "http://127.0.0.1:1/" }).end();
  });
  const failure = await failureOf(upstreamOf().exchange(asking()));
  assert.equal(failure.code, "mcp.upstream_protocol");
});

test("a message beyond its bound is given up, whole or in a stream", async () => {
  const upstream = upstreamOf({ messageBytesMax: 1_000 });
  server.answer((_, response) => json(response, "x".repeat(2_000)));
  assert.equal((await failureOf(upstream.exchange(asking()))).code, "mcp.upstream_protocol");
  server.answer((_, response) => {
    stream(response)("x".repeat(2_000));
  });
  const failure = await failureOf(upstream.exchange(asking()).then(textsOf));
  assert.equal(failure.code, "mcp.upstream_protocol");
});

test("a page instead of a message is an answer without one", async () => {
  server.answer((_, response) => {
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
  });
  const { status, body } = await upstreamOf().exchange(asking());
  assert.deepEqual([status, body.kind], [502, "empty"]);
});

test("no header comes back but MCP's own", async () => {
  server.answer((_, response) => {
    response.setHeader("set-cookie", "a=b");
    response.setHeader("mcp-session-id", "m");
    response.setHeader("www-authenticate", "Bearer realm=upstream");
    json(response, {});
  });
  const { headers } = await upstreamOf().exchange(asking());
  assert.deepEqual(headers, { "mcp-session-id": "m" });
});

test("something that speaks no HTTP is an upstream that is lost", async () => {
  const other = createServer((socket) => socket.resume().end("SSH-2.0-x\r\n"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => other.close(() => resolve())));
  const address = other.address();
  assert.ok(typeof address === "object" && address !== null);
  const upstream = upstreamOf({ url: `http://127.0.0.1:${address.port}/` });
  assert.equal((await failureOf(upstream.exchange(asking()))).code, "upstream.unreachable");
});

test("the connection's credential goes with every request", async () => {
  server.answer((_, response) => json(response, {}));
  const credential = { kind: "header", name: "X-Api-Key", value: new Secret("k-1") } as const;
  await upstreamOf({ credential }).exchange(asking());
  assert.equal(server.received.at(-1)?.headers["x-api-key"], "k-1");
});

test("a credential that the server refuses is the gateway's trouble, and nothing was done", async () => {
  server.answer((_, response) => json(response, {}, 401));
  const failure = await failureOf(upstreamOf().exchange(asking()));
  assert.deepEqual([failure.code, failure.details["sent"]], ["upstream.refused", false]);
});

async function withAuthorization(
  life: number | undefined,
  record: HttpUpstreamOptions["record"] = () => Promise.resolve(),
) {
  let issued = 0;
  const authorization = await startToolServer((_, response) => {
    issued += 1;
    json(response, { access_token: `t-${issued}`, token_type: "Bearer", expires_in: life });
  });
  closers.push(authorization.close);
  const upstream = upstreamOf({
    record,
    credential: {
      kind: "oauth",
      tokenUrl: authorization.url,
      clientId: "gate way",
      clientSecret: new Secret("s:1"),
      scope: "tools",
      resource: "https://tools.example/mcp",
    },
  });
  return { authorization, upstream };
}

test("an OAuth token is asked for once by many, with its resource, and again before it ends", async () => {
  server.answer((_, response) => json(response, {}));
  const { authorization, upstream } = await withAuthorization(600);
  await Promise.all(Array.from({ length: 10 }, () => upstream.exchange(asking())));
  assert.equal(authorization.received.length, 1);
  const asked = authorization.received[0];
  assert.equal(asked?.headers.authorization, `Basic ${btoa("gate+way:s%3A1")}`);
  assert.equal(
    asked?.body,
    "grant_type=client_credentials&scope=tools&resource=https%3A%2F%2Ftools.example%2Fmcp",
  );
  assert.equal(server.received.at(-1)?.headers.authorization, "Bearer t-1");
  clock.advance(571_000);
  await upstream.exchange(asking());
  assert.equal(server.received.at(-1)?.headers.authorization, "Bearer t-2");
});

test("no answer carries a token that the gateway was given, nor the one before it", async () => {
  server.answer((_, response) => json(response, {}));
  const { authorization, upstream } = await withAuthorization(600);
  const { mayBeIn, scrub } = credentialScrub(["configured"], upstream.tokens);
  for (const token of ["first-token", "second-token"]) {
    authorization.answer((_, response) =>
      json(response, { access_token: token, token_type: "Bearer", expires_in: 600 }),
    );
    await upstream.exchange(asking());
    assert.equal(mayBeIn(Buffer.from(`{"text":"${btoa(token)}"}`)), true);
    clock.advance(571_000);
  }
  const said = "configured, first-token, second-token, third-token";
  assert.equal(scrub(said), "<CREDENTIAL>, <CREDENTIAL>, <CREDENTIAL>, third-token");
});

test("a token is on record before it is asked for, and is not asked for where it can't be", async () => {
  server.answer((_, response) => json(response, {}));
  const recorded: string[] = [];
  let fails = false;
  const { authorization, upstream } = await withAuthorization(600, (what) => {
    recorded.push(`${what} after ${authorization.received.length}`);
    return fails ? Promise.reject(new Error("the disk is full")) : Promise.resolve();
  });
  await upstream.exchange(asking());
  assert.deepEqual(recorded, ["oauth/token after 0"]);
  clock.advance(571_000);
  fails = true;
  const earlier = server.received.length;
  const failure = await failureOf(upstream.exchange(asking()));
  assert.deepEqual([failure.code, failure.details["sent"]], ["audit.recording_failed", false]);
  assert.deepEqual([authorization.received.length, server.received.length], [1, earlier]);
});

test("a token that the server no longer takes is fetched anew once, and not again and again", async () => {
  const { authorization, upstream } = await withAuthorization(600);
  server.answer((_, response) => json(response, {}));
  await upstream.exchange(asking());
  clock.advance(60_000);
  server.answer(({ headers }, response) =>
    json(response, {}, headers.authorization === "Bearer t-2" ? 200 : 401),
  );
  assert.equal((await upstream.exchange(asking())).status, 200);
  server.answer((_, response) => json(response, {}, 401));
  assert.equal((await failureOf(upstream.exchange(asking()))).code, "upstream.refused");
  assert.equal(authorization.received.length, 2);
});

test("many whose token is refused at a time have one fetched for all of them, and each is sent once more", async () => {
  const { authorization, upstream } = await withAuthorization(600);
  server.answer((_, response) => json(response, {}));
  await upstream.exchange(asking());
  clock.advance(60_000);
  const waiting: (() => void)[] = [];
  const bodies: string[] = [];
  server.answer(({ headers, body }, response) => {
    bodies.push(`${headers.authorization} ${body}`);
    if (headers.authorization !== "Bearer t-1") return json(response, {});
    // Their refusals come one by one, the last long behind the new token.
    waiting.push(() => json(response, {}, 401));
    if (waiting.length === 20) waiting.shift()?.();
    return undefined;
  });
  const asked = Array.from({ length: 20 }, (_, id) =>
    upstream.exchange(asking({ body: Buffer.from(JSON.stringify({ id })) })),
  );
  await Promise.race(asked);
  for (const refuse of waiting) refuse();
  for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
  assert.equal(authorization.received.length, 2);
  assert.equal(bodies.length, 40);
  assert.equal(new Set(bodies).size, 40);
});

test("a refusal that comes with a result may have done something: it is not sent again, and nobody knows what came of it", async () => {
  const { authorization, upstream } = await withAuthorization(600);
  server.answer((_, response) => json(response, {}));
  await upstream.exchange(asking());
  const result = { jsonrpc: "2.0", id: 1, result: { content: [] } };
  for (const answer of [
    (_: unknown, response: ServerResponse) => json(response, result, 401),
    (_: unknown, response: ServerResponse) =>
      void response
        .writeHead(401, { "content-type": "application/json" })
        .end('{"\\u0072esult":{}}'),
    (_: unknown, response: ServerResponse) =>
      void response
        .writeHead(401, { "content-type": "text/event-stream" })
        .end(`data: ${JSON.stringify(result)}\n\n`),
  ]) {
    clock.advance(60_000);
    server.answer(answer);
    const before = server.received.length;
    const failure = await failureOf(upstream.exchange(asking()));
    assert.deepEqual([failure.code, failure.details["sent"]], ["mcp.upstream_protocol", true]);
    assert.equal(server.received.length, before + 1);
  }
  assert.equal(authorization.received.length, 1);
});

test("behind a failure nobody asks for a token for a while, longer behind each further one", async () => {
  const { authorization, upstream } = await withAuthorization(600);
  server.answer((_, response) => json(response, {}));
  authorization.answer((_, response) => json(response, {}, 500));
  const fails = async () => (await failureOf(upstream.exchange(asking()))).code;
  const tries = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 5; turn += 1) assert.equal(await fails(), "upstream.refused");
    return authorization.received.length;
  };
  assert.equal(await tries(0), 1);
  assert.equal(await tries(999), 1);
  assert.equal(await tries(1), 2);
  assert.equal(await tries(1_999), 2);
  assert.equal(await tries(1), 3);
  authorization.answer((_, response) =>
    json(response, { access_token: "t", token_type: "Bearer" }),
  );
  clock.advance(60_000);
  assert.equal((await upstream.exchange(asking())).status, 200);
  assert.equal(authorization.received.length, 4);
});

test("without a token nothing is sent, and nobody hears the secret", async () => {
  const { authorization, upstream } = await withAuthorization(600);
  authorization.answer((_, response) => json(response, { error: "invalid_client s:1" }, 400));
  const before = server.received.length;
  const failure = await failureOf(upstream.exchange(asking()));
  assert.equal(failure.code, "upstream.refused");
  assert.ok(!JSON.stringify(failure).includes("s:1") && !failure.message.includes("s:1"));
  assert.equal(server.received.length, before);
});

test("a probe is content with any answer that is no failure of the server's", async () => {
  const upstream = upstreamOf();
  const { signal } = new AbortController();
  server.answer((_, response) => json(response, { error: "what?" }, 400));
  await upstream.probe(signal);
  server.answer((_, response) => json(response, {}, 503));
  assert.equal((await failureOf(upstream.probe(signal))).code, "upstream.unreachable");
});
