/**
 * The data in CopyData messages, without the messages: what a digest is taken over and a spool keeps, so that it
 * does not matter how a client cuts its data.
 */
import { headerBytes } from "#/proxies/postgres/wire/codec.ts";

export class CopyPayload {
  /** Of a message that goes on in the next run. */
  #bytesLeft = 0;
  /** Where the data of several messages is put together, again and again. */
  #together = nothing;

  /** Whether the last message goes on in the next run. */
  get isWithin(): boolean {
    return this.#bytesLeft > 0;
  }

  /**
   * The data in one run of a `FrameSplitter`, which never cuts a header: a view where it is in one piece, else a
   * copy. Good until the next call.
   */
  of(run: Buffer): Buffer {
    let filled = 0;
    if (this.#together.length < run.length) this.#together = Buffer.allocUnsafe(run.length);
    for (let position = 0; position < run.length; ) {
      if (this.#bytesLeft === 0) {
        this.#bytesLeft = run.readInt32BE(position + 1) - 4;
        position += headerBytes;
      }
      const end = Math.min(position + this.#bytesLeft, run.length);
      this.#bytesLeft -= end - position;
      if (filled === 0 && end === run.length) return run.subarray(position);
      filled += run.copy(this.#together, filled, position, end);
      position = end;
    }
    return this.#together.subarray(0, filled);
  }
}

const nothing = Buffer.alloc(0);
