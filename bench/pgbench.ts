/** PostgreSQL's own load generator, where it is installed. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { StatementCase } from "./cases.ts";
import { type Load, loadOf } from "./load.ts";

const run = promisify(execFile);
const threadsMax = 2;

/** `pgbench (PostgreSQL) 15.18`; null where it is not on the path. */
export function pgbenchVersion(): string | null {
  const asked = spawnSync("pgbench", ["--version"], { encoding: "utf8" });
  return asked.status === 0 ? asked.stdout.trim() : null;
}

export async function measureByPgbench(
  url: string,
  { sql, protocol, clients }: StatementCase,
  count: number,
): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-pgbench-"));
  try {
    const script = join(folder, "script.sql");
    await writeFile(script, `${sql};\n`);
    const { password, ...address } = parts(url);
    const { stdout } = await run(
      "pgbench",
      [
        "--no-vacuum",
        `--protocol=${protocol}`,
        `--client=${clients}`,
        `--jobs=${Math.min(clients, threadsMax)}`,
        `--transactions=${Math.ceil(count / clients)}`,
        `--file=${script}`,
        "--log",
        `--log-prefix=${join(folder, "log")}`,
        "--sampling-rate=0.2",
        address.url,
      ],
      { env: { ...process.env, PGPASSWORD: password } },
    );
    const rate = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    const processed = Number(/actually processed: (\d+)/.exec(stdout)?.[1]);
    if (!(rate > 0)) throw new Error(`pgbench said nothing of a rate:\n${stdout}`);
    return loadOf({ rate, count: processed, micros: await latencies(folder) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The password does not belong into a list of processes. */
function parts(text: string): { readonly url: string; readonly password: string } {
  const url = new URL(text);
  const password = decodeURIComponent(url.password);
  url.password = "";
  url.searchParams.set("sslmode", url.searchParams.has("sslrootcert") ? "verify-ca" : "disable");
  return { url: url.href, password };
}

/** Of the transactions that were sampled: the third column, in microseconds. */
async function latencies(folder: string): Promise<readonly number[]> {
  const files = (await readdir(folder)).filter((name) => name.startsWith("log"));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .map((line) => Number(line.split(" ")[2]));
}
