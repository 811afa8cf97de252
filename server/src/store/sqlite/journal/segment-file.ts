/**
 * A segment as a file: of its full length from the beginning, so that a write changes nothing but its own
 * bytes, and written through to the disk.
 */
import fs from "node:fs";
import { open } from "node:fs/promises";
import { ensurePrivateFile } from "#/store/sqlite/folder.ts";
import { segmentBytes } from "./frames.ts";

export interface SegmentFile {
  /** Calls back when the bytes are on the disk, or with why it is not known that they are. */
  write(bytes: Uint8Array, position: number, done: (error: Error | null) => void): void;
  close(): void;
}

/** Where the system flushes with each write. macOS reaches the disk only by a flush of its own. */
const writesThrough = process.platform === "linux";
const zeroes = Buffer.alloc(64 * 1024);

/** Zeroes are written out: a file with holes would be given its blocks by the writes that are waited for. */
export async function prepareSegmentFile(file: string): Promise<void> {
  ensurePrivateFile(file);
  const handle = await open(file, "r+");
  try {
    const { size } = await handle.stat();
    if (size >= segmentBytes) return;
    for (let at = size; at < segmentBytes; ) {
      const { bytesWritten } = await handle.write(
        zeroes,
        0,
        Math.min(zeroes.length, segmentBytes - at),
        at,
      );
      at += bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function openSegmentFile(file: string, flushes = !writesThrough): SegmentFile {
  const { O_RDWR, O_DSYNC } = fs.constants;
  const descriptor = fs.openSync(file, flushes ? O_RDWR : O_RDWR | O_DSYNC);
  return {
    write(bytes, position, done) {
      fs.write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
        if (error !== null) return done(error);
        if (written !== bytes.length) {
          return done(new Error(`${written} of ${bytes.length} bytes were written`));
        }
        if (flushes) fs.fdatasync(descriptor, done);
        else done(null);
      });
    },
    close: () => fs.closeSync(descriptor),
  };
}
