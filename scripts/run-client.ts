/** Programs that are not ours: made ready in temporary space, and run. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Command = readonly string[];

/** Clients that are made ready together. */
export interface ClientFamily {
  readonly clients: readonly string[];
  /** What has to be there, and how they are made ready in a folder. */
  readonly needs: readonly Command[];
  readonly install: (folder: string) => readonly Command[];
}

const installMs = 600_000;

/** Checks the clients that were named, or all; prints what became of each, and gives the exit code. */
export async function runFamilies<Family extends ClientFamily>(
  families: readonly Family[],
  names: readonly string[],
  check: (family: Family, folder: string, client: string) => Promise<readonly string[]>,
): Promise<number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const family of families) {
    const clients = family.clients.filter((name) => names.length === 0 || names.includes(name));
    if (clients.length === 0) continue;
    const folder = await mkdtemp(join(tmpdir(), "countersign-test-clients-"));
    try {
      const missing = await makeReady(family.needs, family.install(folder));
      for (const client of clients) {
        const problems = missing === null ? await check(family, folder, client) : [];
        const outcome =
          missing === null ? (problems.length === 0 ? "passed" : "failed") : "skipped";
        counts[outcome] += 1;
        console.log(`${outcome} ${client}${missing === null ? "" : `: ${missing}`}`);
        for (const problem of problems) console.log(`  ${problem}`);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0 ? 0 : 1;
}

/** Why it can't be had, or null. */
async function makeReady(
  needs: readonly Command[],
  install: readonly Command[],
): Promise<string | null> {
  for (const command of needs) {
    if ((await runClient(command, {}, installMs)).code !== 0) return `there is no ${command[0]}`;
  }
  for (const command of install) {
    const { code, output } = await runClient(command, {}, installMs);
    if (code !== 0) return `${command[0]} failed: ${output.trim().split("\n").at(-1)}`;
  }
  return null;
}

export interface Ended {
  readonly code: number | null;
  /** What the program is there to print. */
  readonly answers: string;
  /** That, and whatever it warns of. */
  readonly output: string;
}

export async function runClient(
  command: Command,
  environment: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Ended> {
  const [program = "", ...parameters] = command;
  const child = spawn(program, parameters, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let answers = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answers += text;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  // A program that is not there says so by an event of its own, which comes before the end.
  child.on("error", () => {});
  const [code] = (await once(child, "close")) as [number | null];
  return { code, answers, output };
}
