/** Tool servers on standard input and output, asked as over HTTP: whose they are, and what comes back to whom. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { initialize, messagesOf, openStdioScene, parsed, streamOf } from "./support/stdio-scene.ts";

test("an answer comes back under the id that its client gave, whatever it is", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const asking = await session("one");
  for (const id of ['"text"', "7", "-1", '"é\\n"', '"\\u0041"']) {
    const { status, body } = await asking.post(
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"pid"}}`,
    );
    assert.equal(status, 200);
    assert.ok(body.kind === "json");
    const text = Buffer.from(body.bytes).toString("utf8");
    assert.ok(text.includes(`"id":${id}`), text);
  }
});

test("what a client wrote reaches the server as it was written, but for the id and its line breaks", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const asking = await session("one");
  const [message] = await messagesOf(
    (
      await asking.post(
        '{"jsonrpc":"2.0",\r\n "method":"tools/call", "params":{"name":"echo","arguments":{"big":12345678901234567890.10,"é":"\\u0041\\n"}},\n"id":"mine"}',
      )
    ).body,
  );
  assert.ok(message);
  const { line } = message["result"] as { line: string };
  assert.match(
    line,
    /^\{"jsonrpc":"2\.0",  {1,2}"method":"tools\/call", "params":\{"name":"echo","arguments":\{"big":12345678901234567890\.10,"é":"\\u0041\\n"\}\}, "id":\d+\}$/,
  );
});

test("each session has a server of its own, which ends with it", async (t) => {
  const { session, logged } = openStdioScene(t, "sessions");
  const [one, other] = [await session("one"), await session("other")];
  const [first, second] = [await pidOf(one), await pidOf(other)];
  assert.notEqual(first, second);
  assert.equal((await one.leave()).status, 200);
  assert.equal((await one.start("pid")).status, 404);
  assert.equal((await one.leave()).status, 404);
  assert.equal(await pidOf(other), second);
  await untilLogged(logged, "mcp.server_ended", 1);
  assert.equal(logged("mcp.server_ended")[0]?.["asked"], true);
});

test("what an agent asks without a session is answered by one server, which serves no other agent", async (t) => {
  const { stateless } = openStdioScene(t, "stateless");
  const [one, two] = await Promise.all([
    pidOf(stateless("ada-agent")),
    pidOf(stateless("ada-agent")),
  ]);
  assert.equal(one, two);
  assert.notEqual(await pidOf(stateless("bob-agent")), one);
});

test("a server finds nothing in its environment but what its order names", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const { result } = await (await session("one")).call("pid");
  const { environment } = result as { environment: Record<string, string> };
  delete environment["__CF_USER_TEXT_ENCODING"];
  assert.deepEqual(environment, { ONLY: "this" });
});

test("a server of sessions tells a client without one which revisions it speaks, and runs nothing", async (t) => {
  for (const mode of ["sessions", "fragile"]) {
    const { stateless } = openStdioScene(t, mode);
    const { status, body } = await stateless().start("crash");
    assert.equal(status, 400);
    assert.ok(body.kind === "json");
    assert.deepEqual(parsed(body.bytes), {
      jsonrpc: "2.0",
      id: "crash 1",
      error: {
        code: -32_022,
        message: "Unsupported protocol version",
        data: { supported: ["2025-11-25"], requested: "2026-07-28" },
      },
    });
  }
});

test("what the gateway asks in its own name is on record, once for all clients, and nothing of it for sessions", async (t) => {
  const both = openStdioScene(t, "both");
  await both.session("one");
  assert.deepEqual(both.recorded, []);
  await both.stateless("ada-agent").call("pid");
  await both.stateless("bob-agent").call("pid");
  assert.deepEqual(both.recorded, ["server/discover"]);
  const older = openStdioScene(t, "sessions");
  await older.stateless().start("pid");
  assert.deepEqual(older.recorded, ["server/discover", "initialize"]);
  const tested = openStdioScene(t, "sessions");
  await tested.upstream.probe(new AbortController().signal);
  assert.deepEqual(tested.recorded, ["initialize"]);
});

test("a client of sessions hears from a server without them what it speaks", async (t) => {
  const { session } = openStdioScene(t, "stateless");
  const asking = await session("one");
  const { error } = (await messagesOf((await asking.post(initialize)).body))[0] ?? {};
  assert.deepEqual((error as { data: object }).data, {
    supported: ["2026-07-28"],
    requested: "2025-11-25",
  });
});

test("a request of an older revision that names no session reaches no server", async (t) => {
  const { upstream, stateless } = openStdioScene(t, "both");
  const { session } = stateless();
  const body = Buffer.from(
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"crash"}}',
  );
  const { signal } = new AbortController();
  const answer = await upstream.exchange({ method: "POST", headers: {}, body, signal, session });
  assert.equal(answer.status, 400);
});

test("errors that have a status over HTTP have it here, without a session alone", async (t) => {
  const scene = openStdioScene(t, "both");
  assert.equal((await scene.stateless().start("no_such_tool")).status, 404);
  assert.equal((await (await scene.session("one")).start("no_such_tool")).status, 200);
});

test("progress comes before the answer, under the token that its client gave", async (t) => {
  const { stateless } = openStdioScene(t, "stateless");
  const asking = stateless();
  const answers = await Promise.all(
    ["same", "same"].map((progressToken) =>
      asking.start("progress", { count: 3 }, { _meta: { progressToken } }),
    ),
  );
  for (const { body } of answers) {
    const messages = await messagesOf(body);
    assert.deepEqual(
      messages.slice(0, -1).map(({ params }) => params),
      [1, 2, 3].map((progress) => ({ progressToken: "same", progress })),
    );
    assert.deepEqual(messages.at(-1)?.["result"], { done: true });
  }
});

test("progress on a request that is not under way goes to nobody", async (t) => {
  const { stateless } = openStdioScene(t, "stateless");
  const { body } = await stateless().start("other_progress");
  assert.equal(body.kind, "json");
});

test("subscriptions are told apart by their ids, and end as the server ends them", async (t) => {
  const { stateless } = openStdioScene(t, "stateless");
  const listen = (id: string, end: string) =>
    stateless().post({
      jsonrpc: "2.0",
      id,
      method: "subscriptions/listen",
      params: { _meta: { end } },
    });
  const [one, other] = await Promise.all([listen("one", "result"), listen("other", "cancelled")]);
  const idsOf = async (answer: typeof one) =>
    (await messagesOf(answer.body)).map(({ method, params, result }) => [
      method ?? "answer",
      ((params ?? result) as { _meta: Record<string, unknown> })._meta[
        "io.modelcontextprotocol/subscriptionId"
      ],
    ]);
  const heard = (id: string) => [
    ["notifications/subscriptions/acknowledged", id],
    ["notifications/tools/list_changed", id],
  ];
  assert.deepEqual(await idsOf(one), [...heard("one"), ["answer", "one"]]);
  assert.deepEqual(await idsOf(other), heard("other"));
});

test("what a server logs while it answers one request comes with it, and else with what listens", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const asking = await session("one");
  const during = await messagesOf((await asking.start("log")).body);
  assert.deepEqual(
    during.map(({ method }) => method ?? "answer"),
    ["notifications/message", "answer"],
  );
  await asking.call("late_log");
  // It came when nobody listened, and is there for who does.
  const heard = streamOf((await asking.listen()).body);
  assert.deepEqual((await heard.next()).value.params, { level: "info", data: "by itself" });
});

test("a server's own request reaches its client, and the client's answer reaches the server", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const asking = await session("one");
  const stream = streamOf((await asking.start("ask")).body);
  const { id, method } = (await stream.next()).value;
  assert.deepEqual([id, method], ["server-1", "elicitation/create"]);
  const answer = { jsonrpc: "2.0", id: "server-1", result: { action: "accept" } };
  assert.equal((await asking.post(answer)).status, 202);
  assert.deepEqual((await stream.next()).value.result, { answer });
  assert.equal((await stream.next()).done, true);
});

test("a server that serves many may ask none of them", async (t) => {
  const { stateless, logged } = openStdioScene(t, "both");
  const stopped = new AbortController();
  const answer = stateless().start("ask", {}, {}, stopped.signal);
  await untilLogged(logged, "mcp.server_message_dropped", 1);
  assert.equal(logged("mcp.server_message_dropped")[0]?.["reason"], "request_refused");
  stopped.abort();
  await assert.rejects(answer, { code: "upstream.unreachable" });
});

test("an answer to nothing that the server asked is not passed on", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const asking = await session("one");
  const stream = streamOf((await asking.start("ask", { as: "real" })).body);
  await stream.next();
  await asking.post({ jsonrpc: "2.0", id: "made up", result: { action: "accept" } });
  await asking.post({ jsonrpc: "2.0", id: "real", result: { action: "decline" } });
  assert.deepEqual((await stream.next()).value.result, {
    answer: { jsonrpc: "2.0", id: "real", result: { action: "decline" } },
  });
});

test("a request that nobody waits for is cancelled at the server, under the server's id", async (t) => {
  const scene = openStdioScene(t, "both");
  for (const asking of [scene.stateless(), await scene.session("one")]) {
    const stopped = new AbortController();
    const answer = asking.start("never", {}, {}, stopped.signal);
    // Sent by now: what follows waits behind it.
    await asking.call("pid");
    stopped.abort();
    await assert.rejects(answer, { code: "upstream.unreachable", details: { sent: true } });
    const { result } = await asking.call("cancelled");
    assert.equal((result as { cancelled: readonly number[] }).cancelled.length, 1);
  }
});

test("a client's own cancellation names the server's id, and only a request of its own", async (t) => {
  const { session } = openStdioScene(t, "sessions");
  const [asking, other] = [await session("one"), await session("other")];
  const cancel = {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "never 1" },
  };
  const answer = asking.start("never");
  await other.post(cancel);
  await asking.call("pid");
  await asking.post(cancel);
  await assert.rejects(answer, { code: "upstream.unreachable", details: { sent: true } });
  const { result } = await asking.call("cancelled");
  const [id, ...more] = (result as { cancelled: readonly unknown[] }).cancelled;
  assert.equal(typeof id, "number");
  assert.deepEqual(more, []);
  assert.deepEqual((await other.call("cancelled"))["result"], { cancelled: [] });
});

async function pidOf(asking: {
  call: (tool: string) => Promise<Readonly<Record<string, unknown>>>;
}) {
  const { result } = await asking.call("pid");
  return (result as { pid: number }).pid;
}

async function untilLogged(
  logged: (event: string) => readonly unknown[],
  event: string,
  count: number,
): Promise<void> {
  while (logged(event).length < count) await new Promise((resolve) => setImmediate(resolve));
}
