/**
 * Records as the bytes that go through the journal and between the threads, one behind the other: the lengths
 * of head, tail and payload, 4 each, little-endian, then these. The payload's length is one more than it has,
 * and 0 where there is none.
 */
import assert from "node:assert/strict";
import type { RecordText, SpelledRecord } from "#/store/store.ts";

const lengthsBytes = 12;

/** In UTF-16 code units. */
export function charsOf(records: readonly RecordText[]): number {
  let chars = 0;
  for (const { head, tail, payload } of records) {
    chars += head.length + tail.length + (payload?.length ?? 0);
  }
  return chars;
}

/** Records of a write that goes by itself, in memory that can be handed over. */
export function packAlone(records: readonly RecordText[]): Uint8Array<ArrayBuffer> {
  const bytes = records.reduce((sum, record) => sum + packedBytes(record), 0);
  const packed = Buffer.allocUnsafeSlow(bytes);
  let end = 0;
  for (const record of records) end = packRecord(record, packed, end);
  return packed;
}

function packedBytes({ head, tail, payload }: RecordText): number {
  const payloadBytes = payload === null ? 0 : Buffer.byteLength(payload);
  return lengthsBytes + Buffer.byteLength(head) + Buffer.byteLength(tail) + payloadBytes;
}

/** Writes the record into what has room for it, and returns where it ends. */
export function packRecord(
  { head, tail, payload }: RecordText,
  into: Buffer,
  start: number,
): number {
  let at = start + lengthsBytes;
  const headBytes = into.write(head, at);
  at += headBytes;
  const tailBytes = into.write(tail, at);
  at += tailBytes;
  const payloadBytes = payload === null ? 0 : into.write(payload, at);
  into.writeUInt32LE(headBytes, start);
  into.writeUInt32LE(tailBytes, start + 4);
  into.writeUInt32LE(payload === null ? 0 : payloadBytes + 1, start + 8);
  return at + payloadBytes;
}

/** Views of the bytes, which must not change as long as they are used. */
export function unpackRecords(packed: Uint8Array): SpelledRecord[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const records: SpelledRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const headStart = at + lengthsBytes;
    const tailStart = headStart + bytes.readUInt32LE(at);
    const payloadStart = tailStart + bytes.readUInt32LE(at + 4);
    const payloadLength = bytes.readUInt32LE(at + 8);
    at = payloadLength === 0 ? payloadStart : payloadStart + payloadLength - 1;
    assert(at <= bytes.length, "a record ends with what it was packed into");
    records.push({
      head: bytes.subarray(headStart, tailStart),
      tail: bytes.subarray(tailStart, payloadStart),
      payload: payloadLength === 0 ? null : bytes.subarray(payloadStart, at),
    });
  }
  return records;
}

export function spelledBytes({ head, tail, payload }: RecordText): SpelledRecord {
  return {
    head: Buffer.from(head),
    tail: Buffer.from(tail),
    payload: payload === null ? null : Buffer.from(payload),
  };
}
