/**
 * Records as the bytes that go through the journal and between the threads, one behind the other: the lengths
 * of head, tail, payload and mark, 4 each, little-endian, then these. The payload's length is one more than it has,
 * and 0 where there is none; a mark is `begun TIME ACTION` or `ended ACTION`, and empty where there is none.
 */
import assert from "node:assert/strict";
import type { ActionId } from "#/core/ids.ts";
import type { ExecutionMark, RecordText, SpelledRecord } from "#/store/ledger.ts";

const lengthsBytes = 16;

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

function packedBytes({ head, tail, payload, mark }: RecordText): number {
  const texts = [head, tail, payload ?? "", markText(mark)];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), lengthsBytes);
}

/** Writes the record into what has room for it, and returns where it ends. */
export function packRecord(
  { head, tail, payload, mark }: RecordText,
  into: Buffer,
  start: number,
): number {
  let at = start + lengthsBytes;
  const headBytes = into.write(head, at);
  at += headBytes;
  const tailBytes = into.write(tail, at);
  at += tailBytes;
  const payloadBytes = payload === null ? 0 : into.write(payload, at);
  at += payloadBytes;
  const markBytes = mark === null ? 0 : into.write(markText(mark), at);
  into.writeUInt32LE(headBytes, start);
  into.writeUInt32LE(tailBytes, start + 4);
  into.writeUInt32LE(payload === null ? 0 : payloadBytes + 1, start + 8);
  into.writeUInt32LE(markBytes, start + 12);
  return at + markBytes;
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
    const markStart = payloadStart + Math.max(0, payloadLength - 1);
    at = markStart + bytes.readUInt32LE(at + 12);
    assert(at <= bytes.length, "a record ends with what it was packed into");
    records.push({
      head: bytes.subarray(headStart, tailStart),
      tail: bytes.subarray(tailStart, payloadStart),
      payload: payloadLength === 0 ? null : bytes.subarray(payloadStart, markStart),
      mark: markStart === at ? null : readMark(bytes.toString("latin1", markStart, at)),
    });
  }
  return records;
}

function markText(mark: ExecutionMark | null): string {
  if (mark === null) return "";
  return mark.kind === "begun" ? `begun ${mark.beganAt} ${mark.action}` : `ended ${mark.action}`;
}

function readMark(text: string): ExecutionMark {
  const [kind, first = "", second = ""] = text.split(" ");
  assert(kind === "begun" || kind === "ended", "a mark is one of two");
  if (kind === "ended") return { kind, action: first as ActionId };
  return { kind, action: second as ActionId, beganAt: Number(first) };
}

export function spelledBytes({ head, tail, payload, mark }: RecordText): SpelledRecord {
  return {
    mark,
    head: Buffer.from(head),
    tail: Buffer.from(tail),
    payload: payload === null ? null : Buffer.from(payload),
  };
}
