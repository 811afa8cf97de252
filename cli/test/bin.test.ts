import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";

const bin = path.resolve(import.meta.dirname, "../bin/countersign.mjs");

/** Makes a Node say that it is an older one. */
const pretendsOld = `data:text/javascript,${encodeURIComponent(
  `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
   Object.defineProperty(process, "version", { value: "v20.20.2" });`,
)}`;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

test("the command runs by its file and by a link to it, with its exit code", async (context) => {
  const dir = temporaryFolder(context);
  const link = path.join(dir, "countersign");
  fs.symlinkSync(bin, link);
  for (const file of [bin, link]) {
    const { code, out } = await ended(start(dir, [file, "status", "--json"]));
    assert.equal(code, 3);
    assert.match(out, /cli\.not_running/);
  }
  assert.equal((await ended(start(dir, [bin, "--help"]))).code, 0);
  assert.equal((await ended(start(dir, [bin, "show"]))).code, 2);
});

test("an older Node hands over to the one of the workspace: arguments, streams and exit code", async (context) => {
  const dir = temporaryFolder(context);
  const node = anotherNode(dir);
  const run = (...args: readonly string[]) =>
    ended(start(dir, ["--import", pretendsOld, bin, ...args], node));
  assert.match((await run("--version")).out, /^\d+\.\d+\.\d+\n$/);
  const absent = await run("show", "rev_1", "--json");
  assert.deepEqual([absent.code, absent.err], [3, ""]);
  assert.match(absent.out, /cli\.not_running/);
  assert.equal((await run("show")).code, 2);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`an older Node passes ${signal} on, and ends as the command does`, async (context) => {
    const dir = temporaryFolder(context);
    const { url, asked, left } = await silentGateway(context);
    const args = ["--import", pretendsOld, bin, "sign-in", `${url}/sign-in#csl_x`];
    const child = start(dir, args, anotherNode(dir));
    await asked;
    child.kill(signal);
    const end = await ended(child);
    assert.deepEqual([end.code, end.signal], [null, signal]);
    await left;
  });
}

test("where there is only an older Node, the command says what it needs", async (context) => {
  const dir = temporaryFolder(context);
  const lone = path.join(dir, "countersign.mjs");
  fs.copyFileSync(bin, lone);
  const { code, err } = await ended(start(dir, ["--import", pretendsOld, lone, "status"]));
  assert.equal(code, 1);
  assert.match(err, /needs Node 24; this is v20\.20\.2\. Run `npm ci`/);
});

test("a reader that goes away ends nothing", async (context) => {
  const child = start(temporaryFolder(context), [bin, "--help"]);
  child.stdout?.destroy();
  const { code, err } = await ended(child);
  assert.deepEqual([code, err], [0, ""]);
});

test("start runs the gateway, with the gateway's own arguments and exit code", async (context) => {
  const dir = temporaryFolder(context);
  const { code, err } = await ended(start(dir, [bin, "start", "--config", "absent.yaml"]));
  assert.equal(code, 1);
  assert.match(err, /absent\.yaml/);
  assert.match(err, /\[config\.unreadable\]/);
  assert.equal((await ended(start(dir, [bin, "start", "--nonsense"]))).code, 2);
});

function start(
  dir: string,
  args: readonly string[],
  node: string = process.execPath,
): ChildProcess {
  const { NODE_TEST_CONTEXT: _outer, FORCE_COLOR: _colours, ...environment } = process.env;
  for (const name of Object.keys(environment)) {
    if (name.startsWith("COUNTERSIGN_") || name.startsWith("XDG_")) delete environment[name];
  }
  return spawn(node, [...args], {
    cwd: dir,
    env: { ...environment, HOME: dir },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, out, err };
}

/** Of another path, so that it is not the pinned one itself. */
function anotherNode(dir: string): string {
  const node = path.join(dir, "node");
  try {
    fs.linkSync(process.execPath, node);
  } catch {
    fs.copyFileSync(process.execPath, node);
    fs.chmodSync(node, 0o755);
  }
  return node;
}

/** Takes a request and never answers; tells when it came and when whoever asked has gone. */
async function silentGateway(
  context: TestContext,
): Promise<{ readonly url: string; readonly asked: Promise<void>; readonly left: Promise<void> }> {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const server = http.createServer((request) => {
    request.socket.on("close", () => left.resolve());
    asked.resolve();
  });
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: asked.promise, left: left.promise };
}

function temporaryFolder(context: TestContext): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-bin-"));
  context.after(() => fs.rmSync(dir, { recursive: true }));
  return dir;
}
