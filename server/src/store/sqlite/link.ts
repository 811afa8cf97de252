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
import type { Clock } from "#/platform/clock.ts";
import type { RecordText } from "#/store/ledger.ts";
import type { StoreStatus } from "#/store/stored.ts";
import { errorOf, failure } from "./failure.ts";
import type { Frame } from "./journal/frames.ts";
import { gatherFrames } from "./journal/journaled-frames.ts";
import { assertJson } from "./json-check.ts";
import { createPendingWrites, type OutgoingWrite, verbsPendingMax } from "./pending-writes.ts";
import { packAlone } from "./record-bytes.ts";
import { askerOf } from "./turns.ts";
import type { ReadAnswers, ReadOutcome, ReadVerb, WriteAnswers, WriteVerb } from "./verbs.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/**
 * As soon as so many writes have gathered they go out, so that the worker commits them while this thread
 * still makes the next ones. Measured: a fifth more throughput at 64 writers than one message for each turn.
 */
const batchVerbsMax = 32;

/** How long what is journaled may wait until it is sent, unless something is asked before. */
const ingestDelayMs = 100;
/** What waits for it. More is sent at once. */
const ingestBytesMax = 512 * 1024;

export interface Link {
  write<Verb extends WriteVerb>(verb: Verb): Promise<WriteAnswers[Verb["verb"]]>;
  /** The same, with its records as text: long ones are spelled, copied and read over but once so. */
  writeSpelled<Verb extends WriteVerb>(
    verb: Verb,
    texts: readonly RecordText[],
  ): Promise<WriteAnswers[Verb["verb"]]>;
  read<Verb extends ReadVerb>(verb: Verb): Promise<ReadAnswers[Verb["verb"]]>;
  /** Sends what is durable already, before whatever is written or read from now on. */
  ingest(frame: Frame): void;
  status(): StoreStatus;
  /** From now on every change is refused. */
  degrade(reason: string): void;
  /** Answers what was asked before, then ends the worker. */
  close(): Promise<void>;
}

export interface LinkEvents {
  /** The number of the latest change of a review, as of a commit. */
  readonly changed: (change: number) => void;
  /** The log has the journal's frames up to this one, and this size. */
  readonly ingested: (frame: number, logSize: number) => void;
  /** From now on every change is refused. */
  readonly degraded: () => void;
  /** No change will ever be told again. */
  readonly ended: () => void;
}

interface PendingRead {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: GatewayError) => void;
}

export function openLink(worker: Worker, clock: Clock, events: LinkEvents): Link {
  let status: StoreStatus = { state: "ready" };
  let isAlive = true;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));

  let writesOut: string[] = [];
  let readsOut: string[] = [];
  let isScheduled = false;
  const writes = createPendingWrites(send);
  const reads: PendingRead[] = [];
  const journaled = gatherFrames(ingestBytesMax);
  let stopDelay: (() => void) | null = null;

  worker.on("message", (message: FromWorker) => {
    switch (message.kind) {
      case "wrote":
        writes.settle(message.answers, message.failures);
        if (message.degraded !== null) degrade(message.degraded);
        events.changed(message.changed);
        events.ingested(message.ingested, message.size);
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
    writes.reject(() => errorOf(failure("audit.recording_failed", cause)));
    for (const { reject } of reads.splice(0)) reject(errorOf(failure("store.degraded", cause)));
    events.ended();
  });

  function degrade(reason: string): void {
    if (status.state !== "ready") return;
    status = { state: "degraded", reason };
    events.degraded();
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    // What this turn of the event loop still asks goes out together.
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    if (writesOut.length + readsOut.length + journaled.bytes === 0) return;
    stopDelay?.();
    stopDelay = null;
    post({
      kind: "verbs",
      journaled: journaled.take(),
      writes: writesOut.length === 0 ? null : `[${writesOut.join(",")}]`,
      reads: readsOut.length === 0 ? null : `[${readsOut.join(",")}]`,
    });
    writesOut = [];
    readsOut = [];
  }

  function post(message: ToWorker): void {
    worker.postMessage(message, handedOver(message));
  }

  function settleReads(outcomes: readonly ReadOutcome[]): void {
    for (const [at, pending] of reads.splice(0, outcomes.length).entries()) {
      const outcome = outcomes[at] as ReadOutcome;
      if ("failure" in outcome) pending.reject(errorOf(outcome.failure));
      else pending.resolve(outcome.answer as never);
    }
  }

  function write<Answer>(
    verb: WriteVerb,
    texts: readonly RecordText[] | null = null,
  ): Promise<Answer> {
    if (status.state === "degraded") return Promise.reject(errorOf(failure("store.degraded")));
    const own = texts === null ? verb : { ...verb, records: [] };
    assertJson(own);
    const text = JSON.stringify(own);
    return writes.add({ text, texts }, askerOf(verb));
  }

  function send({ text, texts }: OutgoingWrite): void {
    if (texts !== null) {
      flush();
      post({ kind: "spelled", write: text, records: packAlone(texts) });
      return;
    }
    writesOut.push(text);
    if (writesOut.length >= batchVerbsMax) flush();
    else schedule();
  }

  function read<Answer>(verb: ReadVerb): Promise<Answer> {
    if (!isAlive) return Promise.reject(errorOf(failure("store.degraded")));
    if (reads.length >= verbsPendingMax) return Promise.reject(errorOf(failure("store.busy")));
    assertJson(verb);
    readsOut.push(JSON.stringify(verb));
    schedule();
    return new Promise((resolve, reject) => {
      reads.push({ resolve, reject });
    });
  }

  function ingest(frame: Frame): void {
    journaled.add(frame);
    if (journaled.bytes >= ingestBytesMax) flush();
    else stopDelay ??= clock.after(ingestDelayMs, flush);
  }

  return {
    write,
    writeSpelled: write,
    read,
    ingest,
    status: () => status,
    degrade,
    async close() {
      writes.sendAll();
      flush();
      post({ kind: "close" });
      await exited;
    },
  };
}

function handedOver(message: ToWorker): ArrayBuffer[] {
  switch (message.kind) {
    case "verbs":
      return message.journaled === null ? [] : [message.journaled.records.buffer];
    case "spelled":
      return [message.records.buffer];
    case "close":
      return [];
  }
}
