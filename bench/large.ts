/**
 * What the gateway's process needs while ten gigabytes pass as one answer, and one gigabyte as a COPY and as a single
 * value. Prints a line for each. Linux alone tells such peaks.
 *
 *   node bench/large.ts [GIGABYTES]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { silentLog } from "../server/src/platform/log.ts";
import { encodeQuery } from "../server/src/proxies/postgres/wire/encode-frontend.ts";
import { startSampleDatabase } from "../server/src/quickstart/sample-database.ts";
import { forgetPeak, openBigClient, peakBytes } from "../server/test/support/big-client.ts";

const gigabytes = Number(process.argv[2] ?? 10);
const megabyte = 1_000_000;

const folder = await mkdtemp(join(tmpdir(), "countersign-bench-"));
const database = await startSampleDatabase({ dir: join(folder, "sample"), log: silentLog });
const { host, port, user, password } = database;
const direct = `postgres://${user}:${password}@${host}:${port}/${database.database}`;
const gateway = spawn(
  process.execPath,
  [join(import.meta.dirname, "gateway.ts"), "durable", join(folder, "data"), direct],
  { stdio: ["pipe", "pipe", "inherit"] },
);
try {
  const [line] = (await once(createInterface(gateway.stdout), "line")) as [string];
  const url = new URL((JSON.parse(line) as { readonly url: string }).url);
  const login = {
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    database: url.pathname.slice(1),
  };
  const pid = gateway.pid ?? 0;
  const client = await openBigClient(login);
  const run = async (what: string, sql: string) => {
    await forgetPeak(pid);
    const start = await peakBytes(pid);
    const begin = performance.now();
    const bytes = await client.answer(encodeQuery(sql));
    const seconds = (performance.now() - begin) / 1000;
    const peak = await peakBytes(pid);
    const mebibytes = (size: number | null) => Math.round((size ?? 0) / 1024 / 1024);
    const rate = Math.round(bytes / megabyte / seconds);
    console.log(
      `${what}: ${(bytes / 1000 / megabyte).toFixed(2)} GB, ${rate} MB/s, ` +
        `${mebibytes(start)} MiB before, ${mebibytes(peak)} MiB at most`,
    );
  };
  const rows = (count: number) =>
    `select repeat('x', ${megabyte}) from generate_series(1, ${count})`;
  await run("a first answer", rows(1000));
  await run("an answer", rows(gigabytes * 1000));
  await run("COPY TO STDOUT", `copy (${rows(1000)}) to stdout`);
  await run("a single value", `select repeat('x', ${1000 * megabyte})`);
  client.close();
} finally {
  gateway.stdin.end();
  await once(gateway, "exit");
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}
