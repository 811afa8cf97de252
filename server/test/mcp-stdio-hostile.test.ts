/** Tool servers on standard input and output that do not keep to anything: each costs itself, and its calls are told. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { Secret } from "#/core/secret.ts";
import { createFinder } from "#/masking/finder.ts";
import { manualClock, systemClock } from "#/platform/clock.ts";
import { createLog } from "#/platform/log.ts";
import { createSpawner } from "#/proxies/mcp/upstream/stdio/process/start-spawner.ts";
import { startedServers } from "#/proxies/mcp/upstream/stdio/started-servers.ts";
import {
  type Asker,
  initialize,
  lineServerProgram,
  messagesOf,
  openStdioScene,
  streamOf,
} from "./support/stdio-scene.ts";

test("a server that crashes in mid-call leaves every call on it told as sent, and the session is over", async (t) => {
  const { session, logged } = openStdioScene(t, "sessions");
  const [asking, other] = [await session("one"), await session("other")];
  const waiting = asking.start("never");
  const lost = [waiting, asking.start("crash")].map((answer) =>
    assert.rejects(answer, { code: "upstream.unreachable", details: { sent: true } }),
  );
  await Promise.all(lost);
  assert.equal((await asking.start("pid")).status, 404);
  assert.equal((await other.start("pid")).status, 200);
  assert.deepEqual(
    logged("mcp.server_ended").map(({ level, asked, code }) => ({ level, asked, code })),
    [{ level: "warn", asked: false, code: 3 }],
  );
});

test("a stream that has begun ends with an error where its server crashes", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const asking = await session("one");
  const stream = streamOf((await asking.start("ask")).body);
  await stream.next();
  const crashed = assert.rejects(asking.start("crash"), { code: "upstream.unreachable" });
  await assert.rejects(stream.next(), { code: "upstream.unreachable", details: { sent: true } });
  await crashed;
});

test("a server without sessions that has crashed is started again by the next request", async (t) => {
  const { stateless } = openStdioScene(t, "stateless");
  const first = await pidOf(stateless());
  await assert.rejects(stateless().start("crash"), { code: "upstream.unreachable" });
  assert.notEqual(await pidOf(stateless()), first);
});

test("a server that keeps crashing is left alone for longer and longer, and nothing is sent to it meanwhile", async (t) => {
  const clock = manualClock(0);
  const { stateless } = openStdioScene(t, "stateless", { clock });
  const crash = () =>
    stateless()
      .start("crash")
      .then(
        () => assert.fail("it crashed"),
        (error: { details: { sent: boolean } }) => error.details.sent,
      );
  assert.equal(await crash(), true);
  assert.equal(await crash(), true);
  assert.equal(await crash(), false);
  clock.advance(500);
  assert.equal(await crash(), true);
  clock.advance(500);
  assert.equal(await crash(), false);
  clock.advance(500);
  assert.equal(await crash(), true);
  clock.advance(30_000);
  const running = await pidOf(stateless());
  clock.advance(10_000);
  assert.equal(await crash(), true);
  assert.notEqual(await pidOf(stateless()), running);
});

test("a request that is never answered ends at its deadline and is cancelled, and progress extends it", async (t) => {
  const clock = manualClock(0);
  const { session } = openStdioScene(t, "sessions", { clock });
  const asking = await session("one");
  const answer = asking.start("never");
  await asking.call("pid");
  clock.advance(10 * 60_000);
  await assert.rejects(answer, { code: "upstream.unreachable", details: { sent: true } });
  const { result } = await asking.call("cancelled");
  assert.equal((result as { cancelled: readonly unknown[] }).cancelled.length, 1);

  const stream = streamOf((await asking.start("ask")).body);
  await stream.next();
  clock.advance(10 * 60_000);
  await assert.rejects(stream.next(), { code: "upstream.unreachable" });
});

test("a second answer and one with another id reach nobody", async (t) => {
  const { session, logged } = openStdioScene(t, "sessions");
  const asking = await session("one");
  assert.deepEqual((await asking.call("twice"))["result"], { first: true });
  assert.deepEqual((await asking.call("other_id"))["result"], { mine: true });
  assert.deepEqual(
    logged("mcp.server_message_dropped").map(({ reason }) => reason),
    ["unasked_answer"],
  );
});

test("what is no message is left out, also where it could be read in two ways", async (t) => {
  const { session, logged } = openStdioScene(t, "sessions");
  const asking = await session("one");
  assert.deepEqual((await asking.call("junk"))["result"], { good: true });
  assert.equal(logged("mcp.server_message_dropped")[0]?.["reason"], "junk");
});

test("an answer larger than the bound fails its call alone", async (t) => {
  const { session } = openStdioScene(t, "sessions", { messageBytesMax: 64 * 1024 });
  const asking = await session("one");
  const waiting = asking.start("never");
  void waiting.catch(() => {});
  await assert.rejects(asking.start("huge", { count: 10_000_000 }), {
    code: "mcp.upstream_protocol",
    details: { sent: true },
  });
  const { result } = await asking.call("huge", { count: 60_000 });
  assert.equal((result as { text: string }).text.length, 60_000);
});

test("a flood that nobody reads holds its server up, and others go on", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const [flooded, other] = [await session("one"), await session("other")];
  const { body } = await flooded.start("flood", { count: 20_000 });
  const before = process.memoryUsage();
  for (let count = 0; count < 50; count += 1) assert.equal((await other.start("pid")).status, 200);
  const after = process.memoryUsage();
  assert.ok(after.heapUsed + after.external - before.heapUsed - before.external < 32 * 1024 * 1024);
  assert.ok(body.kind === "stream");
  // Whoever leaves sets the server free of its client, not of its bound.
  for await (const _ of body.events) break;
  assert.equal((await other.start("pid")).status, 200);
});

test("a server that serves many is not held up by who reads nothing: what he misses is left out, the answer is not", async (t) => {
  const { stateless } = openStdioScene(t, "stateless");
  const slow = await stateless().start(
    "progress",
    { count: 900 },
    { _meta: { progressToken: "x".repeat(200) } },
  );
  assert.ok(await pidOf(stateless()));
  const messages = await messagesOf(slow.body);
  assert.ok(messages.length < 900, `${messages.length} came`);
  assert.deepEqual(messages.at(-1)?.["result"], { done: true });
});

test("standard error goes to the log, a bounded part of it, without the server's own secrets", async (t) => {
  const { session, logged } = openStdioScene(t, "sessions");
  const asking = await session("one");
  await asking.call("errors", { count: 10_000 });
  await asking.leave();
  while (logged("mcp.server_ended").length === 0) await new Promise(setImmediate);
  const said = logged("mcp.server_said").map(({ text }) => String(text));
  assert.ok(said.length >= 20 && said.length < 200, `${said.length} lines`);
  assert.ok(said.every((text) => text.startsWith("password is [secret], line x")));
  const dropped = logged("mcp.server_errors_dropped").reduce(
    (sum, { lines }) => sum + Number(lines),
    0,
  );
  assert.equal(said.length + dropped, 10_000);
});

test("in a server's own words the log has neither the secrets that it was given nor personal data", async (t) => {
  const entries: string[] = [];
  const log = createLog((line) => void entries.push(line), Date.now);
  const spawner = createSpawner(systemClock);
  const word = "Tr0ub4dor-and-more";
  const upstream = startedServers(
    {
      command: [process.execPath, lineServerProgram, "sessions"],
      environment: { WORD: new Secret(word), PLAIN: "text" },
      folder: tmpdir(),
    },
    {
      spawner,
      clock: systemClock,
      log,
      messageBytesMax: 1024 * 1024,
      environment: process.env,
      client: { name: "countersign", version: "0" },
      record: async () => {},
      finder: async () => createFinder(),
    },
  );
  t.after(() => spawner.close());
  const session = { id: "one", agent: "crm-agent", kind: "session" } as const;
  const { signal } = new AbortController();
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "errors" } };
  for (const message of [initialize, call]) {
    const body = Buffer.from(JSON.stringify(message));
    await upstream.exchange({ method: "POST", headers: {}, body, signal, session });
  }
  await upstream.close();
  const said = entries.filter((line) => line.includes("mcp.server_said")).join("");
  assert.match(said, /password is .*<EMAIL>/);
  assert.doesNotMatch(entries.join(""), /Tr0ub4dor|ada@example/);
});

test("a server that answers no question before initialize is found to be one of sessions", async (t) => {
  const clock = manualClock(0);
  const { stateless, logged } = openStdioScene(t, "silent", { clock });
  const answer = stateless().start("pid");
  while (logged("mcp.server_started").length === 0) await new Promise(setImmediate);
  for (let seconds = 0; seconds < 20; seconds += 5) {
    clock.advance(5_000);
    await new Promise(setImmediate);
  }
  assert.equal((await answer).status, 400);
});

test("a command that can't be started is an upstream that can't be reached, with nothing sent", async (t) => {
  const { stateless, session, upstream } = openStdioScene(t, "", { command: ["/no/such/program"] });
  const notStarted = { code: "upstream.unreachable", message: /no such program/ };
  await assert.rejects(upstream.probe(new AbortController().signal), notStarted);
  await assert.rejects(stateless().start("pid"), { ...notStarted, details: { sent: false } });
  await assert.rejects(session("one"), { code: "upstream.unreachable", details: { sent: false } });
});

test("a test of the upstream leaves no server behind", async (t) => {
  const { upstream, logged } = openStdioScene(t, "both");
  await upstream.probe(new AbortController().signal);
  while (logged("mcp.server_ended").length === 0) await new Promise(setImmediate);
  assert.equal(logged("mcp.server_started").length, 1);
});

async function pidOf(asking: Asker): Promise<number> {
  const { result } = await asking.call("pid");
  return (result as { pid: number }).pid;
}
