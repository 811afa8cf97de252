/**
 * Bytes on their way to one socket: what is added before `write` leaves in one write. Each write is a system call
 * and wakes the other side, which costs more than everything else that is done with a short message.
 *
 * Guarantees that bytes leave in the order in which they were added, unchanged. Neighbours in memory leave as one
 * piece of it, without a copy.
 */
import type { Socket } from "node:net";

export class Outgoing {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];
  /** What was added last, and may still grow at its end: where it lies. */
  #memory: ArrayBufferLike | null = null;
  /** The chunk with which that piece began; most often it is all of it. */
  #chunk: Buffer = nothing;
  #start = 0;
  #end = 0;
  #bytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** How much waits for `write`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The bytes of `chunk` from `from` to `to`. Nobody may change them from now on. */
  add(chunk: Buffer, from = 0, to = chunk.length): void {
    const { buffer, byteOffset } = chunk;
    this.#bytes += to - from;
    if (buffer !== this.#memory || byteOffset + from !== this.#end) {
      this.#endPiece();
      this.#memory = buffer;
      this.#chunk = chunk;
      this.#start = byteOffset + from;
    }
    this.#end = byteOffset + to;
  }

  /** False where the socket should be given time before it gets more. */
  write(): boolean {
    if (this.#bytes === 0) return true;
    this.#endPiece();
    const pieces = this.#pieces;
    this.discard();
    if (pieces.length === 1) return this.#socket.write(pieces[0] as Buffer);
    this.#socket.cork();
    let takesMore = true;
    for (const piece of pieces) takesMore = this.#socket.write(piece);
    this.#socket.uncork();
    return takesMore;
  }

  /** What waits for `write` is not written. */
  discard(): void {
    this.#memory = null;
    this.#chunk = nothing;
    this.#pieces = [];
    this.#bytes = 0;
  }

  #endPiece(): void {
    if (this.#memory === null) return;
    const length = this.#end - this.#start;
    const isWhole = this.#chunk.byteOffset === this.#start && this.#chunk.length === length;
    this.#pieces.push(isWhole ? this.#chunk : Buffer.from(this.#memory, this.#start, length));
  }
}

/** Resolves when the socket takes more, or nothing any more; undefined if that is so already. */
export function drained(socket: Socket): Promise<void> | undefined {
  if (!socket.writableNeedDrain || socket.destroyed) return undefined;
  return new Promise((resolve) => {
    const end = () => {
      socket.off("drain", end);
      socket.off("close", end);
      resolve();
    };
    socket.on("drain", end);
    socket.on("close", end);
  });
}

const nothing = Buffer.alloc(0);
