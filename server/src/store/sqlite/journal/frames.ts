/**
 * The journal's bytes: frames one after the other, each encrypted, authenticated and numbered.
 *
 * A frame is "CSJ2" | length of ciphertext and tag 4 | number 8 | ciphertext | tag 16, integers little-endian;
 * the first sixteen bytes, and its place in the segment, are authenticated with it. Encrypted is the size that
 * the log is known to have had, 8, how long the records are, 4, these, and zeroes, so that the frame fills whole blocks of whatever it is
 * written to. Numbers rise by one through all segments and restarts. A segment is written over again and again, each
 * time under keys of its own, so it ends where the next frame is not authentic under its present ones: what follows
 * is left from before, or was never finished.
 *
 * Reads what anybody may have written into the file. Knows no cipher: that is the port `JournalCipher`.
 */
import assert from "node:assert/strict";
import { GatewayError } from "#/core/errors.ts";

/** Implemented by `audit/journal-cipher.ts`. */
export interface JournalCipher {
  newSalt(): Uint8Array;
  /** The key of one life of a segment. Without the salt nobody can make it again. */
  keyOf(salt: Uint8Array): FrameKey;
}

export interface FrameKey {
  /** Encrypts what is between header and tag, and adds the tag. Each frame begins where the last one ended. */
  seal(place: number, frame: Uint8Array): Buffer;
  /** What is between header and tag; null unless exactly this frame was sealed at this place. */
  open(place: number, frame: Uint8Array): Buffer | null;
}

export interface Frame {
  readonly number: number;
  /** Of which it was known, when the frame was made, that they are in the log for good. */
  readonly logSize: number;
  /** As in `record-bytes.ts`. */
  readonly records: Uint8Array;
}

export interface UnsealedFrame extends Frame {
  /** In which its records stand where a frame has them. */
  readonly room: Buffer;
}

export const segmentBytes = 4 * 1024 * 1024;
/** A frame as written, whatever its records. */
export const frameBytesMax = 640 * 1024;

/** Of what a segment is written to in whole blocks, at most. */
export const blockBytesMax = 4096;

const magic = Buffer.from("CSJ2");
/** Of frames as an earlier version wrote them, with the same header. */
const earlierMagic = Buffer.from("CSJ1");
export const headerBytes = 16;
const logSizeBytes = 8;
const lengthBytes = 4;
export const tagBytes = 16;

/** For one frame after the other: what is used again need not be collected. */
export function createFrameRoom(): Buffer {
  return Buffer.allocUnsafeSlow(frameBytesMax);
}

/** Where in the room the records are written. */
export const recordsStart = headerBytes + logSizeBytes + lengthBytes;

/** The frame whose records stand in the room up to this end, and which is one until they are written over. */
export function frameIn(
  room: Buffer,
  end: number,
  { number, logSize }: Pick<Frame, "number" | "logSize">,
): UnsealedFrame {
  assert(end + blockBytesMax <= room.length, "a batch fits into a frame");
  return { number, logSize, records: room.subarray(recordsStart, end), room };
}

/** `place` is where in the segment it will stand: where the last one ended. It fills whole blocks of this length. */
export function sealFrame(
  key: FrameKey,
  place: number,
  { number, logSize, records, room }: UnsealedFrame,
  blockBytes: number,
): Buffer {
  const recordsEnd = recordsStart + records.length;
  const end = Math.ceil((recordsEnd + tagBytes) / blockBytes) * blockBytes;
  room.set(magic);
  room.writeUInt32LE(end - headerBytes, 4);
  room.writeBigUInt64LE(BigInt(number), 8);
  room.writeBigUInt64LE(BigInt(logSize), headerBytes);
  room.writeUInt32LE(records.length, headerBytes + logSizeBytes);
  room.fill(0, recordsEnd, end);
  return key.seal(place, room.subarray(0, end));
}

/**
 * The frames of a segment in its present life. Frames are written one by one, so at most one was interrupted,
 * and no other follows it; and a segment gets a new life only when all of the last one is ingested, so what is
 * left of earlier ones has numbers up to `ingested`. Throws `store.journal_broken` for anything else, also for what
 * an earlier version left to be ingested: it would read as nothing.
 */
export function readFrames(segment: Buffer, key: FrameKey, ingested: number): readonly Frame[] {
  if (lastOfEarlierVersion(segment) > ingested) throw leftByEarlierVersion();
  const frames: Frame[] = [];
  let end = 0;
  let last: number | null = null;
  for (;;) {
    const found = frameAt(segment, end, key);
    if (found === null) break;
    if (last !== null && found.number !== last + 1) throw journalBroken();
    last = found.number;
    frames.push(found);
    end += found.bytes;
  }
  const seen = Math.max(ingested, last ?? 0);
  for (let at = segment.indexOf(magic, end); at !== -1; at = segment.indexOf(magic, at + 1)) {
    const header = headerAt(segment, at);
    if (header === null || header.number <= seen) continue;
    const next = headerAt(segment, at + header.bytes);
    if (next?.number === header.number + 1 || frameAt(segment, at, key) !== null) {
      throw journalBroken();
    }
  }
  return frames;
}

/** Null where no authentic frame begins. */
function frameAt(
  segment: Buffer,
  offset: number,
  key: FrameKey,
): (Frame & { readonly bytes: number }) | null {
  const header = headerAt(segment, offset);
  if (header === null) return null;
  const { number, bytes } = header;
  const plain = key.open(offset, segment.subarray(offset, offset + bytes));
  if (plain === null) return null;
  const logSize = Number(plain.readBigUInt64LE());
  const start = logSizeBytes + lengthBytes;
  const end = start + plain.readUInt32LE(logSizeBytes);
  return end > plain.length
    ? null
    : { number, logSize, records: plain.subarray(start, end), bytes };
}

/** The number of the last frame of the row with which the segment begins; 0 where it begins with none. */
function lastOfEarlierVersion(segment: Buffer): number {
  let last = 0;
  let header = headerAt(segment, 0, earlierMagic);
  for (let at = 0; header !== null && (last === 0 || header.number === last + 1); ) {
    last = header.number;
    at += header.bytes;
    header = headerAt(segment, at, earlierMagic);
  }
  return last;
}

/** Null where no frame can begin. `bytes` is the length of the whole frame. */
function headerAt(
  segment: Buffer,
  offset: number,
  begin = magic,
): { readonly number: number; readonly bytes: number } | null {
  const start = offset + headerBytes;
  if (start > segment.length || !begin.equals(segment.subarray(offset, offset + begin.length))) {
    return null;
  }
  const length = segment.readUInt32LE(offset + 4);
  const number = Number(segment.readBigUInt64LE(offset + 8));
  const bytes = headerBytes + length;
  const bytesMin = recordsStart + tagBytes;
  if (bytes < bytesMin || bytes > frameBytesMax || offset + bytes > segment.length) return null;
  return Number.isSafeInteger(number) ? { number, bytes } : null;
}

export function journalBroken(): GatewayError {
  return new GatewayError(
    "store.journal_broken",
    "The journal in the data folder was changed, or a part of it is missing.",
  );
}

function leftByEarlierVersion(): GatewayError {
  return new GatewayError(
    "store.journal_broken",
    "The journal in the data folder holds records that an earlier version left, which this one can't read. Start that version once more and stop it; then start this one.",
  );
}
