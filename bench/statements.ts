/** Has the subjects take turns with each case, and makes rows for the page of what came of it. */
import {
  bulkCases,
  type Protocol,
  type StatementCase,
  type SubjectName,
  statementCases,
} from "./cases.ts";
import { type Load, measure } from "./load.ts";
import { measureByPgbench, pgbenchVersion } from "./pgbench.ts";
import type { Subject } from "./subjects.ts";
import { warmUp } from "./warm-up.ts";

export interface StatementRows {
  readonly statements: readonly string[];
  readonly bulk: readonly string[];
  /** How the loader of our own compares; null where there is nothing to compare it with. */
  readonly loaderCheck: string | null;
}

export const rounds = 3;
export const seconds = 1;
const bulkCount = 2;
/** For each client. */
const firstCount = 100;
const warmUpClients = 8;

interface Turn extends Load {
  /** CPU time of the subject for each statement, in microseconds. */
  readonly cpu: number | null;
}

type Measure = (url: string, each: StatementCase, count: number) => Promise<Load>;

export async function measureStatements(subjects: readonly Subject[]): Promise<StatementRows> {
  const hasPgbench = pgbenchVersion() !== null;
  const load = hasPgbench ? measureByPgbench : measure;
  const statements: string[] = [];
  const warm = new Set<Protocol>();
  for (const each of statementCases) {
    if (!warm.has(each.protocol)) await warmAllUp(subjects, each, load);
    warm.add(each.protocol);
    const turns = await takeTurns(subjects, each, load, countWithin(load));
    statements.push(...subjectRows(subjects, each, turns, ({ rate }) => rate.toFixed(0)));
  }
  const bulk: string[] = [];
  for (const each of bulkCases) {
    const turns = await takeTurns(subjects, each, measure, async () => bulkCount);
    bulk.push(...subjectRows(subjects, each, turns, megabytes));
  }
  const loaderCheck = hasPgbench ? await compareLoaders(subjects[0]) : null;
  return { statements, bulk, loaderCheck };
}

/** Once for each protocol: its first case is one that all its subjects are part of. */
async function warmAllUp(
  subjects: readonly Subject[],
  first: StatementCase,
  load: Measure,
): Promise<void> {
  const each = { ...first, clients: warmUpClients };
  for (const { name, url } of subjects) {
    if (!each.subjects.includes(name)) continue;
    await warmUp((count) => load(url, each, count), firstCount * warmUpClients);
  }
}

async function takeTurns(
  subjects: readonly Subject[],
  each: StatementCase,
  load: Measure,
  countFor: (url: string, each: StatementCase) => Promise<number>,
): Promise<ReadonlyMap<SubjectName, readonly Turn[]>> {
  const turns = new Map<SubjectName, Turn[]>();
  const counts = new Map<SubjectName, number>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, url, cpuMicros } of subjects) {
      if (!each.subjects.includes(name)) continue;
      const count = counts.get(name) ?? (await countFor(url, each));
      counts.set(name, count);
      const before = await cpuMicros();
      const taken = await load(url, each, count);
      const after = await cpuMicros();
      const cpu = before === null || after === null ? null : (after - before) / taken.count;
      // The first round is for what is new in this case.
      if (round > 0) turns.set(name, [...(turns.get(name) ?? []), { ...taken, cpu }]);
    }
  }
  process.stderr.write(`${each.name}\n`);
  return turns;
}

/** How many statements take some `seconds`. Counted, because pgbench's own limit of time begins before it has connected. */
function countWithin(load: Measure): (url: string, each: StatementCase) => Promise<number> {
  return async (url, each) => {
    const { rate } = await load(url, each, firstCount * each.clients);
    return Math.ceil(rate * seconds);
  };
}

function subjectRows(
  subjects: readonly Subject[],
  each: StatementCase,
  turns: ReadonlyMap<SubjectName, readonly Turn[]>,
  rateOf: (load: Load) => string,
): readonly string[] {
  const direct = turns.get("direct") ?? [];
  const bouncer = turns.get("bouncer");
  const relay = turns.get("relay");
  return subjects.flatMap(({ name, title }) => {
    const own = turns.get(name);
    if (own === undefined) return [];
    const middle = own.toSorted((a, b) => a.rate - b.rate)[Math.floor(own.length / 2)];
    const of = (pick: (turn: Turn, round: number) => number) => median(own.map(pick));
    const share = ratio(own, direct);
    const added = (at: "p50" | "p99") =>
      of((turn, round) => turn[at] - (direct[round]?.[at] ?? 0)).toFixed(0);
    const isDirect = name === "direct";
    const cells = [
      each.name,
      title,
      middle === undefined ? "" : rateOf(middle),
      isDirect ? "" : share.toFixed(2),
      isDirect || name === "bouncer" || bouncer === undefined ? "" : ratio(own, bouncer).toFixed(2),
      isDirect || name === "relay" || relay === undefined ? "" : ratio(own, relay).toFixed(2),
      isDirect ? "" : budgetOf(each.budgets[name], share),
      name !== "volatile" || relay === undefined
        ? ""
        : budgetOf(each.relayBudget ?? undefined, ratio(own, relay)),
      own[0]?.cpu === null ? "" : of(({ cpu }) => cpu ?? 0).toFixed(0),
      isDirect ? `(${of(({ p50 }) => p50).toFixed(0)})` : added("p50"),
      isDirect ? `(${of(({ p99 }) => p99).toFixed(0)})` : added("p99"),
    ];
    return [`| ${cells.join(" | ")} |`];
  });
}

/** Round by round, so that a machine whose speed drifts changes both. */
function ratio(own: readonly Turn[], others: readonly Turn[]): number {
  return median(own.map(({ rate }, round) => rate / (others[round]?.rate ?? rate)));
}

function budgetOf(budget: number | undefined, share: number): string {
  if (budget === undefined) return "";
  return `${budget.toFixed(2)}: ${share >= budget ? "met" : "not met"}`;
}

function megabytes({ rate, bytes, count }: Load): string {
  return `${((rate * (bytes / count)) / 1e6).toFixed(0)} MB/s`;
}

async function compareLoaders(direct: Subject | undefined): Promise<string | null> {
  const each = statementCases[0];
  if (direct === undefined || each === undefined) return null;
  const count = await countWithin(measure)(direct.url, each);
  const shares: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const own = await measure(direct.url, each, count);
    const other = await measureByPgbench(direct.url, each, count);
    if (round > 0) shares.push(own.rate / other.rate);
  }
  return median(shares).toFixed(2);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
