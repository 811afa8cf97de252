/**
 * Brings what an earlier process journaled and did not get into the log to its end: each frame exactly once,
 * in order, because the number of the last one is part of the commit that ingests it.
 */
import fs from "node:fs";
import { GatewayError } from "#/core/errors.ts";
import type { SqliteEngine } from "#/store/sqlite/engine.ts";
import { storeFiles } from "#/store/sqlite/folder.ts";
import { unpackRecords } from "#/store/sqlite/record-bytes.ts";
import {
  type Frame,
  type JournalCipher,
  journalBroken,
  readFrames,
  segmentBytes,
} from "./frames.ts";

/** Frames that one commit takes in. */
const replayFramesMax = 16;

/**
 * Throws `store.journal_broken` where a frame that must be there is not, and where the database is of an earlier
 * time than the journal; nothing has been ingested then.
 */
export function replayJournal(
  engine: Pick<SqliteEngine, "commit" | "degraded" | "journal">,
  dir: string,
  cipher: JournalCipher,
): void {
  const { ingested, salts, size } = engine.journal();
  const segments = storeFiles(dir).journal.map((file, segment) => {
    const salt = salts[segment];
    // A database that knows of no journal can read none, but it notices one that is full.
    const key = cipher.keyOf(salt === undefined ? cipher.newSalt() : Buffer.from(salt, "hex"));
    return readFrames(readSegment(file), key, ingested);
  });
  if (segments.flat().some(({ logSize }) => logSize > size)) throw journalBroken();
  const frames = framesAfter(ingested, segments);
  for (let at = 0; at < frames.length; at += replayFramesMax) {
    const writes = frames.slice(at, at + replayFramesMax).map(({ number, records }) => {
      return {
        verb: "ingest",
        first: number,
        last: number,
        records: unpackRecords(records),
      } as const;
    });
    engine.commit(writes);
    assertWell(engine);
  }
  renewSegments(engine, cipher);
}

function readSegment(file: string): Buffer {
  if (!fs.existsSync(file)) return Buffer.alloc(0);
  const descriptor = fs.openSync(file, "r");
  try {
    const bytes = Buffer.alloc(segmentBytes);
    let end = 0;
    for (let read = -1; read !== 0 && end < bytes.length; end += read) {
      read = fs.readSync(descriptor, bytes, end, bytes.length - end, end);
    }
    return bytes.subarray(0, end);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** New salts for all: the keys of what was written before are gone. */
export function renewSegments(
  engine: Pick<SqliteEngine, "commit" | "degraded" | "journal">,
  cipher: JournalCipher,
): void {
  const salts = [0, 1].map(() => Buffer.from(cipher.newSalt()).toString("hex"));
  engine.commit(
    salts.map((salt, segment) => ({ verb: "renewSegment", segment, salt, records: [] }) as const),
  );
  assertWell(engine);
}

/** What is still to be ingested, without a gap from `ingested` on. */
export function framesAfter(
  ingested: number,
  segments: readonly (readonly Frame[])[],
): readonly Frame[] {
  const frames = segments
    .flat()
    .filter(({ number }) => number > ingested)
    .toSorted((one, other) => one.number - other.number);
  for (const [at, { number }] of frames.entries()) {
    if (number !== ingested + 1 + at) throw journalBroken();
  }
  return frames;
}

function assertWell(engine: Pick<SqliteEngine, "degraded">): void {
  const reason = engine.degraded();
  if (reason === null) return;
  throw new GatewayError(
    "audit.recording_failed",
    `What the journal holds could not be brought into the log. ${reason}`,
  );
}
