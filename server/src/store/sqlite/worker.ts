/**
 * The engine's side of the thread: takes messages, commits in groups, answers.
 *
 * What queued while the last flush ran is the next group; no timer. What was journaled before a read was asked
 * is ingested before it is answered, so that a read sees everything that was acknowledged before it. Answers go
 * out in the order of the questions, which is how the client tells whose they are.
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { giveBack } from "#/platform/give-back.ts";
import type { JournalState, SqliteEngine } from "./engine.ts";
import { failureOf } from "./failure.ts";
import type { JournaledFrames } from "./journal/journaled-frames.ts";
import { unpackRecords } from "./record-bytes.ts";
import type {
  Failure,
  Ingestion,
  ReadOutcome,
  ReadVerb,
  SpelledWrite,
  WriteAnswer,
  WriteVerb,
} from "./verbs.ts";

/** Arrays of verbs, as JSON: text costs both threads less than objects. */
export type ToWorker =
  | {
      readonly kind: "verbs";
      /** To be ingested before the verbs: they are durable already, and nobody waits for an answer. */
      readonly journaled: JournaledFrames | null;
      readonly writes: string | null;
      readonly reads: string | null;
    }
  /** One write by itself, whose records are too long to be spelled twice: as in `record-bytes.ts`. */
  | { readonly kind: "spelled"; readonly write: string; readonly records: Uint8Array<ArrayBuffer> }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "opened"; readonly changed: number; readonly journal: JournalState }
  | { readonly kind: "failed"; readonly failure: Failure }
  /**
   * One entry for each verb of the group that waits for an answer, in order, in arrays of plain values: as
   * objects they would take five times as long between the threads. A failure is null where there is an answer.
   */
  | {
      readonly kind: "wrote";
      readonly answers: readonly WriteAnswer[];
      readonly failures: readonly (Failure | null)[];
      readonly changed: number;
      readonly ingested: number;
      /** Of the log. */
      readonly size: number;
      readonly degraded: string | null;
    }
  /** Without a group that failed: what was committed could not be moved into the database. */
  | { readonly kind: "degraded"; readonly reason: string }
  | { readonly kind: "read"; readonly outcomes: readonly ReadOutcome[] };

/** More make a commit longer for the first of them without making it cheaper for each. */
const groupVerbsMax = 512;
/** Their records; the last verb may go beyond. */
const groupRecordsMax = 512;

interface WaitingRead {
  readonly verb: ReadVerb;
  /** So many writes are committed before it is answered. */
  readonly after: number;
}

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

  const writes: (SpelledWrite | Ingestion)[] = [];
  const reads: WaitingRead[] = [];
  let committed = 0;
  let journaledBefore = 0;
  let closing = false;

  function take(message: ToWorker): void {
    if (message.kind === "close") {
      closing = true;
      return;
    }
    if (message.kind === "spelled") {
      const write = JSON.parse(message.write) as WriteVerb;
      writes.push({ ...write, spelled: unpackRecords(message.records) });
      return;
    }
    if (message.journaled !== null) {
      const { first, last, records } = message.journaled;
      writes.push({ verb: "ingest", first, last, records: unpackRecords(records) });
      journaledBefore = committed + writes.length;
    }
    if (message.writes !== null) writes.push(...(JSON.parse(message.writes) as WriteVerb[]));
    if (message.reads === null) return;
    for (const verb of JSON.parse(message.reads) as ReadVerb[]) {
      reads.push({ verb, after: journaledBefore });
    }
  }

  function takeQueued(): void {
    for (;;) {
      const queued = receiveMessageOnPort(port);
      if (queued === undefined) return;
      take(queued.message as ToWorker);
    }
  }

  function commitGroup(): void {
    const group = writes.splice(0, groupLength(writes));
    const all = engine.commit(group);
    committed += group.length;
    const outcomes = all.filter((_, at) => group[at]?.verb !== "ingest");
    post({
      kind: "wrote",
      answers: outcomes.map(({ answer }) => answer),
      failures: outcomes.map(({ failure }) => failure),
      changed: engine.changed(),
      ingested: engine.ingested(),
      size: engine.size(),
      degraded: engine.degraded(),
    });
  }

  /** The log is moved where it has grown, and sooner while there is nothing else to do. */
  function checkpoint(): void {
    const before = engine.degraded();
    engine.checkpoint(writes.length === 0 && reads.length === 0);
    const reason = engine.degraded();
    if (reason !== null && reason !== before) post({ kind: "degraded", reason });
  }

  function answerReads(): void {
    const waiting = reads.findIndex(({ after }) => after > committed);
    const due = reads.splice(0, waiting === -1 ? reads.length : waiting);
    if (due.length === 0) return;
    post({ kind: "read", outcomes: due.map(({ verb }) => engine.read(verb)) });
  }

  port.on("message", (message: ToWorker) => {
    take(message);
    takeQueued();
    while (writes.length > 0 || reads.length > 0) {
      if (writes.length > 0) commitGroup();
      answerReads();
      takeQueued();
      checkpoint();
    }
    if (closing) {
      engine.close();
      port.close();
    }
  });
  post({ kind: "opened", changed: engine.changed(), journal: engine.journal() });
  giveBack();
}

function groupLength(writes: readonly (SpelledWrite | Ingestion)[]): number {
  let records = 0;
  let verbs = 0;
  while (verbs < groupVerbsMax && records < groupRecordsMax) {
    const write = writes[verbs];
    if (write === undefined) return verbs;
    records += write.records.length;
    verbs += 1;
  }
  return verbs;
}
