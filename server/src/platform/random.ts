/**
 * Random bytes from the operating system, drawn in blocks: a draw costs a system call, and every action needs
 * several. Each byte is handed out once.
 */
import { randomFillSync } from "node:crypto";

const blockBytes = 16 * 1024;

const { randomBytes, randomHex, randomUint } = createRandom();

export { randomBytes, randomHex, randomUint };

function createRandom() {
  let block = Buffer.alloc(0);
  let used = 0;

  /** Where so many bytes are in the block, for this caller alone. */
  function draw(bytes: number): number {
    if (used + bytes > block.length) {
      // A new block each time: what was handed out refers to the old one.
      block = randomFillSync(Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes)));
      used = 0;
    }
    used += bytes;
    return used - bytes;
  }

  return {
    randomBytes(bytes: number): Buffer {
      const start = draw(bytes);
      return block.subarray(start, start + bytes);
    },
    /** As text, without a view of the block for each. */
    randomHex(bytes: number): string {
      const start = draw(bytes);
      return block.toString("hex", start, start + bytes);
    },
    /** A number of up to six bytes. */
    randomUint(bytes: number): number {
      const start = draw(bytes);
      return block.readUIntBE(start, bytes);
    },
  };
}
