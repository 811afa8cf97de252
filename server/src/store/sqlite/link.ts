/**
 * The line to the worker: questions out in batches, answers back in the order of the questions.
 *
 * Guarantees that a write resolves only when the worker has made it durable, and that nothing stays
 * unanswered when the worker ends.
 */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { Worker } from "node:worker_threads";
import type { GatewayError } from "#/core/errors.ts";
import type { StoreStatus } from "#/store/store.ts";
import { errorOf, failure } from "./failure.ts";
import { assertJson } from "./json-check.ts";
import type {
  GroupOutcome,
  ReadAnswers,
  ReadOutcome,
  ReadVerb,
  WriteAnswers,
  WriteVerb,
} from "./verbs.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** Questions that wait for an answer, writes and reads each. Above: `store.busy`. */
export const verbsPendingMax = 16_384;
/** The text of the writes that wait, in UTF-16 code units. Above: `store.busy`. */
export const pendingCharsMax = 64 * 1024 * 1024;
/** A write of so little, such as a verdict, has room beyond it: a few large commands keep nobody from deciding. */
export const smallWriteCharsMax = 256 * 1024;
/** How much room that is. */
const smallWritesCharsMax = 8 * 1024 * 1024;

/**
 * As soon as so many writes have gathered they go out, so that the worker commits them while this thread
 * still makes the next ones. Measured: a fifth more throughput at 64 writers than one message for each turn.
 */
const batchVerbsMax = 32;

/** The verb's records stand from index `first` on. */
export interface Wrote<Answer> {
  readonly answer: Answer;
  readonly first: number;
  /** In hex, of the verb's so-manieth record. */
  readonly leafHash: (record: number) => string;
}

export interface Link {
  write<Verb extends WriteVerb>(verb: Verb): Promise<Wrote<WriteAnswers[Verb["verb"]]>>;
  read<Verb extends ReadVerb>(verb: Verb): Promise<ReadAnswers[Verb["verb"]]>;
  status(): StoreStatus;
  /** Answers what was asked before, then ends the worker. */
  close(): Promise<void>;
}

export interface LinkEvents {
  /** The number of the latest change of a review, as of a commit. */
  readonly changed: (change: number) => void;
  /** No change will ever be told again. */
  readonly ended: () => void;
}

interface PendingWrite {
  readonly chars: number;
  readonly resolve: (wrote: Wrote<never>) => void;
  readonly reject: (error: GatewayError) => void;
}
interface PendingRead {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: GatewayError) => void;
}

export function openLink(worker: Worker, events: LinkEvents): Link {
  let status: StoreStatus = { state: "ready" };
  let isAlive = true;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));

  let writesOut: string[] = [];
  let readsOut: string[] = [];
  let isScheduled = false;
  const writes: PendingWrite[] = [];
  const reads: PendingRead[] = [];
  let pendingChars = 0;

  worker.on("message", (message: FromWorker) => {
    switch (message.kind) {
      case "wrote":
        settleWrites(message.group);
        if (message.degraded !== null) degrade(message.degraded);
        events.changed(message.changed);
        return;
      case "read":
        settleReads(message.outcomes);
        return;
      case "degraded":
        degrade(message.reason);
        return;
      case "opened":
      case "failed":
        assert.fail("the worker opens once");
    }
  });
  let cause = "the store's thread has ended";
  // Followed by `exit`, which settles everything.
  worker.on("error", (error) => {
    cause = inspect(error);
  });
  worker.once("exit", () => {
    isAlive = false;
    degrade("The store's thread has ended.");
    for (const { reject } of writes.splice(0)) {
      reject(errorOf(failure("audit.recording_failed", cause)));
    }
    for (const { reject } of reads.splice(0)) reject(errorOf(failure("store.degraded", cause)));
    events.ended();
  });

  function degrade(reason: string): void {
    if (status.state === "ready") status = { state: "degraded", reason };
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    // What this turn of the event loop still asks goes out together.
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    if (writesOut.length === 0 && readsOut.length === 0) return;
    post({
      kind: "verbs",
      writes: writesOut.length === 0 ? null : `[${writesOut.join(",")}]`,
      reads: readsOut.length === 0 ? null : `[${readsOut.join(",")}]`,
    });
    writesOut = [];
    readsOut = [];
  }

  function post(message: ToWorker): void {
    worker.postMessage(message);
  }

  function settleWrites({ answers, records, failures, first, leafHashes }: GroupOutcome): void {
    let index = first;
    for (const [at, pending] of writes.splice(0, answers.length).entries()) {
      pendingChars -= pending.chars;
      const failed = failures[at] ?? null;
      if (failed !== null) {
        pending.reject(errorOf(failed));
        continue;
      }
      const offset = index - first;
      pending.resolve({
        answer: answers[at] as never,
        first: index,
        leafHash: (record) => leafHashes.slice((offset + record) * 64, (offset + record + 1) * 64),
      });
      index += records[at] ?? 0;
    }
  }

  function settleReads(outcomes: readonly ReadOutcome[]): void {
    for (const [at, pending] of reads.splice(0, outcomes.length).entries()) {
      const outcome = outcomes[at] as ReadOutcome;
      if ("failure" in outcome) pending.reject(errorOf(outcome.failure));
      else pending.resolve(outcome.answer as never);
    }
  }

  function write<Answer>(verb: WriteVerb): Promise<Wrote<Answer>> {
    if (status.state === "closed") return Promise.reject(errorOf(failure("store.closed")));
    if (status.state === "degraded") return Promise.reject(errorOf(failure("store.degraded")));
    assertJson(verb);
    const text = JSON.stringify(verb);
    const room = text.length > smallWriteCharsMax ? 0 : smallWritesCharsMax;
    if (writes.length >= verbsPendingMax || pendingChars + text.length > pendingCharsMax + room) {
      return Promise.reject(errorOf(failure("store.busy")));
    }
    writesOut.push(text);
    pendingChars += text.length;
    if (writesOut.length >= batchVerbsMax) flush();
    else schedule();
    return new Promise((resolve, reject) => {
      writes.push({ chars: text.length, resolve, reject });
    });
  }

  function read<Answer>(verb: ReadVerb): Promise<Answer> {
    if (status.state === "closed") return Promise.reject(errorOf(failure("store.closed")));
    if (!isAlive) return Promise.reject(errorOf(failure("store.degraded")));
    if (reads.length >= verbsPendingMax) return Promise.reject(errorOf(failure("store.busy")));
    assertJson(verb);
    readsOut.push(JSON.stringify(verb));
    schedule();
    return new Promise((resolve, reject) => {
      reads.push({ resolve, reject });
    });
  }

  return {
    write,
    read,
    status: () => status,
    async close() {
      if (status.state !== "closed") {
        status = { state: "closed" };
        flush();
        post({ kind: "close" });
        events.ended();
      }
      await exited;
    },
  };
}
