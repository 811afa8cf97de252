/**
 * The data in CopyData messages, without the messages: what a digest is taken over and a spool keeps, so that it
 * does not matter how a client cuts its data.
 */
import { headerBytes } from "#/proxies/postgres/codec.ts";

export class CopyPayload {
  /** Of a message that goes on in the next run. */
  #bytesLeft = 0;

  /**
   * The data in one run of a `FrameSplitter`, which never cuts a header: a view where it is in one piece, else a
   * copy.
   */
  of(run: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let position = 0;
    while (position < run.length) {
      if (this.#bytesLeft === 0) {
        this.#bytesLeft = run.readInt32BE(position + 1) - 4;
        position += headerBytes;
      }
      const taken = Math.min(this.#bytesLeft, run.length - position);
      if (taken > 0) pieces.push(run.subarray(position, position + taken));
      position += taken;
      this.#bytesLeft -= taken;
    }
    const [first] = pieces;
    return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
  }
}
