/** Has those in between take turns with calls of a tool, and makes rows for the page of what came of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "../load.ts";
import { rounds, seconds } from "../statements.ts";
import { measureCalls } from "./load.ts";
import {
  startHttpSubjects,
  startStdioSubjects,
  type ToolPath,
  type ToolSubject,
  type ToolSubjects,
} from "./subjects.ts";

interface Turn extends Load {
  /** CPU time of what is in between for each call, in microseconds. */
  readonly cpu: number | null;
}

interface CallCase {
  readonly name: string;
  readonly clients: number;
  readonly start: (folder: string) => Promise<ToolSubjects>;
  readonly budget: "added p50" | "share";
}

/** DESIGN §7. */
const addedMicrosMax = 50;
const shareMin = 0.5;
const clientCounts = [1, 16] as const;
const firstCount = 300;

const cases: readonly CallCase[] = clientCounts.flatMap((clients) => [
  {
    name: `call over HTTP, ${clients} client${clients === 1 ? "" : "s"}`,
    clients,
    start: startHttpSubjects,
    budget: clients === 1 ? ("added p50" as const) : ("share" as const),
  },
  {
    name: `call of a program's tool, ${clients} client${clients === 1 ? "" : "s"}`,
    clients,
    start: startStdioSubjects,
    budget: "share" as const,
  },
]);

export async function measureTools(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-tools-"));
  const rows: string[] = [];
  try {
    for (const start of [startHttpSubjects, startStdioSubjects]) {
      const subjects = await start(folder);
      try {
        for (const each of cases.filter((one) => one.start === start)) {
          rows.push(...(await measureCase(each, subjects.all)));
        }
      } finally {
        await subjects.stop();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

async function measureCase(
  each: CallCase,
  subjects: readonly ToolSubject[],
): Promise<readonly string[]> {
  const turns = new Map<ToolPath, Turn[]>();
  const counts = new Map<ToolPath, number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const { path, address, cpuMicros } of subjects) {
      const count = counts.get(path) ?? (await countFor(address, each.clients));
      counts.set(path, count);
      const before = await cpuMicros();
      const load = await measureCalls(address, each.clients, count);
      const after = await cpuMicros();
      const cpu = before === null || after === null ? null : (after - before) / count;
      // The first round warms caches and compilers up.
      if (round > 0) turns.set(path, [...(turns.get(path) ?? []), { ...load, cpu }]);
    }
  }
  process.stderr.write(`${each.name}\n`);
  const direct = turns.get("direct") ?? [];
  return subjects.map(({ path, title }) => rowOf(each, { path, title }, turns, direct));
}

/** How many calls take some `seconds`. */
async function countFor(address: ToolSubject["address"], clients: number): Promise<number> {
  const { rate } = await measureCalls(address, clients, firstCount);
  return Math.max(firstCount, Math.ceil(rate * seconds));
}

function rowOf(
  { name, budget }: CallCase,
  { path, title }: Pick<ToolSubject, "path" | "title">,
  turns: ReadonlyMap<ToolPath, readonly Turn[]>,
  direct: readonly Turn[],
): string {
  const own = turns.get(path) ?? [];
  const of = (pick: (turn: Turn, round: number) => number) => median(own.map(pick));
  const share = of(({ rate }, round) => rate / (direct[round]?.rate ?? 1));
  const added = of(({ p50 }, round) => p50 - (direct[round]?.p50 ?? 0));
  const isGateway = path === "volatile" || path === "durable";
  const isMet = budget === "share" ? share >= shareMin : added <= addedMicrosMax;
  const wanted = budget === "share" ? shareMin.toFixed(2) : `+${addedMicrosMax} µs`;
  const cells = [
    name,
    title,
    of(({ rate }) => rate).toFixed(0),
    path === "direct" ? "" : share.toFixed(2),
    isGateway ? `${wanted}: ${isMet ? "met" : "not met"}` : "",
    own[0]?.cpu === null ? "" : of(({ cpu }) => cpu ?? 0).toFixed(0),
    path === "direct" ? `(${of(({ p50 }) => p50).toFixed(0)})` : added.toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
