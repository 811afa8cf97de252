/**
 * The embedded store as the gateway sees it: the `Store` interface over an engine in a thread of its own, so
 * that the event loop never waits for a disk.
 *
 * Records that change nothing but which executions are under way are made durable by the journal (`journal/journal.ts`), from this thread, and come
 * into the log a moment later; whatever is asked or changed afterwards is sent behind them. The guarantees are
 * those of `Store`; how they come about is the engine's (`engine.ts`), the line's (`link.ts`) and the journal's
 * matter.
 */
import { Worker } from "node:worker_threads";
import { GatewayError } from "#/core/errors.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Ledger } from "#/store/ledger.ts";
import type { Store } from "#/store/store.ts";
import { type ChangeSignal, createChangeSignal } from "./change-signal.ts";
import type { JournalState } from "./engine.ts";
import { errorOf, failure } from "./failure.ts";
import { storeFiles } from "./folder.ts";
import type { JournalCipher } from "./journal/frames.ts";
import { createJournal, type Journal } from "./journal/journal.ts";
import { openSegmentFile, prepareSegmentFile, type SegmentFile } from "./journal/segment-file.ts";
import { type Link, openLink } from "./link.ts";
import { wayOfAppends, wayOfWrites } from "./way-of-records.ts";
import type { FromWorker } from "./worker.ts";

export interface SqliteStoreOptions {
  /** The module that serves the engine (`serveEngine`). */
  readonly writer: URL;
  /** Handed to that module as its `workerData`. */
  readonly writerData: unknown;
  readonly clock: Clock;
  /** Null: the engine alone makes everything durable. */
  readonly journal: {
    readonly dir: string;
    readonly cipher: JournalCipher;
    /** As the ledger spells them. */
    readonly spell: Ledger["spell"];
  } | null;
}

/** Reviews in one answer of `changesSince`. */
const changesMax = 1000;

export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { clock } = options;
  const worker = new Worker(options.writer, { workerData: options.writerData, name: "store" });
  const state = await opened(worker);
  const changes = createChangeSignal(state.changed);
  let journal: Journal | null = null;
  const link: Link = openLink(worker, clock, {
    changed: (change) => changes.moved(change),
    ingested: (frame, logSize) => journal?.ingested(frame, logSize),
    degraded: () => {
      journal?.abandon();
      // Whoever waits for a change has to hear that none comes.
      changes.stir();
    },
    ended: () => changes.end(() => errorOf(failure("store.degraded"))),
  });
  try {
    journal = await openJournal(options, state.journal, link);
  } catch (error) {
    await link.close();
    throw error;
  }
  const spell = options.journal?.spell ?? null;
  const write = wayOfWrites(link, spell);
  const append = wayOfAppends(link, write, journal, spell);
  return storeOver({ ...link, write }, append, journal, changes);
}

/** What the engine was opened with. Rejects with the reason why it can't be. */
async function opened(worker: Worker): Promise<FromWorker & { readonly kind: "opened" }> {
  const { promise, resolve, reject } = Promise.withResolvers<
    FromWorker & { readonly kind: "opened" }
  >();
  const onMessage = (message: FromWorker) => {
    if (message.kind === "opened") resolve(message);
    if (message.kind === "failed") reject(errorOf(message.failure));
  };
  const onExit = () => reject(new Error("the store's thread ended before it served"));
  worker.once("message", onMessage);
  worker.once("error", reject);
  worker.once("exit", onExit);
  try {
    return await promise;
  } finally {
    worker.off("error", reject);
    worker.off("exit", onExit);
  }
}

async function openJournal(
  { journal, clock }: SqliteStoreOptions,
  state: JournalState,
  link: Link,
): Promise<Journal | null> {
  if (journal === null) return null;
  return createJournal({
    files: await openSegments(journal.dir),
    cipher: journal.cipher,
    state,
    clock,
    durable: link.ingest,
    failed: link.degrade,
    async renew(segment, salt) {
      await link.write({ verb: "renewSegment", segment, salt, records: [] });
    },
  });
}

async function openSegments(dir: string): Promise<readonly SegmentFile[]> {
  const files = storeFiles(dir).journal;
  try {
    for (const file of files) await prepareSegmentFile(file);
    return files.map((file) => openSegmentFile(file));
  } catch (cause) {
    throw new GatewayError("store.unreadable", "The journal can't be prepared.", {
      details: { dir },
      cause,
    });
  }
}

