import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { mapConcurrently, runNode, stopMs } from "./child.ts";

const never = new AbortController().signal;

test("a program's output of both kinds and its exit code are kept", async () => {
  const finished = await runNode(["-e", "console.log(1); console.error(2); process.exitCode = 3"], {
    timeoutMs: 30_000,
    signal: never,
  });
  assert.equal(finished.code, 3);
  assert.equal(finished.output.split("\n").toSorted().join(""), "12");
  assert.equal(finished.timedOut, false);
});

test("a program that hangs is killed in time, with what it started", async (t) => {
  const { port, connected, gone } = await listenForOne(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const running = runNode(["-e", spawning(ignorant(port))], { timeoutMs: 1_000, signal: never });
  await connected;
  t.mock.timers.tick(1_000);
  const { code, timedOut } = await running;
  assert.deepEqual({ code, timedOut }, { code: null, timedOut: true });
  await gone;
});

test("an aborted program that ignores the request to end is killed", async (t) => {
  const { port, connected, gone } = await listenForOne(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const interruption = new AbortController();
  const running = runNode(["-e", ignorant(port)], {
    timeoutMs: 30_000,
    signal: interruption.signal,
  });
  await connected;
  interruption.abort();
  t.mock.timers.tick(stopMs);
  const { code, timedOut } = await running;
  assert.deepEqual({ code, timedOut }, { code: null, timedOut: false });
  await gone;
});

test("what a program leaves behind does not outlive it", async (t) => {
  const { port, gone } = await listenForOne(t);
  const left = `require("node:net").connect(${port}, "127.0.0.1", () => process.stdout.write("up"))`;
  const program = `${spawning(left)}.stdout.once("data", () => process.exit(0))`;
  const finished = await runNode(["-e", program], { timeoutMs: 30_000, signal: never });
  assert.equal(finished.code, 0);
  await gone;
});

test("tasks run in bounded number, and their results keep the order of the items", async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([3, 1, 2, 0], 2, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    running -= 1;
    return turns * 10;
  });
  assert.deepEqual(results, [30, 10, 20, 0]);
  assert.equal(most, 2);
});

/** A program that runs for ever, does not end when asked, and says over a socket that it is there. */
function ignorant(port: number): string {
  return `process.on("SIGTERM", () => {}); require("node:net").connect(${port}, "127.0.0.1")`;
}

/** The program of a process that starts a second one. */
function spawning(program: string): string {
  const code = JSON.stringify(program);
  return `require("node:child_process").spawn(process.execPath, ["-e", ${code}])`;
}

async function listenForOne(t: TestContext) {
  const server = createServer();
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const connected = once(server, "connection") as Promise<[Socket]>;
  // The system closes the socket of a process that is no more.
  const gone = connected.then(([socket]) => once(socket.on("error", () => {}).resume(), "close"));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return { port: address.port, connected, gone };
}
