/**
 * What a durable record costs: through the journal, and by the store's thread alone, in turns.
 *
 *   node bench/records.ts      prints the rows
 *
 * Each writer waits for its record before it appends the next. "In the log" counts until the last one stands in the
 * tree, which is what the log sustains. On a machine that others use, the processor's time and the ratios are what to
 * compare.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadKeys } from "../server/src/audit/keys.ts";
import type { RecordDraft } from "../server/src/core/record.ts";
import { openEmbeddedStore } from "../server/src/embedded-store.ts";
import { systemClock } from "../server/src/platform/clock.ts";
import { pendingReview } from "../server/src/store/conformance/fixtures.ts";
import type { Store } from "../server/src/store/store.ts";
import { decidedRecord, digest } from "./decided-record.ts";

const rounds = 5;
const cases = [
  { writers: 1, records: 5000 },
  { writers: 64, records: 60_000 },
] as const;
const largeChars = 15_000_000;
const floodMs = 5000;

interface Costs {
  /** Records a second, until acknowledged and until in the log. */
  readonly acknowledged: number;
  readonly logged: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the processor, for each record: of this thread, and of all. */
  readonly thread: number;
  readonly process: number;
  /** The share of time in which this thread's event loop works. */
  readonly busy: number;
}

/** Rows for the page. */
export async function measureRecords(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-records-"));
  const store = await openEmbeddedStore(folder, loadKeys(folder), systemClock);
  const ways = [
    { name: "through the journal", append: store.append },
    { name: "by the store's thread alone", append: withChange(store) },
  ] as const;
  const rows: string[] = [];
  try {
    for (const each of cases) {
      const measured = ways.map((): Costs[] => []);
      for (let round = 0; round <= rounds; round += 1) {
        for (const [way, { append }] of ways.entries()) {
          const costs = await run(store, append, each);
          // The first round warms caches and compilers up.
          if (round > 0) measured[way]?.push(costs);
        }
      }
      for (const [way, { name }] of ways.entries()) {
        rows.push(present(each.writers, name, measured[way] ?? []));
      }
    }
    return rows;
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How long others wait beside one agent that keeps sending what is as large as a statement may be. */
export async function measureFlood(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-flood-"));
  const store = await openEmbeddedStore(folder, loadKeys(folder), systemClock);
  try {
    const alone = await besides(store, async () => {
      await new Promise((resolve) => setTimeout(resolve, floodMs / 5));
    });
    const end = performance.now() + floodMs;
    let large = 0;
    const flooded = await besides(store, async () => {
      const writer = async () => {
        while (performance.now() < end) {
          await store.append([decided(0, "flood", "x".repeat(largeChars))]);
          large += 1;
        }
      };
      await Promise.all([writer(), writer(), writer()]);
    });
    return [
      `| nothing else | ${spread(alone.records)} | ${spread(alone.verdicts)} |`,
      `| three writers of 15 MB each, ${large} in ${floodMs / 1000} s | ${spread(flooded.records)} | ${spread(flooded.verdicts)} |`,
    ];
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same records with the smallest change there is, as everything was written before there was a journal. */
function withChange(store: Store): Store["append"] {
  const agent = { name: "a", owner: null, scramVerifier: "", tokenHash: "", createdAt: 0 };
  return (records) => store.saveAgent(agent, records);
}

async function run(
  store: Store,
  append: Store["append"],
  { writers, records }: (typeof cases)[number],
): Promise<Costs> {
  const latencies: number[] = [];
  let left = records;
  const loop = performance.eventLoopUtilization();
  const processStart = process.cpuUsage();
  const threadStart = process.threadCpuUsage();
  const start = performance.now();
  const writer = async () => {
    while (left > 0) {
      left -= 1;
      const record = decided(left, "importer", `select * from customers where id = ${left}`);
      const sent = performance.now();
      await append([record]);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  const acknowledged = performance.now();
  await store.logHead();
  const logged = performance.now();
  const micros = ({ user, system }: NodeJS.CpuUsage) => (user + system) / records;
  const sorted = latencies.toSorted((one, other) => one - other);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0) * 1000;
  return {
    acknowledged: (records / (acknowledged - start)) * 1000,
    logged: (records / (logged - start)) * 1000,
    p50: at(0.5),
    p99: at(0.99),
    thread: micros(process.threadCpuUsage(threadStart)),
    process: micros(process.cpuUsage(processStart)),
    busy: performance.eventLoopUtilization(loop).utilization,
  };
}

/** One writer of small records, and one of verdicts, each waiting for its last, while the work goes on. */
async function besides(store: Store, work: () => Promise<void>) {
  const ended = new AbortController();
  const records: number[] = [];
  const verdicts: number[] = [];
  const repeat = async (times: number[], act: (turn: number) => Promise<unknown>) => {
    for (let turn = 0; !ended.signal.aborted; turn += 1) {
      const start = performance.now();
      await act(turn);
      times.push(performance.now() - start);
    }
  };
  const review = pendingReview(`beside-${performance.now()}`);
  await store.openReview(review, 10, []);
  const others = [
    repeat(records, (turn) => store.append([decided(turn, "other", "select 1")])),
    repeat(verdicts, (turn) => store.saveReview({ ...review, version: turn + 2 }, [])),
  ];
  await work();
  ended.abort();
  await Promise.all(others);
  return { records, verdicts };
}

function decided(at: number, agent: string, command: string): RecordDraft {
  return decidedRecord(at, agent, {
    command,
    database: "shop",
    endpoint: "db.example:5432",
    facts: {
      filtered: true,
      functions: [],
      kinds: ["select"],
      opaque: null,
      reads: ["public.customers"],
      writes: [],
    },
    fingerprint: null,
    onBehalfOf: null,
    parameters: [],
    principal: agent,
    role: "app",
    salt: digest,
    session: "session_1",
  });
}

function present(writers: number, name: string, costs: readonly Costs[]): string {
  const median = (pick: (cost: Costs) => number) =>
    costs.map(pick).toSorted((one, other) => one - other)[Math.floor(costs.length / 2)] ?? 0;
  const cells = [
    writers,
    name,
    median(({ acknowledged }) => acknowledged).toFixed(0),
    median(({ logged }) => logged).toFixed(0),
    median(({ p50 }) => p50).toFixed(0),
    median(({ p99 }) => p99).toFixed(0),
    median(({ thread }) => thread).toFixed(1),
    median((cost) => cost.process).toFixed(1),
    median(({ busy }) => busy).toFixed(2),
  ];
  return `| ${cells.join(" | ")} |`;
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return [at(0.5), at(0.99), at(1)].join(" | ");
}

if (import.meta.main) {
  console.log((await measureRecords()).join("\n"));
  console.log((await measureFlood()).join("\n"));
}
