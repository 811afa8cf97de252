/** The main thread's side, over workers that misbehave. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { createJournalCipher } from "#/audit/journal-cipher.ts";
import { createSpelling } from "#/audit/spell-record.ts";
import { systemClock } from "#/platform/clock.ts";
import { draft } from "#/store/conformance/fixtures.ts";
import { openSqliteStore } from "#/store/sqlite/client.ts";
import {
  pendingCharsMax,
  smallWriteCharsMax,
  verbsPendingMax,
} from "#/store/sqlite/pending-writes.ts";
import type { Store } from "#/store/store.ts";
import { temporaryFolder } from "./support/sqlite-store.ts";

const timeout = 120_000;

test("when the worker dies, nothing stays unanswered and the store is degraded", {
  timeout,
}, async () => {
  for (const death of ["process.exit(1)", "throw new Error('gone')"]) {
    const store = await openOver(`if (message.kind === "verbs") ${death};`);
    const waits = store.changesSince(0, new AbortController().signal);
    await rejectsAll("store.degraded", [waits, store.logHead()], [store.append([draft("a")])]);
    assert.deepEqual(store.status(), {
      state: "degraded",
      reason: "The store's thread has ended.",
    });
    await rejectsAll("store.degraded", [
      store.append([draft("b")]),
      store.logHead(),
      store.changesSince(0, new AbortController().signal),
    ]);
    await store.close();
  }
});

test("when the worker dies, what waits for room in the log is refused, and the store can be closed", {
  timeout,
}, async (t) => {
  const dir = temporaryFolder();
  t.after(() => fs.rmSync(dir, { recursive: true }));
  const journal = { ingested: 0, size: 0, salts: ["01".repeat(32), "02".repeat(32)] };
  const store = await openSqliteStore({
    writer: workerOf(
      'if (message.reads !== null && message.kind === "verbs") process.exit(1);',
      `parentPort.postMessage({ kind: "opened", changed: 0, journal: ${JSON.stringify(journal)} });`,
    ),
    writerData: null,
    clock: systemClock,
    journal: {
      dir,
      cipher: createJournalCipher(Buffer.alloc(32, 7)),
      spell: createSpelling(),
    },
  });
  // Together more than may be in the journal alone.
  const payload = { text: "x".repeat(50_000) };
  const appends = Array.from({ length: 80 }, (_, at) =>
    store.append([draft(`${at}`, { payload })]),
  );
  await appends[0];
  await assert.rejects(store.logHead(), { code: "store.degraded" });
  const outcomes = await Promise.allSettled(appends);
  const refused = outcomes.filter(({ status }) => status === "rejected").length;
  assert.ok(refused > 10 && refused < 80, `${refused} of ${outcomes.length} were refused`);
  await store.close();
});

test("more verbs, or more text, than the store takes are refused at once", {
  timeout,
}, async () => {
  const store = await openOver('if (message.kind === "close") process.exit();');
  const accepted = Array.from({ length: verbsPendingMax }, () => store.append([]));
  await assert.rejects(store.append([]), { code: "store.busy" });
  await Promise.all([store.close(), ...accepted.map((verb) => assert.rejects(verb))]);

  const other = await openOver('if (message.kind === "close") process.exit();');
  const large = draft("large", { payload: { text: "x".repeat(pendingCharsMax / 2) } });
  const first = other.append([large]);
  await assert.rejects(other.append([large]), { code: "store.busy" });
  await Promise.all([other.close(), assert.rejects(first)]);
});

test("large commands that fill the store's queue leave room for verdicts, up to a bound", {
  timeout,
}, async () => {
  const store = await openOver('if (message.kind === "close") process.exit();');
  const written = (chars: number) =>
    store.append([draft("one", { payload: { text: "x".repeat(chars) } })]);
  const large = [written(pendingCharsMax - 1000)];
  await assert.rejects(written(smallWriteCharsMax), { code: "store.busy" });
  let refused = 0;
  const small = Array.from({ length: 64 }, () =>
    written(smallWriteCharsMax - 1000).catch((error: { code: string }) => {
      if (error.code === "store.busy") refused += 1;
    }),
  );
  await new Promise(setImmediate);
  assert.ok(refused > 0 && refused < small.length, `${refused} refused`);
  await Promise.all([store.close(), ...small, ...large.map((verb) => assert.rejects(verb))]);
});

test("a store that can't be opened says why, and a thread that never serves is no store", {
  timeout,
}, async () => {
  const failure = { code: "store.in_use", message: "Taken.", details: { pid: 7 }, cause: null };
  const failed = `parentPort.postMessage({ kind: "failed", failure: ${JSON.stringify(failure)} });`;
  await assert.rejects(openOver("", failed), {
    code: "store.in_use",
    message: "Taken.",
    details: { pid: 7 },
  });
  await assert.rejects(openOver("", "throw new Error('broken module');"), /broken module/);
  await assert.rejects(openOver("", "process.exit(0);"), /ended before it served/);
});

const opens = 'parentPort.postMessage({ kind: "opened", changed: 0 });';

/** A store over a worker that runs these statements at its start and at each message. */
function openOver(onMessage: string, atStart = opens): Promise<Store> {
  const writer = workerOf(atStart === opens ? onMessage : null, atStart);
  return openSqliteStore({ writer, writerData: null, clock: systemClock, journal: null });
}

function workerOf(onMessage: string | null, atStart: string): URL {
  const source = `
    import { parentPort } from "node:worker_threads";
    ${onMessage === null ? "" : `parentPort.on("message", (message) => { ${onMessage} });`}
    ${atStart}`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

async function rejectsAll(
  code: string,
  verbs: readonly Promise<unknown>[],
  recordings: readonly Promise<unknown>[] = [],
): Promise<void> {
  await Promise.all([
    ...verbs.map((verb) => assert.rejects(verb, { code })),
    ...recordings.map((verb) => assert.rejects(verb, { code: "audit.recording_failed" })),
  ]);
}
