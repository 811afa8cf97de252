/** Programs that the gateway starts: what they get, what they can't reach, and that they end. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "#/platform/clock.ts";
import {
  createSpawner,
  type StartedServer,
} from "#/proxies/mcp/upstream/stdio/process/start-spawner.ts";
import { nodeEnvironment } from "./support/node-environment.ts";

const node = process.execPath;
const onLinux = process.platform === "linux" ? {} : { skip: "reads /proc" };
const spawner = createSpawner(systemClock);
after(() => spawner.close());

test("what is written to a server comes back from it, through streams that nobody stands between", async () => {
  const server = await start("process.stdin.pipe(process.stdout)");
  server.input.end("a line\n");
  assert.equal(await textOf(server.output), "a line\n");
  assert.deepEqual(await server.exited, { code: 0, signal: null });
});

test("what a server says before anybody reads is not lost", async () => {
  const server = await start('console.log("early"); console.error("also")');
  await server.exited;
  assert.equal(await textOf(server.output), "early\n");
  assert.equal(await textOf(server.errors), "also\n");
});

test("a server has the environment and folder of its order, and nothing of the gateway's", async () => {
  process.env["COUNTERSIGN_TEST_SECRET"] = "in the gateway's environment";
  const server = await start(
    "console.log(JSON.stringify({ env: process.env, folder: process.cwd() }))",
    { ONLY: "this" },
  );
  const { env, folder } = JSON.parse(await textOf(server.output)) as {
    env: Record<string, string>;
    folder: string;
  };
  // macOS adds one of its own.
  delete env["__CF_USER_TEXT_ENCODING"];
  assert.deepEqual(env, { ONLY: "this" });
  assert.equal(path.resolve(folder), path.resolve(tmpdir()));
});

test(
  "a server holds no descriptor but its three streams, and is no child of the gateway",
  onLinux,
  async () => {
    const server = await start(
      "const own = require('fs').readdirSync('/proc/self/fd').map((fd) => { try { return require('fs').readlinkSync('/proc/self/fd/' + fd) } catch { return '' } });" +
        "console.log(JSON.stringify({ parent: process.ppid, own }))",
    );
    const { parent, own } = JSON.parse(await textOf(server.output)) as {
      parent: number;
      own: readonly string[];
    };
    assert.notEqual(parent, process.pid);
    assert.equal(own.filter((target) => target.startsWith("socket:")).length, 3);
    // Node's own aside, there is no file of ours and no pipe to the spawner.
    assert.deepEqual(
      own.filter((target) => target.startsWith("/") && !target.startsWith("/dev/")),
      [],
    );
  },
);

test(
  "the spawner itself has an empty environment and none of the gateway's memory",
  onLinux,
  async () => {
    const server = await start("process.stdin.resume()");
    const parent = parentOf(server.pid);
    const environment = readFileSync(`/proc/${parent}/environ`, "utf8").split("\0").filter(Boolean);
    assert.deepEqual(
      environment.filter((entry) => !entry.startsWith("NODE_CHANNEL_")),
      [],
    );
    assert.equal(readlinkSync(`/proc/${parent}/cwd`), "/");
    server.input.end();
    await server.exited;
  },
);

test("a command that is not there is an error with a sentence, and the spawner goes on", async () => {
  await assert.rejects(
    spawner.start({ command: ["/no/such/program"], environment: {}, folder: tmpdir() }),
    { code: "upstream.unreachable", message: /no such program/ },
  );
  await assert.rejects(
    spawner.start({ command: [node, "-v"], environment: {}, folder: "/no/such/folder" }),
    { code: "upstream.unreachable", message: /no such folder/ },
  );
  const server = await start("console.log(1)");
  assert.equal(await textOf(server.output), "1\n");
});

test("what arrived for a start that failed is closed, so that nothing is left when the gateway ends", async () => {
  const other = createSpawner(systemClock);
  const order = { command: ["/no/such/program"], environment: {}, folder: tmpdir() } as const;
  await assert.rejects(other.start(order), { code: "upstream.unreachable" });
  await other.close();
});

test("what a server has started ends with it", async () => {
  const server = await start(
    "const { spawn } = require('child_process');" +
      "const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });" +
      "child.once('spawn', () => { console.log(child.pid); process.exit(0) })",
  );
  const grandchild = Number(await textOf(server.output));
  await server.exited;
  await untilGone(grandchild);
});

test("a server that ignores SIGTERM is killed", async () => {
  const server = await start(
    "process.on('SIGTERM', () => {}); console.log(1); setInterval(() => {}, 1000)",
  );
  await once(server.output, "readable");
  server.signal("SIGTERM");
  server.signal("SIGKILL");
  assert.deepEqual(await server.exited, { code: null, signal: "SIGKILL" });
});

test("servers end with the gateway, though it was killed, and nothing of it is left", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-test-"));
  const program = fileURLToPath(new URL("./support/gateway-with-server.ts", import.meta.url));
  const env = { ...nodeEnvironment, TMPDIR: folder };
  const gateway = spawn(node, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => {
    gateway.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const [printed] = (await once(gateway.stdout, "data")) as [Buffer];
  const pid = Number(String(printed).trim());
  assert.ok(isRunning(pid));
  assert.equal(readdirSync(folder).length, 1);
  gateway.kill("SIGKILL");
  await untilGone(pid);
  while (readdirSync(folder).length > 0) await new Promise((resolve) => setImmediate(resolve));
});

test(
  "a server has none of the files that the gateway was started with, in whatever place they are",
  onLinux,
  async (t) => {
    const program = fileURLToPath(new URL("./support/gateway-with-server.ts", import.meta.url));
    const places = [3, 17, 60];
    const stdio = Array.from({ length: 61 }, (_, at) => (places.includes(at) ? "pipe" : "ignore"));
    stdio[1] = "pipe";
    const gateway = spawn(node, [program], { env: { ...nodeEnvironment }, stdio: stdio as [] });
    t.after(() => gateway.kill("SIGKILL"));
    const [printed] = (await once(gateway.stdio[1] ?? assert.fail(), "data")) as [Buffer];
    const pid = Number(String(printed).trim());
    const held = (of: number) =>
      readdirSync(`/proc/${of}/fd`).flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${of}/fd/${fd}`)];
        } catch {
          // It has been closed meanwhile.
          return [];
        }
      });
    const given = [17, 60].map((place) => readlinkSync(`/proc/${gateway.pid}/fd/${place}`));
    for (const holder of [pid, parentOf(pid)]) {
      const handedDown = given.filter((target) => held(holder).includes(target));
      assert.deepEqual(handedDown, [], holder === pid ? "by the server" : "by what starts it");
    }
  },
);

test(
  "servers are killed when the spawner dies, and the next start has a new one",
  onLinux,
  async () => {
    const server = await start("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    process.kill(parentOf(server.pid), "SIGKILL");
    assert.deepEqual(await server.exited, { code: null, signal: null });
    await untilGone(server.pid);
    const next = await start("console.log(2)");
    assert.equal(await textOf(next.output), "2\n");
  },
);

function start(
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<StartedServer> {
  return spawner.start({ command: [node, "-e", script], environment, folder: tmpdir() });
}

async function textOf(stream: StartedServer["output"]): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return (
      onLinux.skip !== undefined ||
      !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
    );
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
}
