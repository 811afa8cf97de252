/**
 * The long fuzz: mutated sessions and requests against both listeners, with a figure for everything.
 *
 *   npm run fuzz                                                 a million messages, 200,000 requests
 *   npm run fuzz -- --messages 50000 --requests 0 --seed 7       less, from another seed
 *
 * Fails on a crash, on an error that nobody expected, on an answer that never comes or is no answer, and on
 * anything that reached the upstream undecided.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runHttpFuzz } from "../server/test/support/fuzz-http-run.ts";
import { runPostgresFuzz } from "../server/test/support/fuzz-postgres-run.ts";
import { seeded } from "../server/test/support/fuzz-random.ts";
import { startTestPostgres } from "../server/test/support/postgres.ts";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "1000000" },
    requests: { type: "string", default: "200000" },
    seed: { type: "string", default: "1" },
  },
});

/** How often the heap is looked at in a run. */
const samplesMin = 50;
const crashes: string[] = [];
process.on("uncaughtException", (error) => crashes.push(String(error.stack)));
process.on("unhandledRejection", (error) => crashes.push(String(error)));
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Figures {
  readonly violations: readonly string[];
}

const seed = Number(values.seed);
const messagesMin = Number(values.messages);
if (messagesMin > 0) {
  const postgres = await startTestPostgres({ shop: false });
  try {
    await measure("postgres", messagesMin, (onRound) =>
      runPostgresFuzz(postgres, messagesMin, seeded(seed), onRound),
    );
  } finally {
    await postgres.stop();
  }
}
const requestsMin = Number(values.requests);
if (requestsMin > 0) {
  await measure("http", requestsMin, (onRound) => runHttpFuzz(requestsMin, seeded(seed), onRound));
}
process.exit();

async function measure(
  name: string,
  countMin: number,
  run: (onRound: (count: number) => void) => Promise<Figures>,
): Promise<void> {
  const delay = monitorEventLoopDelay();
  delay.enable();
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const heap: number[] = [];
  const { violations, ...counts } = await run((count) => {
    if (count < ((heap.length + 1) * countMin) / samplesMin) return;
    collect();
    heap.push(process.memoryUsage().heapUsed);
    const now = mebibytes(heap.at(-1) ?? 0);
    process.stderr.write(`${name}: ${count}, ${seconds()} s, heap ${now} MiB\n`);
    // An upstream that is gone, for one, ends the run.
  }).catch((error: unknown) => ({ violations: [String(error)] }));
  const tenth = Math.max(1, Math.floor(heap.length / 10));
  const mean = (some: readonly number[]) =>
    mebibytes(some.reduce((sum, bytes) => sum + bytes, 0) / some.length);
  const figures = {
    ...counts,
    seed,
    seconds: seconds(),
    heapFirstTenthMiB: mean(heap.slice(0, tenth)),
    heapLastTenthMiB: mean(heap.slice(-tenth)),
    residentMiB: mebibytes(process.memoryUsage.rss()),
    loopDelayMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
    crashes: crashes.length,
    violations: violations.length,
  };
  console.log(`${name}: ${JSON.stringify(figures, null, 2)}`);
  for (const each of [...crashes, ...violations].slice(0, 20)) console.log(each);
  if (crashes.length + violations.length > 0) process.exitCode = 1;
}

function mebibytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 10) / 10;
}
