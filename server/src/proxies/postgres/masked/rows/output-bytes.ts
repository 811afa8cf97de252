/** What becomes of a piece of memory of which only parts change: ranges of it, and what is put between them. */
export class OutputBytes {
  readonly #source: Buffer;
  /** Up to here the source is copied or left out. */
  #taken = 0;
  #bytes: Buffer | null = null;
  #length = 0;

  constructor(source: Buffer) {
    this.#source = source;
  }

  /** The source up to there. */
  copyTo(to: number): void {
    const bytes = this.#reserve(to - this.#taken);
    this.#length = copyRange(this.#source, this.#taken, to, bytes, this.#length);
    this.#taken = to;
  }

  /** Leaves the source out up to there. */
  skip(to: number): void {
    this.#reserve(0);
    this.#taken = to;
  }

  add(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#length += bytes.copy(this.#bytes as Buffer, this.#length);
  }

  /** Type and length of a message. */
  header(type: number, length: number): void {
    const bytes = this.#reserve(5);
    bytes[this.#length] = type;
    this.#length += 1;
    this.#int32(bytes, length);
  }

  /** A length and so many bytes; null is NULL. */
  value(value: Buffer | null): void {
    const bytes = this.#reserve(4 + (value?.length ?? 0));
    this.#int32(bytes, value === null ? -1 : value.length);
    if (value !== null) {
      this.#length = copyRange(value, 0, value.length, bytes, this.#length);
    }
  }

  /** All of it, with the source up to there; null where that is the whole source, unchanged. */
  finish(to: number): Buffer | null {
    if (this.#bytes === null)
      return to === this.#source.length ? null : this.#source.subarray(0, to);
    this.copyTo(to);
    return this.#bytes.subarray(0, this.#length);
  }

  #int32(bytes: Buffer, value: number): void {
    bytes[this.#length] = value >>> 24;
    bytes[this.#length + 1] = value >>> 16;
    bytes[this.#length + 2] = value >>> 8;
    bytes[this.#length + 3] = value;
    this.#length += 4;
  }

  #reserve(more: number): Buffer {
    const needed = this.#length + more;
    const bytes = this.#bytes;
    if (bytes !== null && needed <= bytes.length) return bytes;
    // What is replaced may be longer than what stood there.
    const grown = Buffer.allocUnsafe(Math.max(needed * 2, this.#source.length + spareBytes));
    bytes?.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    return grown;
  }
}

const spareBytes = 1024;

/** A call costs more than a few bytes one by one. */
const shortBytesMost = 40;

/** Where the copy ends. */
function copyRange(source: Buffer, from: number, to: number, target: Buffer, at: number): number {
  if (to - from > shortBytesMost) return at + source.copy(target, at, from, to);
  let end = at;
  for (let next = from; next < to; next += 1) {
    target[end] = source[next] as number;
    end += 1;
  }
  return end;
}
