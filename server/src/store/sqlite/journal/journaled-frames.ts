/** What is durable in the journal, on its way to the thread that takes it into the log. */
import assert from "node:assert/strict";
import { type Frame, frameBytesMax } from "./frames.ts";

/** Frames of the journal, one behind the other: their numbers, and their records as in `record-bytes.ts`. */
export interface JournaledFrames {
  readonly first: number;
  readonly last: number;
  readonly records: Uint8Array<ArrayBuffer>;
}

export interface FrameGathering {
  readonly bytes: number;
  /** Copies its records. For it there is room as long as `bytes` are no more than was asked for. */
  add(frame: Frame): void;
  /** All since the last call, in memory of their own, which can be handed over; null where there are none. */
  take(): JournaledFrames | null;
}

/**
 * Frames wait in memory that is used again: as objects of their own they would live just long enough to be taken for
 * old, and what is old is collected at the price of looking at everything that lives.
 */
export function gatherFrames(bytesMax: number): FrameGathering {
  const room = Buffer.allocUnsafeSlow(bytesMax + frameBytesMax);
  let first = 0;
  let last = 0;
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    add({ number, records }) {
      assert(bytes + records.length <= room.length, "what is gathered is taken in time");
      if (bytes === 0) first = number;
      last = number;
      room.set(records, bytes);
      bytes += records.length;
    },
    take() {
      if (bytes === 0) return null;
      const records = new Uint8Array(room.subarray(0, bytes));
      bytes = 0;
      return { first, last, records };
    },
  };
}
