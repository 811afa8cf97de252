/** Has those in between take turns with calls of a tool, and makes rows for the page of what came of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "../load.ts";
import { rounds, seconds } from "../statements.ts";
import { warmUp } from "../warm-up.ts";
import { type Caller, measureCalls, openCallers } from "./load.ts";
import {
  type ServerKind,
  startHttpSubjects,
  startStdioSubjects,
  type ToolPath,
  type ToolSubject,
} from "./subjects.ts";

interface Turn extends Load {
  /** CPU time of what is in between for each call, in microseconds. */
  readonly cpu: number | null;
}

/** With as many callers as any case has; a program is started by the first of them, once for all cases. */
interface OpenSubject extends Pick<ToolSubject, "path" | "title" | "cpuMicros"> {
  readonly callers: readonly Caller[];
}

interface CallCase {
  readonly name: string;
  readonly clients: number;
  readonly budget: "added p50" | "share";
}

/** DESIGN §7. */
const addedMicrosMax = 50;
const shareMin = 0.5;
const clientCounts = [1, 16] as const;
const firstCount = 300;

const transports = [
  { name: "call over HTTP", start: startHttpSubjects },
  { name: "call of a program's tool", start: startStdioSubjects },
] as const;
const servers: readonly (readonly [ServerKind, string])[] = [
  ["typical", "typical server"],
  ["bare", "bare server"],
];

export async function measureTools(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-tools-"));
  const rows: string[] = [];
  try {
    for (const { name, start } of transports) {
      for (const [kind, server] of servers) {
        const subjects = await start(folder, kind);
        const open: OpenSubject[] = [];
        try {
          for (const each of subjects.all) open.push(await openSubject(each));
          for (const each of casesOf(`${name}, ${server}`, start === startHttpSubjects)) {
            rows.push(...(await measureCase(each, open)));
          }
        } finally {
          await Promise.all(open.flatMap(({ callers }) => callers.map(({ close }) => close())));
          await subjects.stop();
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

async function openSubject({ address, ...subject }: ToolSubject): Promise<OpenSubject> {
  const callers = await openCallers(address, Math.max(...clientCounts));
  await warmUp((count) => measureCalls(callers, count), firstCount);
  return { ...subject, callers };
}

/** Of a program the client's side is HTTP through the gateway alone, so that what is added to a pipe says little. */
function casesOf(name: string, isHttp: boolean): readonly CallCase[] {
  return clientCounts.map((clients) => ({
    name: `${name}, ${clients} client${clients === 1 ? "" : "s"}`,
    clients,
    budget: isHttp && clients === 1 ? "added p50" : "share",
  }));
}

async function measureCase(
  each: CallCase,
  subjects: readonly OpenSubject[],
): Promise<readonly string[]> {
  const turns = new Map<ToolPath, Turn[]>();
  const counts = new Map<ToolPath, number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const { path, cpuMicros, ...subject } of subjects) {
      const callers = subject.callers.slice(0, each.clients);
      const count = counts.get(path) ?? (await countFor(callers));
      counts.set(path, count);
      const before = await cpuMicros();
      const load = await measureCalls(callers, count);
      const after = await cpuMicros();
      const cpu = before === null || after === null ? null : (after - before) / count;
      // The first round is for what is new in this case.
      if (round > 0) turns.set(path, [...(turns.get(path) ?? []), { ...load, cpu }]);
    }
  }
  process.stderr.write(`${each.name}\n`);
  const direct = turns.get("direct") ?? [];
  return subjects.map(({ path, title }) => rowOf(each, { path, title }, turns, direct));
}

/** How many calls take some `seconds`. */
async function countFor(callers: readonly Caller[]): Promise<number> {
  const { rate } = await measureCalls(callers, firstCount);
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
  const relay = turns.get("relay") ?? [];
  const share = of(({ rate }, round) => rate / (direct[round]?.rate ?? 1));
  const ofRelay = of(({ rate }, round) => rate / (relay[round]?.rate ?? rate));
  const added = of(({ p50 }, round) => p50 - (direct[round]?.p50 ?? 0));
  const isMet = budget === "share" ? share >= shareMin : added <= addedMicrosMax;
  const wanted = budget === "share" ? shareMin.toFixed(2) : `+${addedMicrosMax} µs`;
  const cells = [
    name,
    title,
    of(({ rate }) => rate).toFixed(0),
    path === "direct" ? "" : share.toFixed(2),
    path === "direct" || path === "relay" ? "" : ofRelay.toFixed(2),
    path === "direct" ? "" : `${wanted}: ${isMet ? "met" : "not met"}`,
    own[0]?.cpu === null ? "" : of(({ cpu }) => cpu ?? 0).toFixed(0),
    path === "direct" ? `(${of(({ p50 }) => p50).toFixed(0)})` : added.toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
