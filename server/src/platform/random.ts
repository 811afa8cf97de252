/**
 * Random bytes from the operating system, drawn in blocks: a draw costs a system call, and every action needs
 * several. Each byte is handed out once.
 */
import { randomFillSync } from "node:crypto";

const blockBytes = 16 * 1024;

export const randomBytes: (bytes: number) => Buffer = createRandom();

function createRandom(): (bytes: number) => Buffer {
  let block = Buffer.alloc(0);
  let used = 0;
  return (bytes) => {
    if (used + bytes > block.length) {
      // A new block each time: what was handed out refers to the old one.
      block = randomFillSync(Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes)));
      used = 0;
    }
    used += bytes;
    return block.subarray(used - bytes, used);
  };
}