function storeOver(
  link: Link,
  append: Store["append"],
  journal: Journal | null,
  changes: ChangeSignal,
): Store {
  let isClosed = false;
  const whileOpen = <Answer>(act: () => Promise<Answer>): Promise<Answer> =>
    isClosed ? Promise.reject(errorOf(failure("store.closed"))) : act();
  const write: Link["write"] = (verb) => whileOpen(() => link.write(verb));
  const read: Link["read"] = (verb) => whileOpen(() => link.read(verb));
  return {
    append: (records) => whileOpen(() => append(records)),
    openReview: (review, openMax, records) =>
      write({ verb: "openReview", review, openMax, records }),
    saveReview: (review, records) => write({ verb: "saveReview", review, records }),
    review: (id) => read({ verb: "review", id }),
    reviews: (query) => read({ verb: "reviews", query }),
    detachedReviews: (joinKey) => read({ verb: "detachedReviews", joinKey }),
    deniedReview: (joinKey) => read({ verb: "deniedReview", joinKey }),
    unknownRun: (joinKey) => read({ verb: "unknownRun", joinKey }),
    dueReviews: (now, limit) => read({ verb: "dueReviews", now, limit }),
    openReviews: (connection) => read({ verb: "openReviews", connection }),
    unsettledReviews: () => read({ verb: "unsettledReviews" }),
    reviewStates: (ids) => read({ verb: "reviewStates", ids }),
    pendingCounts: (by, max) => read({ verb: "pendingCounts", by, max }),
    pendingExecutions: () => read({ verb: "pendingExecutions" }),
    async saveAgent(agent, records) {
      await write({ verb: "saveAgent", agent, records });
    },
    agents: () => read({ verb: "agents" }),
    personSince: (person, now) => write({ verb: "personSince", person, now, records: [] }),
    async saveSignInLink(made, records) {
      await write({ verb: "saveSignInLink", link: made, records });
    },
    signInLink: (hash) => read({ verb: "signInLink", hash }),
    redeemSignInLink: (hash, session, records) =>
      write({ verb: "redeemSignInLink", hash, session, records }),
    signInSession: (hash) => read({ verb: "signInSession", hash }),
    async touchSignInSession(hash, idleUntil) {
      await write({ verb: "touchSignInSession", hash, idleUntil, records: [] });
    },
    endSignInSession: (hash, records) => write({ verb: "endSignInSession", hash, records }),
    async purgeSignIns(sessionsBefore, linksBefore) {
      await write({ verb: "purgeSignIns", sessionsBefore, linksBefore, records: [] });
    },
    openVault: (fresh, now, vaultsMax) =>
      write({ verb: "openVault", fresh, now, openMax: vaultsMax, records: [] }),
    pseudonyms: (scope, after, limit) => read({ verb: "pseudonyms", scope, after, limit }),
    saveTool: (tool, records) => write({ verb: "saveTool", tool, records }),
    tools: (connection) => read({ verb: "tools", connection }),
    addPseudonyms: (addition) => write({ verb: "addPseudonyms", addition, records: [] }),
    async endVaults(now) {
      await write({ verb: "endVaults", now, records: [] });
    },
    async keepLabels(kept) {
      await write({ verb: "keepLabels", kept, records: [] });
    },
    keptLabels: (after, limit) => read({ verb: "keptLabels", after, limit }),
    async forgetLabels(before) {
      await write({ verb: "forgetLabels", before, records: [] });
    },
    logHead: () => read({ verb: "logHead" }),
    records: (from, limit) => read({ verb: "records", from, limit }),
    recordsOfAction: (action, limit) => read({ verb: "recordsOfAction", action, limit }),
    actionRecords: (query) => read({ verb: "actionRecords", query }),
    latestExecutions: (actions) => read({ verb: "latestExecutions", actions }),
    policyActivation: (policySet) => read({ verb: "policyActivation", policySet }),
    nodes: (addresses) => read({ verb: "nodes", addresses }),
    payloads: (indexes) => read({ verb: "payloads", indexes }),
    latestChange: () => read({ verb: "latestChange" }),
    async changesSince(cursor, signal) {
      // Known numbers only grow, so whatever is committed after this look ends the wait.
      await changes.after(cursor, signal);
      if (signal.aborted) return { cursor, reviews: [] };
      return await read({ verb: "changes", cursor, limit: changesMax });
    },
    status: () => (isClosed ? { state: "closed" } : link.status()),
    async close() {
      if (!isClosed) {
        isClosed = true;
        changes.end(() => errorOf(failure("store.closed")));
        await journal?.close();
      }
      await link.close();
    },
  };
}
