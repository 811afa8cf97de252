/**
 * What a search through the history costs, and what it costs those who write meanwhile: rows for the page.
 *
 *   node bench/history.ts      prints them alone
 *
 * The log is long and nothing in it is what is searched for, which is the worst that can be asked.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHistory, type History } from "../server/src/audit/history.ts";
import { loadKeys } from "../server/src/audit/keys.ts";
import type { RecordDraft } from "../server/src/core/record.ts";
import { openEmbeddedStore } from "../server/src/embedded-store.ts";
import { systemClock } from "../server/src/platform/clock.ts";
import type { Store } from "../server/src/store/store.ts";
import type { ActionRecordsQuery } from "../server/src/store/stored.ts";
import { decidedRecord, digest } from "./decided-record.ts";

const logRecords = 200_000;
const batchRecords = 1000;
const appendsAlone = 300;
const searches = 3;
const firstPages = 50;

type Filter = Pick<ActionRecordsQuery, "decision" | "connection">;
const nothing: Filter = { decision: null, connection: "nowhere" };

export async function measureHistory(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-history-"));
  const keys = loadKeys(folder);
  const store = await openEmbeddedStore(folder, keys, systemClock);
  try {
    for (let at = 0; at < logRecords; at += batchRecords) {
      await store.append(Array.from({ length: batchRecords }, (_, offset) => decided(at + offset)));
    }
    const history = createHistory(store, keys.payloadKey, () => digest);
    const calls = await everyCall(store);
    const alone = await repeated(appendsAlone, () => store.append([decided(logRecords)]));
    const beside = await appendsBeside(store, async () => {
      const times: number[] = [];
      for (let round = 0; round < searches; round += 1) times.push(...(await everyPage(history)));
      return times;
    });
    const rare = await repeated(firstPages, () =>
      firstPage(history, { ...nothing, decision: "deny" }),
    );
    const first = await repeated(firstPages, () =>
      firstPage(history, { decision: null, connection: null }),
    );
    return [
      row("one call of the store, 1,000 records looked at: so long a commit may wait", calls),
      row("one request that finds nothing, 20,000 records looked at, beside a writer", beside.work),
      row("one append alone", alone),
      row("one append beside such requests", beside.appends),
      row("denied actions in the whole log, none found", rare),
      row("the newest 50 actions", first),
    ];
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const facts = {
  kinds: ["select"],
  reads: ["customers"],
  writes: [],
  functions: [],
  filtered: true,
  maskedUse: false,
  opaque: null,
};

function decided(at: number): RecordDraft {
  const command = `select * from customers where id = ${at}`;
  return decidedRecord(at, "importer", { command, parameters: [], facts });
}

async function everyCall(store: Store): Promise<readonly number[]> {
  const times: number[] = [];
  for (let before: number | null = null; ; ) {
    const query = { ...nothing, principal: null, asker: null, verb: null, before, limit: 50 };
    const start = performance.now();
    const { next } = await store.actionRecords(query);
    times.push(performance.now() - start);
    if (next === null) return times;
    before = next;
  }
}

async function everyPage(history: History): Promise<readonly number[]> {
  const times: number[] = [];
  for (let before: number | null = null; ; ) {
    const start = performance.now();
    const { next } = await firstPage(history, nothing, before);
    times.push(performance.now() - start);
    if (next === null) return times;
    before = next;
  }
}

function firstPage(history: History, filter: Filter, before: number | null = null) {
  return history.page({ ...filter, principal: null, asker: null, verb: null, before, limit: 50 });
}

/** One writer that waits for each of its records, while the work goes on. */
async function appendsBeside(store: Store, work: () => Promise<readonly number[]>) {
  const appends: number[] = [];
  const ended = new AbortController();
  const writer = (async () => {
    while (!ended.signal.aborted) {
      appends.push(...(await repeated(1, () => store.append([decided(logRecords)]))));
    }
  })();
  const times = await work();
  ended.abort();
  await writer;
  return { appends, work: times };
}

async function repeated(count: number, act: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const start = performance.now();
    await act();
    times.push(performance.now() - start);
  }
  return times;
}

function row(what: string, times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(1);
  return `| ${what} | ${at(0.5)} | ${at(0.99)} |`;
}

if (import.meta.main) console.log((await measureHistory()).join("\n"));
