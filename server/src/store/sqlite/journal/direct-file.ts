/**
 * A file that is written past the system's cache: half of what a write through the cache costs the processor, and
 * in fewer steps, with the same promise that what was written is on the disk.
 *
 * The kernel asks for memory, places and lengths at the borders of the disk's blocks, and not every file system
 * does it at all; so some blocks are read and written back in trial.
 */
import fs from "node:fs";
import { blockBytesMax } from "./frames.ts";

export interface DirectFile {
  readonly descriptor: number;
  /** At the border of a block. What is written has to stand here. */
  readonly memory: Buffer;
  readonly blockBytes: number;
}

/** Of a disk's blocks: the shortest that is taken is the best. */
const blockSizes = [512, blockBytesMax] as const;
/** Of memory that is had. */
const alignmentBytes = 16;

/** Over several pages of memory: within one, some kernels look at nothing. */
const trialBytes = 16 * blockBytesMax;

/** Null where it can't be had. The file is as long as a trial at least, and nobody else writes to it meanwhile. */
export function openDirectly(file: string, memoryBytes: number): DirectFile | null {
  const { O_RDWR, O_DSYNC, O_DIRECT } = fs.constants;
  if (process.platform !== "linux") return null;
  const descriptor = openOrNull(file, O_RDWR | O_DSYNC | O_DIRECT);
  if (descriptor === null) return null;
  const room = Buffer.allocUnsafeSlow(memoryBytes + blockBytesMax);
  for (const blockBytes of blockSizes) {
    for (let start = 0; start < blockBytes; start += alignmentBytes) {
      const memory = room.subarray(start, start + memoryBytes);
      if (takes(descriptor, memory, trialBytes + blockBytes)) {
        return { descriptor, memory, blockBytes };
      }
    }
  }
  fs.closeSync(descriptor);
  return null;
}

function openOrNull(file: string, flags: number): number | null {
  try {
    return fs.openSync(file, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
    return null;
  }
}

/** What the file begins with is read and written back. */
function takes(descriptor: number, memory: Buffer, bytes: number): boolean {
  try {
    return (
      fs.readSync(descriptor, memory, 0, bytes, 0) === bytes &&
      fs.writeSync(descriptor, memory, 0, bytes, 0) === bytes
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
    return false;
  }
}
