/**
 * The long fuzz: mutated sessions and requests against both listeners, with a figure for everything.
 *
 *   npm run fuzz                                a million messages
 *   npm run fuzz -- --messages 50000 --seed 7   fewer, from another seed
 *
 * Fails on a crash, on an error that nobody expected, on an answer that never comes, and on anything that
 * reached the upstream undecided.
 */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runPostgresFuzz } from "../server/test/support/fuzz-postgres-run.ts";
import { seeded } from "../server/test/support/fuzz-random.ts";
import { startTestPostgres } from "../server/test/support/postgres.ts";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
  },
});
const messagesMin = Number(values.messages);
const random = seeded(Number(values.seed));

const samplesMin = 50;
const crashes: string[] = [];
process.on("uncaughtException", (error) => crashes.push(String(error.stack)));
process.on("unhandledRejection", (error) => crashes.push(String(error)));

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const heapBytes = () => {
  collect();
  return process.memoryUsage().heapUsed;
};

const delay = monitorEventLoopDelay();
delay.enable();
const started = performance.now();
const samples: { readonly messages: number; readonly bytes: number }[] = [];
const postgres = await startTestPostgres({ shop: false });
try {
  const figures = await runPostgresFuzz(postgres, messagesMin, random, (messages) => {
    const due = ((samples.length + 1) * messagesMin) / samplesMin;
    if (messages < due) return;
    samples.push({ messages, bytes: heapBytes() });
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stderr.write(
      `${messages} messages, ${seconds} s, heap ${mebibytes(heapBytes())} MiB\n`,
    );
  });
  report(figures);
} finally {
  await postgres.stop();
}
process.exit();

function report(figures: Awaited<ReturnType<typeof runPostgresFuzz>>): void {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const mean = (some: typeof samples) =>
    some.reduce((sum, { bytes }) => sum + bytes, 0) / some.length;
  const { violations, ...counts } = figures;
  console.log(
    JSON.stringify(
      {
        ...counts,
        seconds: Math.round((performance.now() - started) / 1000),
        heapFirstTenthMiB: mebibytes(mean(samples.slice(0, tenth))),
        heapLastTenthMiB: mebibytes(mean(samples.slice(-tenth))),
        residentMiB: mebibytes(process.memoryUsage.rss()),
        loopDelayMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
        crashes: crashes.length,
        violations: violations.length,
      },
      null,
      2,
    ),
  );
  for (const each of [...crashes, ...violations].slice(0, 20)) console.log(each);
  process.exitCode = crashes.length + violations.length === 0 ? 0 : 1;
}

function mebibytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 10) / 10;
}
