/**
 * A segment as a file: of its full length from the beginning, so that a write changes nothing but its own
 * bytes, and written through to the disk.
 */
import fs from "node:fs";
import { open } from "node:fs/promises";
import { ensurePrivateFile } from "#/store/sqlite/folder.ts";
import { type DirectFile, openDirectly } from "./direct-file.ts";
import { frameBytesMax, segmentBytes } from "./frames.ts";

export interface SegmentFile {
  /** What is written begins and ends at their borders. */
  readonly blockBytes: number;
  /** One at a time. Calls back when the bytes are on the disk, or with why it is not known that they are. */
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

/** Past the system's cache where that can be had. */
export function openSegmentFile(file: string, flushes = !writesThrough): SegmentFile {
  const direct = flushes ? null : openDirectly(file, frameBytesMax);
  return direct === null ? openThroughCache(file, flushes) : overDirectFile(direct);
}

function overDirectFile({ descriptor, memory, blockBytes }: DirectFile): SegmentFile {
  return {
    blockBytes,
    write(bytes, position, done) {
      memory.set(bytes);
      fs.write(descriptor, memory, 0, bytes.length, position, (error, written) =>
        done(error ?? shortage(written, bytes.length)),
      );
    },
    close: () => fs.closeSync(descriptor),
  };
}

export function openThroughCache(file: string, flushes: boolean): SegmentFile {
  const { O_RDWR, O_DSYNC } = fs.constants;
  const descriptor = fs.openSync(file, flushes ? O_RDWR : O_RDWR | O_DSYNC);
  return {
    blockBytes: 1,
    write(bytes, position, done) {
      fs.write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
        const failed = error ?? shortage(written, bytes.length);
        if (failed === null && flushes) fs.fdatasync(descriptor, done);
        else done(failed);
      });
    },
    close: () => fs.closeSync(descriptor),
  };
}

function shortage(written: number, bytes: number): Error | null {
  return written === bytes ? null : new Error(`${written} of ${bytes} bytes were written`);
}
