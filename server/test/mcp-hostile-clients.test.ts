/** Clients that come back again and again, leave in the middle, read slowly or say half of what they began. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { untilStill } from "./support/hostile-scene.ts";
import {
  type Asked,
  answerWith,
  beginStream,
  eventOf,
  type HostileServer,
  openHostileServer,
  plainTool,
  push,
  resultOf,
} from "./support/hostile-server.ts";
import { type McpGateway, openMcpGateway, policiesHolding } from "./support/mcp-gateway.ts";
import { beginSession, legacy, modern, open, send } from "./support/raw-mcp.ts";

let server: HostileServer;
let scene: McpGateway;
let url: string;
before(async () => {
  server = await openHostileServer();
  server.list([plainTool, { ...plainTool, name: "wait" }]);
  const connections = { desk: { upstream: { url: server.url } } };
  scene = await openMcpGateway(connections, policiesHolding("wait"));
  url = scene.url("desk");
});
beforeEach(() => server.onCall((call, response) => answerWith(response, resultOf(call, "Done."))));
after(async () => {
  await scene.close();
  await server.close();
});

/** So that a client hears at once that its call waits. */
const told = { progressToken: "p-1" };

function held(what: string, meta: object = {}) {
  return modern("tools/call", { name: "wait", arguments: { what } }, { meta });
}

const isOf =
  (what: string) =>
  ({ rpc }: Asked) =>
    rpc?.params?.arguments?.["what"] === what;
const runsOf = (what: string) => server.calls().filter(isOf(what)).length;

const isFor =
  (what: string) =>
  ({ command }: ReviewSummary) =>
    command.includes(`"${what}"`);
const waitingFor = async (what: string) =>
  (await scene.gateway.inbox(scene.reviewer)).filter(isFor(what));

/** The one that waits for this, and is no other test's. */
const reviewOf = (what: string) => scene.reviewWhere(isFor(what));

/** Sends the call and leaves once it hears that it waits. */
async function comeAndGo(what: string): Promise<void> {
  const { request, answered } = open({ url, token: scene.token, ...held(what, told) });
  await answered;
  request.on("error", () => {});
  request.destroy();
}

/** Approved after another, it has run: so has the other, if it ever does. */
async function runAfter(what: string): Promise<void> {
  const marker = `after ${what}`;
  const ran = send({ url, token: scene.token, ...held(marker) });
  await scene.gateway.decide((await reviewOf(marker)).id, scene.reviewer, "approve");
  assert.match((await ran).text, /Done\./);
}

test("a client that reconnects a hundred times while its call is held opens one review, and the call runs once", async () => {
  await comeAndGo("again");
  const review = await reviewOf("again");
  for (let count = 0; count < 100; count += 1) await comeAndGo("again");
  assert.deepEqual(
    (await waitingFor("again")).map(({ id }) => id),
    [review.id],
  );
  const last = send({ url, token: scene.token, ...held("again") });
  await scene.gateway.decide(review.id, scene.reviewer, "approve");
  assert.match((await last).text, /Done\./);
  assert.equal(runsOf("again"), 1);
});

test("clients of one agent with the same call at once have it run once for each approval, and never more often", async () => {
  const calls = Array.from({ length: 5 }, () =>
    send({ url, token: scene.token, ...held("crowd") }),
  );
  for (let approvals = 1; approvals <= calls.length; approvals += 1) {
    const review = await reviewOf("crowd");
    await scene.gateway.decide(review.id, scene.reviewer, "approve");
    await server.came(approvals, isOf("crowd"));
    assert.equal(runsOf("crowd"), approvals);
  }
  for (const { text } of await Promise.all(calls)) assert.match(text, /Done\./);
});

test("what another agent asks is another review, however alike it is", async () => {
  const mine = send({ url, token: scene.token, ...held("alike") });
  const first = await reviewOf("alike");
  const theirs = send({ url, token: scene.otherToken, ...held("alike") });
  const second = await scene.reviewWhere(
    (review) => isFor("alike")(review) && review.id !== first.id,
  );
  await scene.gateway.decide(first.id, scene.reviewer, "approve");
  assert.match((await mine).text, /Done\./);
  assert.equal(runsOf("alike"), 1);
  await scene.gateway.decide(second.id, scene.reviewer, "deny", "not theirs");
  assert.match((await theirs).text, /denied_by_reviewer/);
  assert.equal(runsOf("alike"), 1);
});

test("a denied call that is sent again in a loop hears the denial, and asks nobody again", async () => {
  const first = send({ url, token: scene.token, ...held("loop") });
  const review = await reviewOf("loop");
  await scene.gateway.decide(review.id, scene.reviewer, "deny", "never");
  assert.match((await first).text, /denied_by_reviewer/);
  for (let count = 0; count < 10; count += 1) {
    assert.match(
      (await send({ url, token: scene.token, ...held("loop") })).text,
      /denied_by_reviewer/,
    );
  }
  assert.equal((await waitingFor("loop")).length, 0);
  assert.equal(runsOf("loop"), 0);
});

test("an approval runs the call that was approved, and no other spelling of arguments that differ", async () => {
  const first = send({ url, token: scene.token, ...held("a") });
  const review = await reviewOf("a");
  const changed = send({ url, token: scene.token, ...held("a ") });
  await scene.gateway.decide(review.id, scene.reviewer, "approve");
  assert.match((await first).text, /Done\./);
  assert.equal(runsOf("a "), 0);
  const other = await reviewOf("a ");
  await scene.gateway.decide(other.id, scene.reviewer, "deny", "no");
  await changed;
  assert.equal(runsOf("a "), 0);
});

