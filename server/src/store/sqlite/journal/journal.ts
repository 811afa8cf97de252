/**
 * Makes records durable ahead of the log: what is appended while one frame is on its way to the disk is the
 * next frame, written through in one write, and acknowledged when the disk has it.
 *
 * Guarantees that nothing is acknowledged before it can be replayed, and that after a write that failed, or that
 * wrote less, nothing more is written, because nobody knows what the disk holds. Knows records as text: what
 * they say is decided elsewhere; and segments as a place that has room for a frame or not.
 */
import { inspect } from "node:util";
import type { Clock } from "#/platform/clock.ts";
import type { RecordText } from "#/store/ledger.ts";
import type { JournalState } from "#/store/sqlite/engine.ts";
import { errorOf, failure } from "#/store/sqlite/failure.ts";
import { charsOf } from "#/store/sqlite/record-bytes.ts";
import { createTurns } from "#/store/sqlite/turns.ts";
import { createFrameFilling, type FilledFrame } from "./frame-filling.ts";
import type { Frame, JournalCipher } from "./frames.ts";
import type { SegmentFile } from "./segment-file.ts";
import { createSegments } from "./segments.ts";

export interface JournalOptions {
  readonly files: readonly SegmentFile[];
  readonly cipher: JournalCipher;
  readonly state: JournalState;
  readonly clock: Clock;
  /** Acknowledged, and now to be ingested: its records are there until this returns. */
  readonly durable: (frame: Frame) => void;
  /** Nothing more will be written; in words that are safe to show. */
  readonly failed: (reason: string) => void;
  /** Saves the salt of a segment's next life, which ends the last one. */
  readonly renew: (segment: number, salt: string) => Promise<void>;
}

export interface Journal {
  /** Resolves when the records, of at most `journaledCharsMax` together, are durable. Askers take turns. */
  append(records: readonly RecordText[], asker: string): Promise<void>;
  /** The log has all frames up to this one, and this size. */
  ingested(number: number, logSize: number): void;
  /** The log takes nothing any more: refuses what waits. What is on its way to the disk is acknowledged if it arrives. */
  abandon(): void;
  /** Resolves when whatever was accepted is durable, or has failed. */
  close(): Promise<void>;
}

/** A verb's records, in UTF-16 code units. What is longer is not for the journal. */
export const journaledCharsMax = 64 * 1024;
/** Of a frame's records; the last verb may go beyond. */
const frameFillBytesMax = 128 * 1024;
/** So much of it goes to those who come first. Then askers take turns, and while any wait for theirs. */
const unaskedBytesMax = 96 * 1024;
/** A verb's records, in UTF-16 code units. What is longer waits for a turn. */
const shortCharsMax = 4 * 1024;
/** What is durable, or on its way, and not in the log yet. Beyond, appends wait. */
export const backlogBytesMax = 2 * 1024 * 1024;
/** Appends that wait to be written. Above: `store.busy`. */
export const journalWaitingMax = 16_384;
/** Their text. Above: `store.busy`. */
const journalWaitingCharsMax = 64 * 1024 * 1024;
/** How long what is ingested stays readable in a segment that is not full, for those who have the keys. */
export const segmentLifeMs = 10 * 60 * 1000;

interface Waiting {
  readonly records: readonly RecordText[];
  readonly chars: number;
  readonly resolve: (durable: Promise<void>) => void;
  readonly reject: (error: Error) => void;
}

