/**
 * The engine's side of the thread: takes messages, commits in groups, answers.
 *
 * What queued while the last flush ran is the next group; no timer. Reads are answered between groups, so
 * they see everything that was acknowledged before. Answers go out in the order of the questions, which is
 * how the client tells whose they are.
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { SqliteEngine } from "./engine.ts";
import { failureOf } from "./failure.ts";
import type { Failure, GroupOutcome, ReadOutcome, ReadVerb, WriteVerb } from "./verbs.ts";

/** Arrays of verbs, as JSON: text costs both threads less than objects. */
export type ToWorker =
  | { readonly kind: "verbs"; readonly writes: string | null; readonly reads: string | null }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "opened"; readonly changed: number }
  | { readonly kind: "failed"; readonly failure: Failure }
  | {
      readonly kind: "wrote";
      readonly group: GroupOutcome;
      readonly changed: number;
      readonly degraded: string | null;
    }
  /** Without a group that failed: what was committed could not be moved into the database. */
  | { readonly kind: "degraded"; readonly reason: string }
  | { readonly kind: "read"; readonly outcomes: readonly ReadOutcome[] };

/** More make a commit longer for the first of them without making it cheaper for each. */
const groupVerbsMax = 512;

/** Serves one client until it closes. What can't be opened is told to the client, never thrown. */
export function serveEngine(port: MessagePort, open: () => SqliteEngine): void {
  const post = (message: FromWorker) => port.postMessage(message);
  let engine: SqliteEngine;
  try {
    engine = open();
  } catch (error) {
    post({ kind: "failed", failure: failureOf(error) });
    port.close();
    return;
  }

  const writes: WriteVerb[] = [];
  const reads: ReadVerb[] = [];
  let closing = false;

  function take(message: ToWorker): void {
    if (message.kind === "close") {
      closing = true;
      return;
    }
    if (message.writes !== null) writes.push(...(JSON.parse(message.writes) as WriteVerb[]));
    if (message.reads !== null) reads.push(...(JSON.parse(message.reads) as ReadVerb[]));
  }

  function takeQueued(): void {
    for (;;) {
      const queued = receiveMessageOnPort(port);
      if (queued === undefined) return;
      take(queued.message as ToWorker);
    }
  }

  function commitGroup(): void {
    const group = engine.commit(writes.splice(0, groupVerbsMax));
    const degraded = engine.degraded();
    post({ kind: "wrote", group, changed: engine.changed(), degraded });
    engine.checkpoint();
    const reason = engine.degraded();
    if (reason !== null && reason !== degraded) post({ kind: "degraded", reason });
  }

  port.on("message", (message: ToWorker) => {
    take(message);
    takeQueued();
    while (writes.length > 0 || reads.length > 0) {
      if (writes.length > 0) commitGroup();
      if (reads.length > 0) post({ kind: "read", outcomes: reads.splice(0).map(engine.read) });
      takeQueued();
    }
    if (closing) {
      engine.close();
      port.close();
    }
  });
  post({ kind: "opened", changed: engine.changed() });
}