test("progress keeps a held call's stream alive, and rises", async () => {
  const { answered, request } = open({ url, token: scene.token, ...held("told", told) });
  const response = await answered;
  assert.match(String(response.headers["content-type"]), /^text\/event-stream/);
  const review = await reviewOf("told");
  let heard = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    heard += chunk;
  });
  const ended = once(response, "end");
  await scene.gateway.decide(review.id, scene.reviewer, "approve");
  await ended;
  request.destroy();
  assert.match(heard, /"progressToken":"p-1"/);
  assert.match(heard, /Done\./);
});

test("five hundred connections that begin a request and leave it there hold up nobody", async () => {
  const { hostname, port, host } = new URL(url);
  const beginnings = [
    "",
    "POST /mcp/desk HTTP/1.1\r\n",
    `POST /mcp/desk HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${scene.token}\r\n`,
    `POST /mcp/desk HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\n{`,
  ];
  const sockets: Socket[] = [];
  for (let count = 0; count < 500; count += 1) {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on("error", () => {});
    socket.write(beginnings[count % beginnings.length] ?? "");
    sockets.push(socket);
  }
  const call = modern("tools/call", { name: "act", arguments: { what: "beside" } });
  for (let count = 0; count < 20; count += 1) {
    assert.match((await send({ url, token: scene.token, ...call })).text, /Done\./);
  }
  for (const socket of sockets) socket.destroy();
});

test("a client that reads nothing of a long answer holds up its own stream alone", async () => {
  const words = "z".repeat(100_000);
  // Far more than any system keeps in the buffers of four sockets.
  const pieces = 4_000;
  let written = 0;
  server.onCall(async (call, response) => {
    beginStream(response);
    for (let count = 0; count < pieces && !response.destroyed; count += 1) {
      const params = { progressToken: "t", progress: count, message: words };
      written += words.length;
      await push(response, eventOf({ jsonrpc: "2.0", method: "notifications/progress", params }));
    }
    response.end(eventOf(resultOf(call, "Done.")));
  });
  const call = modern(
    "tools/call",
    { name: "act", arguments: {} },
    { meta: { progressToken: "t" } },
  );
  const { answered, request } = open({ url, token: scene.token, ...call });
  const response = await answered;
  response.pause();
  server.onCall((next, quick) => answerWith(quick, resultOf(next, "Done.")));
  const other = modern("tools/call", { name: "act", arguments: {} });
  await untilStill(
    () => written,
    async () => assert.match((await send({ url, token: scene.token, ...other })).text, /Done\./),
  );
  assert.ok(written < (pieces * words.length) / 2, `${written} bytes were taken from the server`);
  request.destroy();
});

test("an agent that has all of its requests under way at a server keeps no other agent's from it", async () => {
  server.onCall((call, response) => {
    if (!isOf("stays")(call)) answerWith(response, resultOf(call, "Done."));
  });
  const many = Array.from({ length: 300 }, (_, id) =>
    open({
      url,
      token: scene.token,
      ...modern("tools/call", { name: "act", arguments: { what: "stays" } }, { id }),
    }),
  );
  for (const { request, answered } of many) {
    request.on("error", () => {});
    answered.catch(() => {});
  }
  await server.came(256, isOf("stays"));
  const sent = modern("tools/call", { name: "act", arguments: { what: "quick" } });
  assert.match((await send({ url, token: scene.otherToken, ...sent })).text, /Done\./);
  await server.came(many.length, isOf("stays"));
  for (const { request } of many) request.destroy();
});

test("a call that is cancelled while it is held does not run, whoever approves it then", async () => {
  const session = await beginSession(url, scene.token);
  const call = legacy(
    "tools/call",
    { name: "wait", arguments: { what: "cancelled" } },
    { id: "k", session },
  );
  send({ url, token: scene.token, ...call }).catch(() => null);
  const review = await reviewOf("cancelled");
  const params = { requestId: "k", reason: "not any more" };
  await send({
    url,
    token: scene.token,
    headers: call.headers,
    body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params }),
  });
  await scene.gateway.decide(review.id, scene.reviewer, "approve");
  await runAfter("cancelled");
  assert.equal(runsOf("cancelled"), 0);
});

test("a held call whose client leaves for good runs for nobody when it is approved", async () => {
  const { request, answered } = open({ url, token: scene.token, ...held("gone") });
  answered.catch(() => {});
  const review = await reviewOf("gone");
  request.destroy();
  await scene.gateway.decide(review.id, scene.reviewer, "approve");
  await runAfter("gone");
  assert.equal(runsOf("gone"), 0);
  assert.match((await send({ url, token: scene.token, ...held("gone") })).text, /Done\./);
  assert.equal(runsOf("gone"), 1);
});

test("sessions that nobody ends do not pile up without a bound", async () => {
  const statuses = new Set<number>();
  for (let count = 0; count < 300; count += 1) {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "x", version: "1" },
    };
    const answer = await send({ url, token: scene.otherToken, ...legacy("initialize", params) });
    statuses.add(answer.status);
    if (answer.status !== 200) assert.ok([429, 503].includes(answer.status), answer.text);
  }
  const call = modern("tools/call", { name: "act", arguments: {} });
  assert.match((await send({ url, token: scene.token, ...call })).text, /Done\./);
});