export function createJournal(options: JournalOptions): Journal {
  const { files, cipher, clock, renew } = options;
  const { salts } = options.state;
  const segments = createSegments({ files, cipher, salts, renew, renewed: writeNext });
  let lastFrame = options.state.ingested;
  let logSize = options.state.size;
  let state: "open" | "closing" | "closed" | "failed" = "open";
  const waiting = createTurns<Waiting>();
  let waitingChars = 0;
  let isWriting = false;
  let isScheduled = false;
  /** The last frame was one asker's alone, who waits for nobody: the next is likely to be so too. */
  let wasAlone = false;
  /** One frame is under way at a time. */
  const next = createFrameFilling();
  /** Frames that are not in the log yet, and how long they are. */
  const backlog: { readonly number: number; readonly bytes: number }[] = [];
  let backlogBytes = 0;
  const ended = Promise.withResolvers<void>();
  let stopTimer = clock.after(segmentLifeMs, endLife);

  function append(records: readonly RecordText[], asker: string): Promise<void> {
    if (state !== "open") {
      const code = state === "failed" ? "store.degraded" : "store.closed";
      return Promise.reject(errorOf(failure(code)));
    }
    const verbs = next.verbs + waiting.size;
    if (verbs >= journalWaitingMax || waitingChars >= journalWaitingCharsMax) {
      return Promise.reject(errorOf(failure("store.busy")));
    }
    schedule(wasAlone ? queueMicrotask : setImmediate);
    const chars = charsOf(records);
    if (waiting.size === 0 && chars <= shortCharsMax && next.bytes < unaskedBytesMax) {
      return next.add(records);
    }
    waitingChars += chars;
    return new Promise((resolve, reject) => {
      waiting.add(asker, { records, chars, resolve, reject });
    });
  }

  /** What this turn of the event loop still appends is written together, where several do. */
  function schedule(soon: (act: () => void) => unknown): void {
    if (isScheduled || isWriting) return;
    isScheduled = true;
    soon(() => {
      isScheduled = false;
      writeNext();
    });
  }

  function writeNext(): void {
    if (isWriting || state === "failed" || state === "closed") return;
    if (waiting.size + next.verbs === 0) {
      if (state === "closing") {
        state = "closed";
        end();
      }
      return;
    }
    if (backlogBytes >= backlogBytesMax || !segments.hasRoom()) return;
    takeTurns();
    wasAlone = next.verbs === 1;
    lastFrame += 1;
    write(next.take({ number: lastFrame, logSize }));
  }

  function takeTurns(): void {
    while (next.bytes < frameFillBytesMax) {
      const verb = waiting.take();
      if (verb === undefined) return;
      waitingChars -= verb.chars;
      verb.resolve(next.add(verb.records));
    }
  }

  function write({ frame, outcome }: FilledFrame): void {
    isWriting = true;
    const bytes = segments.write(frame, (error) => {
      isWriting = false;
      if (error !== null) {
        fail(error, outcome);
        return;
      }
      options.durable(frame);
      outcome.resolve();
      if (state === "failed") return end();
      // Not at once: whoever was answered may have more to append, and a write costs more than a turn.
      schedule(setImmediate);
    });
    backlog.push({ number: frame.number, bytes });
    backlogBytes += bytes;
  }

  function fail(cause: Error, outcome: FilledFrame["outcome"]): void {
    state = "failed";
    const code = "code" in cause ? String(cause.code) : cause.message;
    options.failed(`The journal could not be written: ${code}.`);
    const why = () => errorOf(failure("audit.recording_failed", inspect(cause)));
    outcome.reject(why());
    refuseWaiting(why);
    end();
  }

  function refuseWaiting(why: () => Error): void {
    next.refuse(why);
    for (let verb = waiting.take(); verb !== undefined; verb = waiting.take()) verb.reject(why());
    waitingChars = 0;
  }

  function abandon(): void {
    if (state === "failed" || state === "closed") return;
    state = "failed";
    refuseWaiting(() => errorOf(failure("store.degraded")));
    if (!isWriting) end();
  }

  function ingested(number: number, size: number): void {
    logSize = size;
    const left = backlog.findIndex((frame) => frame.number > number);
    for (const { bytes } of backlog.splice(0, left === -1 ? backlog.length : left)) {
      backlogBytes -= bytes;
    }
    segments.ingestedBefore(backlog[0]?.number ?? lastFrame + 1);
    writeNext();
  }

  function endLife(): void {
    segments.endLife();
    stopTimer = clock.after(segmentLifeMs, endLife);
  }

  function end(): void {
    stopTimer();
    segments.close();
    ended.resolve();
  }

  return {
    append,
    ingested,
    abandon,
    async close() {
      if (state === "open") {
        state = "closing";
        schedule(setImmediate);
      }
      await ended.promise;
    },
  };
}
