/**
 * The embedded store as the gateway sees it: the `Store` interface over an engine in a thread of its own, so
 * that the event loop never waits for a disk.
 *
 * Guarantees are those of `Store`; how they come about is the engine's (`engine.ts`) and the line's
 * (`link.ts`) matter.
 */
import { Worker } from "node:worker_threads";
import type { GatewayError } from "#/core/errors.ts";
import type { Store } from "#/store/store.ts";
import { type ChangeSignal, createChangeSignal } from "./change-signal.ts";
import { errorOf, failure } from "./failure.ts";
import { type Link, openLink } from "./link.ts";
import type { FromWorker } from "./worker.ts";

export interface SqliteStoreOptions {
  /** The module that serves the engine (`serveEngine`). */
  readonly writer: URL;
  /** Handed to that module as its `workerData`. */
  readonly writerData: unknown;
}

/** Reviews in one answer of `changesSince`. */
const changesMax = 1000;

export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const worker = new Worker(options.writer, { workerData: options.writerData, name: "store" });
  const changes = createChangeSignal(await opened(worker));
  const link: Link = openLink(worker, {
    changed: (change) => changes.moved(change),
    ended: () => changes.end(() => endedError(link)),
  });
  return storeOver(link, changes);
}

/** The number of the latest change, once the engine is open. Rejects with the reason why it can't be. */
async function opened(worker: Worker): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const onMessage = (message: FromWorker) => {
    if (message.kind === "opened") resolve(message.changed);
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

function endedError(link: Link): GatewayError {
  const code = link.status().state === "closed" ? "store.closed" : "store.degraded";
  return errorOf(failure(code));
}

function storeOver({ write, read, status, close }: Link, changes: ChangeSignal): Store {
  return {
    async append(records) {
      const wrote = await write({ verb: "append", records });
      return records.map((_, at) => ({ index: wrote.first + at, leafHash: wrote.leafHash(at) }));
    },
    openReview: async (review, openMax, records) =>
      (await write({ verb: "openReview", review, openMax, records })).answer,
    saveReview: async (review, records) =>
      (await write({ verb: "saveReview", review, records })).answer,
    review: (id) => read({ verb: "review", id }),
    reviews: (query) => read({ verb: "reviews", query }),
    detachedReviews: (joinKey) => read({ verb: "detachedReviews", joinKey }),
    dueReviews: (now, limit) => read({ verb: "dueReviews", now, limit }),
    unsettledReviews: () => read({ verb: "unsettledReviews" }),
    pendingCounts: (by, max) => read({ verb: "pendingCounts", by, max }),
    async beginExecution(execution, records) {
      await write({ verb: "beginExecution", execution, records });
    },
    async endExecution(action, records) {
      await write({ verb: "endExecution", action, records });
    },
    pendingExecutions: () => read({ verb: "pendingExecutions" }),
    async saveAgent(agent, records) {
      await write({ verb: "saveAgent", agent, records });
    },
    agents: () => read({ verb: "agents" }),
    personSince: async (person, now) =>
      (await write({ verb: "personSince", person, now, records: [] })).answer,
    async saveSignInLink(link, records) {
      await write({ verb: "saveSignInLink", link, records });
    },
    signInLink: (hash) => read({ verb: "signInLink", hash }),
    redeemSignInLink: async (hash, session, records) =>
      (await write({ verb: "redeemSignInLink", hash, session, records })).answer,
    signInSession: (hash) => read({ verb: "signInSession", hash }),
    async touchSignInSession(hash, idleUntil) {
      await write({ verb: "touchSignInSession", hash, idleUntil, records: [] });
    },
    endSignInSession: async (hash, records) =>
      (await write({ verb: "endSignInSession", hash, records })).answer,
    async purgeSignIns(sessionsBefore, linksBefore) {
      await write({ verb: "purgeSignIns", sessionsBefore, linksBefore, records: [] });
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
    status,
    close,
  };
}
