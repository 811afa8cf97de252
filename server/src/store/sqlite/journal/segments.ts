/**
 * The two segments of the journal, of which one is written while the other gets its next life.
 *
 * Guarantees that a segment is written from its beginning on, that each life of it has keys of its own, and
 * that none begins before all of the last one is in the log.
 */
import assert from "node:assert/strict";
import {
  type FrameKey,
  frameBytesMax,
  type JournalCipher,
  sealFrame,
  segmentBytes,
  type UnsealedFrame,
} from "./frames.ts";
import type { SegmentFile } from "./segment-file.ts";

export interface SegmentsOptions {
  readonly files: readonly SegmentFile[];
  readonly cipher: JournalCipher;
  /** Of each segment's present life, in hex. */
  readonly salts: readonly string[];
  /** Saves the salt of a segment's next life, which ends the last one. */
  readonly renew: (segment: number, salt: string) => Promise<void>;
  /** There may be room where there was none. */
  readonly renewed: () => void;
}

export interface Segments {
  /** Whether a frame can be written now. */
  hasRoom(): boolean;
  /** Where there is room. Calls back as `SegmentFile.write` does; returns how long the frame is. */
  write(frame: UnsealedFrame, done: (error: Error | null) => void): number;
  /** Frames before this one are in the log. */
  ingestedBefore(frame: number): void;
  /** Goes on in the other segment, so that the life of this one can end. */
  endLife(): void;
  close(): void;
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

export function createSegments(options: SegmentsOptions): Segments {
  const { cipher, renew, renewed } = options;
  let [current, standby] = openSegments(options);
  let notIngested = 0;
  let isClosed = false;

  /** False where the other segment is not ready: it will be as soon as all of it is in the log. */
  function change(): boolean {
    if (standby.key === null) return false;
    [current, standby] = [standby, current];
    standby.key = null;
    renewStandby();
    return true;
  }

  function renewStandby(): void {
    const segment = standby;
    const isDue = segment.key === null && !segment.isRenewing && segment.lastFrame < notIngested;
    if (!isDue || isClosed) return;
    const salt = cipher.newSalt();
    segment.isRenewing = true;
    renew(segment.index, Buffer.from(salt).toString("hex")).then(
      () => {
        segment.key = cipher.keyOf(salt);
        segment.end = 0;
        segment.isRenewing = false;
        renewed();
      },
      // Where the store was only busy, the next commit has it tried again.
      () => {
        segment.isRenewing = false;
      },
    );
  }

  return {
    hasRoom: () => current.end + frameBytesMax <= segmentBytes || change(),
    write(frame, done) {
      const { key, end, file } = current;
      assert(key !== null, "the segment that is written has its key");
      const bytes = sealFrame(key, end, frame, file.blockBytes);
      file.write(bytes, end, done);
      current.end += bytes.length;
      current.lastFrame = frame.number;
      return bytes.length;
    },
    ingestedBefore(frame) {
      notIngested = frame;
      renewStandby();
    },
    endLife() {
      if (current.end > 0) change();
    },
    close() {
      isClosed = true;
      for (const { file } of [current, standby]) file.close();
    },
  };
}

function openSegments({ files, cipher, salts }: SegmentsOptions): [Segment, Segment] {
  const [first, second] = files.map((file, index): Segment => {
    const salt = salts[index];
    assert(salt !== undefined, "every segment has a salt");
    const key = cipher.keyOf(Buffer.from(salt, "hex"));
    return { index, file, key, isRenewing: false, end: 0, lastFrame: 0 };
  });
  assert(first !== undefined && second !== undefined, "two segments take turns");
  return [first, second];
}
