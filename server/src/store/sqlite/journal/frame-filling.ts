/**
 * The frame that will be written next. Records stand in it as soon as they come up, so that only bytes wait for the
 * disk, and all who wait for a frame wait for one promise: a frame is durable as a whole or not at all.
 */

import type { RecordText } from "#/store/ledger.ts";
import { packRecord } from "#/store/sqlite/record-bytes.ts";
import {
  createFrameRoom,
  type Frame,
  frameIn,
  recordsStart,
  type UnsealedFrame,
} from "./frames.ts";

export interface FrameFilling {
  /** Of the records so far. */
  readonly bytes: number;
  readonly verbs: number;
  /** Resolves when the frame is durable. For its records there is room as long as a frame is no longer than it may be. */
  add(records: readonly RecordText[]): Promise<void>;
  /** What was added since the last time. It stands where it is until the next one is taken. */
  take(head: Pick<Frame, "number" | "logSize">): FilledFrame;
  /** There will be no such frame. */
  refuse(why: () => Error): void;
}

export interface FilledFrame {
  readonly frame: UnsealedFrame;
  readonly outcome: PromiseWithResolvers<void>;
}

export function createFrameFilling(): FrameFilling {
  /** One is filled while the other is on its way to the disk. */
  let [room, other] = [createFrameRoom(), createFrameRoom()];
  let end = recordsStart;
  let verbs = 0;
  let outcome: PromiseWithResolvers<void> | null = null;

  function begin(): PromiseWithResolvers<void> {
    const own = outcome ?? Promise.withResolvers<void>();
    outcome = null;
    end = recordsStart;
    verbs = 0;
    return own;
  }

  return {
    get bytes() {
      return end - recordsStart;
    },
    get verbs() {
      return verbs;
    },
    add(records) {
      for (const record of records) end = packRecord(record, room, end);
      verbs += 1;
      outcome ??= Promise.withResolvers<void>();
      return outcome.promise;
    },
    take(head) {
      const frame = frameIn(room, end, head);
      [room, other] = [other, room];
      return { frame, outcome: begin() };
    },
    refuse(why) {
      if (verbs > 0) begin().reject(why());
    },
  };
}
