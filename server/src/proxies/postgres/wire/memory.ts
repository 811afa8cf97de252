/**
 * The end of memory that bulk came in. Left to the collector it costs more than all else that is done with it: Node
 * sets memory aside for each read, and for every few dozen megabytes of that the whole heap is looked through.
 *
 * Guarantees that memory is let go only where it holds nothing but the bytes named, and never while a socket still
 * reads from it.
 */
import type { Socket } from "node:net";

/** Shorter ones may share their memory, and would not be worth it. */
const aloneBytesMin = 8 * 1024;

/** Whether nothing else lies in the memory of these bytes. */
export function isAlone({ buffer, length }: Buffer): boolean {
  return length >= aloneBytesMin && length === buffer.byteLength;
}

/** Nobody looks at these bytes again: they are none from then on, if they were alone. */
export function letGo(bytes: Buffer): void {
  if (isAlone(bytes) && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}

/** What has been written to a socket and may be let go once that has it. Bounded by what the socket takes. */
export class Leaving {
  readonly #socket: Socket;
  #leaving: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** `bytes` have been written, and are nobody's from now on. */
  add(bytes: Buffer): void {
    this.#leaving.push(bytes);
    this.letGo();
  }

  /** Also of what was added before. */
  letGo(): void {
    if (this.#socket.writableLength > 0) return;
    for (const bytes of this.#leaving) letGo(bytes);
    this.#leaving = [];
  }

  /** The rest is the collector's. */
  end(): void {
    this.letGo();
    this.#leaving = [];
  }
}
