/**
 * The measurements behind `docs/reference/performance.md`, as ratios in one alternating run.
 *
 *   npm run bench              prints them
 *   npm run bench -- --write   and writes the page
 *
 * Direct, through the gateway with the durable record, and through a gateway whose store forgets, take turns,
 * so that a machine whose speed drifts changes all of them alike. Everything runs on this machine.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { silentLog } from "../server/src/platform/log.ts";
import { startSampleDatabase } from "../server/src/quickstart/sample-database.ts";
import { measureCrowd } from "./crowd.ts";
import { measureEncryption } from "./encryption.ts";
import { measureHistory } from "./history.ts";
import { type Load, measure } from "./load.ts";
import { measureFlood, measureRecords } from "./records.ts";

const rounds = 5;
const cases = [
  {
    name: "trivial select, 1 client",
    sql: "select 1",
    clients: 1,
    count: 5000,
    budgets: { volatile: 0.6, durable: 0.4 },
  },
  {
    name: "trivial select, 16 clients",
    sql: "select 1",
    clients: 16,
    count: 20_000,
    budgets: { volatile: 0.6, durable: 0.5 },
  },
  {
    name: "query of some 2 ms, 1 client",
    sql: "select count(*) from generate_series(1, 20000)",
    clients: 1,
    count: 400,
    budgets: { volatile: 0.97, durable: 0.97 },
  },
] as const;
const variants = ["direct", "volatile", "durable"] as const;
type Variant = (typeof variants)[number];

const names: Readonly<Record<Variant, string>> = {
  direct: "direct",
  volatile: "inspected and decided, no durable record",
  durable: "with the durable record",
};

const folder = await mkdtemp(join(tmpdir(), "countersign-bench-"));
const database = await startSampleDatabase({ dir: join(folder, "sample"), log: silentLog });
const { host, port, user, password } = database;
const direct = `postgres://${user}:${password}@${host}:${port}/${database.database}`;
const gateways = {
  volatile: await startGateway("volatile"),
  durable: await startGateway("durable"),
};
try {
  const urls: Record<Variant, string> = {
    direct,
    volatile: gateways.volatile.url,
    durable: gateways.durable.url,
  };
  const idleBytes = await gateways.durable.residentBytes();
  const rows: string[] = [];
  for (const each of cases) rows.push(...(await compare(each, urls)));
  const page = present({
    rows,
    idleBytes,
    encryption: await measureEncryption(urls.volatile, gateways.volatile.certificate),
    records: await measureRecords(),
    flood: await measureFlood(),
    history: await measureHistory(),
    crowd: await measureCrowd(),
  });
  console.log(page);
  if (process.argv.includes("--write")) {
    await writeFile(new URL("../docs/reference/performance.md", import.meta.url), page);
  }
} finally {
  await gateways.volatile.stop();
  await gateways.durable.stop();
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}

async function compare(
  each: (typeof cases)[number],
  urls: Readonly<Record<Variant, string>>,
): Promise<readonly string[]> {
  const loads: Record<Variant, Load[]> = { direct: [], volatile: [], durable: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const variant of variants) {
      const load = await measure(urls[variant], each);
      // The first round warms caches and compilers up.
      if (round > 0) loads[variant].push(load);
    }
    process.stderr.write(`${each.name}: round ${round} of ${rounds}\n`);
  }
  return variants.map((variant) => {
    const ratios = loads[variant].map(({ rate }, round) => rate / (loads.direct[round]?.rate ?? 1));
    const added = (share: "p50" | "p99") =>
      median(
        loads[variant].map((load, round) => load[share] - (loads.direct[round]?.[share] ?? 0)),
      );
    const of = (pick: (load: Load) => number) => median(loads[variant].map(pick));
    const cells = [
      each.name,
      names[variant],
      of(({ rate }) => rate).toFixed(0),
      variant === "direct" ? "1" : median(ratios).toFixed(2),
      variant === "direct" ? "" : budgetOf(each.budgets[variant], median(ratios)),
      of(({ p50 }) => p50).toFixed(0),
      of(({ p99 }) => p99).toFixed(0),
      variant === "direct" ? "" : added("p50").toFixed(0),
      variant === "direct" ? "" : added("p99").toFixed(0),
    ];
    return `| ${cells.join(" | ")} |`;
  });
}

function budgetOf(budget: number, ratio: number): string {
  return `${budget.toFixed(2)}: ${ratio >= budget ? "met" : "not met"}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function startGateway(mode: "volatile" | "durable") {
  const script = new URL("./gateway.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, mode, join(folder, mode), direct], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () =>
    JSON.parse((await lines.next()).value ?? "{}") as Record<string, unknown>;
  const { url, listeningMs } = await next();
  return {
    url: String(url),
    listeningMs: Number(listeningMs),
    certificate: join(folder, mode, "postgres.crt"),
    async residentBytes() {
      child.stdin.write("memory\n");
      return Number((await next())["residentBytes"]);
    },
    async stop() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

interface Measured {
  readonly rows: readonly string[];
  readonly idleBytes: number;
  readonly encryption: readonly string[];
  readonly records: readonly string[];
  readonly flood: readonly string[];
  readonly history: readonly string[];
  readonly crowd: readonly string[];
}

function present({ rows, idleBytes, ...measured }: Measured): string {
  const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${mebibytes(totalmem())}`;
  return `# Performance

Measured by \`npm run bench\` on ${machine}, ${process.platform}, Node ${process.versions.node}, all on
loopback: load generator, gateway and database share the machine, so a ratio is a floor. Direct, gateway without a
durable store and gateway take turns, ${rounds} rounds after one to warm up; medians of the rounds, ratios round by round.
Nothing else was running; absolute figures still vary by a factor of two from run to run and machine to machine.

| case | path | statements/s | of direct | budget | p50 µs | p99 µs | added p50 µs | added p99 µs |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

| what | measured | budget |
| --- | --- | --- |
| from start to listening, database aside | ${gateways.durable.listeningMs.toFixed(0)} ms | 1000 ms |
| idle memory of the gateway | ${mebibytes(idleBytes)} | 180 MB |

## TLS

Between client and gateway, which forgets its records here; a session is open when its first statement may come, which is after
the gateway has opened its own with the database and read what decisions need.

| client | session open, p50 ms | p99 ms | trivial selects/s, 1 client |
| --- | --- | --- | --- |
${measured.encryption.join("\n")}

## Records

What a durable record costs, through the journal and as it would be by the store's thread alone, in turns; each writer waits for its
record before the next. "In the log" counts until the last one stands in the tree. Budget: 100,000 records/s at 64 writers, the event loop
busy for less than 0.3.

| writers | record made durable | acknowledged/s | in the log/s | p50 µs | p99 µs | processor µs, this thread | processor µs, all | event loop busy |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${measured.records.join("\n")}

Beside one agent that keeps three records of 15 MB on their way, in milliseconds: one commit of that size may be in front of a verdict.

| beside | another agent's record, p50 | p99 | at most | a verdict, p50 | p99 | at most |
| --- | --- | --- | --- | --- | --- | --- |
${measured.flood.join("\n")}

## The history

A search through a log of 200,000 decisions, in milliseconds.

| what | p50 | p99 |
| --- | --- | --- |
${measured.history.join("\n")}

A call of the store looks at a bounded number of records, and only one search at a time makes calls; so a commit waits
for one call at most. Denied, held and activation records have indexes of their own, into which no other record goes.

## Five hundred that wait

Real sessions of ten agents, each held on an update of its own, and later fifty event streams of five people; in
milliseconds. A stream tells of changes at most ten times a second, which is what the last row waits for.

| what | p50 | p99 |
| --- | --- | --- |
${measured.crowd.join("\n")}

## Where the time goes

- A relay in Node that inspects nothing costs a third of the rate of a trivial select: two more writes and wake-ups for
  each statement. To that the gateway adds its own work: framing, facts and decision from their caches, digest, record.
- With the durable record a trivial select waits for one write through to the disk, into the journal, and for the two wake-ups
  between threads that go with it; the record of its outcome rides along with the next one. In the journal a record costs this
  thread 2 µs to check and to spell, and its frame 5 µs to encrypt and one call of the system.
- The log itself takes what one core seals and writes: 26 µs for each record, of which 3 are reading it, 17 its leaf (canonical
  form, three hashes, encryption of the payload), 1 the tree, the rest SQLite, without flushes. No caller waits for that unless
  2 MiB are behind.
- The next step, where there are more than two cores, is a second thread that seals before the one that commits. On two cores
  100,000 records a second would leave each 20 µs in all.

Not measured yet: bulk results, PgBouncer beside it, more than 16 clients.
`;
}
