/**
 * Makes records durable ahead of the log: what is appended while one frame is on its way to the disk is the
 * next frame, written through in one write, and acknowledged when the disk has it.
 *
 * Guarantees that nothing is acknowledged before it can be replayed; that after a write that failed, or that
 * wrote less, nothing more is written, because nobody knows what the disk holds; and that no segment is begun
 * anew before all of it is in the log. Knows records as text: what they say is decided elsewhere.
 */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import type { Clock } from "#/platform/clock.ts";
import type { JournalState } from "#/store/sqlite/engine.ts";
import { errorOf, failure } from "#/store/sqlite/failure.ts";
import { packedBytes, packRecord } from "#/store/sqlite/record-bytes.ts";
import { createTurns } from "#/store/sqlite/turns.ts";
import type { RecordText } from "#/store/store.ts";
import {
  type Frame,
  type FrameKey,
  frameBytesMax,
  type JournalCipher,
  sealFrame,
  segmentBytes,
} from "./frames.ts";
import type { SegmentFile } from "./segment-file.ts";

export interface JournalOptions {
  readonly files: readonly SegmentFile[];
  readonly cipher: JournalCipher;
  readonly state: JournalState;
  readonly clock: Clock;
  /** Acknowledged, and now to be ingested. */
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
/** Of a frame; the last verb may go beyond. */
const frameCharsMax = 128 * 1024;
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
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Segment {
  readonly index: number;
  readonly file: SegmentFile;
  /** Null from the end of a life until the next one can begin. */
  key: FrameKey | null;
  /** Its next life is being saved. */
  isRenewing: boolean;
  end: number;
  lastFrame: number;
}

export function createJournal(options: JournalOptions): Journal {
  const { cipher, clock } = options;
  let [current, standby] = segmentsOf(options);
  let lastFrame = options.state.ingested;
  let logSize = options.state.size;
  let state: "open" | "closing" | "closed" | "failed" = "open";
  const waiting = createTurns<Waiting>();
  let waitingChars = 0;
  let isWriting = false;
  let isScheduled = false;
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
    if (waiting.size >= journalWaitingMax || waitingChars >= journalWaitingCharsMax) {
      return Promise.reject(errorOf(failure("store.busy")));
    }
    schedule();
    const chars = charsOf(records);
    waitingChars += chars;
    return new Promise((resolve, reject) => {
      waiting.add(asker, { records, chars, resolve, reject });
    });
  }

  /** What this turn of the event loop still appends is written together. */
  function schedule(): void {
    if (isScheduled || isWriting) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      writeNext();
    });
  }

  function writeNext(): void {
    if (isWriting || state === "failed" || state === "closed") return;
    if (waiting.size === 0) {
      if (state === "closing") {
        state = "closed";
        end();
      }
      return;
    }
    if (backlogBytes >= backlogBytesMax) return;
    if (current.end + frameBytesMax > segmentBytes && !switchSegments()) return;
    const { key } = current;
    assert(key !== null, "the segment that is written has its key");
    const verbs = takeFrame();
    lastFrame += 1;
    const frame = { number: lastFrame, logSize, records: pack(verbs) };
    write(current, frame, sealFrame(key, current.end, frame), verbs);
  }

  function takeFrame(): readonly Waiting[] {
    const verbs: Waiting[] = [];
    for (let chars = 0; chars < frameCharsMax; ) {
      const next = waiting.take();
      if (next === undefined) break;
      chars += next.chars;
      waitingChars -= next.chars;
      verbs.push(next);
    }
    return verbs;
  }

  function write(
    segment: Segment,
    frame: Frame,
    bytes: Uint8Array,
    verbs: readonly Waiting[],
  ): void {
    isWriting = true;
    segment.file.write(bytes, segment.end, (error) => {
      isWriting = false;
      if (error !== null) {
        fail(error, verbs);
        return;
      }
      options.durable(frame);
      for (const { resolve } of verbs) resolve();
      if (state === "failed") return end();
      // Not at once: whoever was answered may have more to append, and a write costs more than a turn.
      schedule();
    });
    segment.end += bytes.length;
    segment.lastFrame = frame.number;
    backlog.push({ number: frame.number, bytes: bytes.length });
    backlogBytes += bytes.length;
  }

  function fail(cause: Error, verbs: readonly Waiting[]): void {
    state = "failed";
    const code = "code" in cause ? String(cause.code) : cause.message;
    options.failed(`The journal could not be written: ${code}.`);
    const why = () => errorOf(failure("audit.recording_failed", inspect(cause)));
    for (const { reject } of verbs) reject(why());
    refuseWaiting(why);
    end();
  }

  function refuseWaiting(why: () => Error): void {
    for (let next = waiting.take(); next !== undefined; next = waiting.take()) next.reject(why());
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
    renewStandby();
    writeNext();
  }

  /** False where the other segment is not ready: it will be as soon as all of it is in the log. */
  function switchSegments(): boolean {
    if (standby.key === null) return false;
    [current, standby] = [standby, current];
    standby.key = null;
    renewStandby();
    return true;
  }

  function renewStandby(): void {
    const isIngested = standby.lastFrame < (backlog[0]?.number ?? lastFrame + 1);
    if (standby.key !== null || standby.isRenewing || !isIngested || state === "failed") return;
    const segment = standby;
    const salt = cipher.newSalt();
    segment.isRenewing = true;
    const renewal = options.renew(segment.index, Buffer.from(salt).toString("hex"));
    renewal.then(
      () => {
        segment.key = cipher.keyOf(salt);
        segment.end = 0;
        segment.isRenewing = false;
        writeNext();
      },
      // Where the store was only busy, the next commit has it tried again.
      () => {
        segment.isRenewing = false;
      },
    );
  }

  function endLife(): void {
    if (current.end > 0) switchSegments();
    stopTimer = clock.after(segmentLifeMs, endLife);
  }

  function end(): void {
    stopTimer();
    for (const { file } of [current, standby]) file.close();
    ended.resolve();
  }

  return {
    append,
    ingested,
    abandon,
    async close() {
      if (state === "open") {
        state = "closing";
        schedule();
      }
      await ended.promise;
    },
  };
}

function segmentsOf({ files, cipher, state }: JournalOptions): [Segment, Segment] {
  const [first, second] = files.map((file, index): Segment => {
    const salt = state.salts[index];
    assert(salt !== undefined, "every segment has a salt");
    const key = cipher.keyOf(Buffer.from(salt, "hex"));
    return { index, file, key, isRenewing: false, end: 0, lastFrame: 0 };
  });
  assert(first !== undefined && second !== undefined, "two segments take turns");
  return [first, second];
}

export function charsOf(records: readonly RecordText[]): number {
  let chars = 0;
  for (const { head, tail, payload } of records) {
    chars += head.length + tail.length + (payload?.length ?? 0);
  }
  return chars;
}

function pack(verbs: readonly Waiting[]): Buffer {
  let bytes = 0;
  for (const { records } of verbs) for (const record of records) bytes += packedBytes(record);
  const packed = Buffer.allocUnsafe(bytes);
  let end = 0;
  for (const { records } of verbs) {
    for (const record of records) end = packRecord(record, packed, end);
  }
  return packed;
}
