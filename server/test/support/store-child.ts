/**
 * A process that writes to a store and says on standard output what was acknowledged, a line each, only once
 * it was. Run as `node store-child.ts FOLDER WORK COUNT`.
 */
import fs from "node:fs";
import { GatewayError } from "#/core/errors.ts";
import { manualClock, systemClock } from "#/platform/clock.ts";
import { draft, pendingReview } from "#/store/conformance/fixtures.ts";
import type { Store } from "#/store/store.ts";
import { openFolder } from "./sqlite-store.ts";

const [dir = "", work = "", count = "0"] = process.argv.slice(2);

/** At once, not when the event loop comes to it; where the reader is behind, as soon as it has caught up. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

type Change = (store: Store, name: string) => Promise<void>;

/** Three records by the journal, … */
const append: Change = (store, name) => store.append([draft(name), draft(name), draft(name)]);

/** … and three with a change, by the engine. */
const change: Change = (store, name) => {
  const agent = { name, owner: null, scramVerifier: "", tokenHash: "", createdAt: 0 };
  return store.saveAgent(agent, [draft(name), draft(name), draft(name)]);
};

/** Two at a time until that fails; then what is still possible, and whether whoever waits for a change has heard. */
async function untilFailure(store: Store, turnsMax: number, act: Change): Promise<void> {
  const waited = store.changesSince(Number.MAX_SAFE_INTEGER, new AbortController().signal);
  for (let turn = 0; turn < turnsMax; turn += 1) {
    const [first, second] = await Promise.allSettled(["x", "y"].map((name) => act(store, name)));
    if (first?.status === "rejected" && second?.status === "rejected") {
      say(`failed ${codeOf(first.reason)} ${codeOf(second.reason)}`);
      say(`again ${await act(store, "z").then(() => "done", codeOf)}`);
      say(`size ${(await store.logHead()).size}`);
      say(`status ${store.status().state}`);
      say(`told ${(await waited).reviews.length} changes`);
      process.kill(process.pid, "SIGKILL");
    }
    say(`acknowledged ${turn + 1}`);
  }
}

async function sequential(store: Store, verbs: number, act: Change): Promise<void> {
  for (let verb = 0; verb < verbs; verb += 1) await act(store, `${verb}`);
  say("done");
}

async function parallel(store: Store, rounds: number, act: Change): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({ length: 64 }, (_, at) => act(store, `${at}`)));
  }
  say("done");
}

const works: Readonly<Record<string, (store: Store, count: number) => Promise<void>>> = {
  /** One after the other; and 64 at a time. */
  sequentialAppends: (store, verbs) => sequential(store, verbs, append),
  sequentialChanges: (store, verbs) => sequential(store, verbs, change),
  parallelAppends: (store, rounds) => parallel(store, rounds, append),
  parallelChanges: (store, rounds) => parallel(store, rounds, change),
  appendsUntilFailure: (store, turnsMax) => untilFailure(store, turnsMax, append),
  changesUntilFailure: (store, turnsMax) => untilFailure(store, turnsMax, change),
  /** Reviews with two records each, and records alone, until it is killed. */
  async mixed(store, writers) {
    const run = async (writer: number) => {
      for (let turn = 0; ; turn += 1) {
        const name = `${process.pid}-${writer}-${turn}`;
        const opening = [draft(`${name}-a`), draft(`${name}-b`)];
        await store.openReview(pendingReview(name), Number.MAX_SAFE_INTEGER, opening);
        say(`review ${name}`);
        await store.append([draft(`${name}-c`), draft(`${name}-d`)]);
        say(`record ${name}`);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
  },
  /** Records alone, so large that a segment of the journal is soon full, until it is killed. */
  async many(store, writers) {
    const payload = { command: "x".repeat(20_000) };
    const run = async (writer: number) => {
      for (let turn = 0; ; turn += 1) {
        const name = `${process.pid}-${writer}-${turn}`;
        await store.append([draft(name, { payload })]);
        say(name);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
  },
  /** So many appends that are acknowledged and, by a clock that stands still, not in the log. */
  async journaled(store, verbs) {
    for (let verb = 0; verb < verbs; verb += 1) {
      await store.append([draft(`journaled-${verb}`)]);
      say(`acknowledged ${verb}`);
    }
    await new Promise(() => process.stdin.resume());
  },
  /** The same, of executions: all begin, and every third ends, for some in the same append. */
  async executions(store, verbs) {
    for (let verb = 0; verb < verbs; verb += 1) {
      const begun = draft(`${verb}`, { at: verb, execution: "begun" });
      const ended = draft(`${verb - 1}`, { execution: "ended" });
      await store.append(verb % 3 === 1 ? [ended, begun] : [begun]);
      say(`acknowledged ${verb}`);
    }
    await new Promise(() => process.stdin.resume());
  },
  async hold() {
    say("open");
    await new Promise(() => process.stdin.resume());
  },
};

function codeOf(error: unknown): string {
  return error instanceof GatewayError ? error.code : String(error);
}

const isStill = work === "journaled" || work === "executions";
const store = await openFolder(dir, isStill ? manualClock(0) : systemClock);
await works[work]?.(store, Number(count));
await store.close();
