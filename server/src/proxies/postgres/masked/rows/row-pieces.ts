/**
 * Rows in a stream that comes in pieces: where they end, and the one of which only a part has come.
 *
 * Guarantees that no more than one row is kept, of `maskedRowBytesMax` at most. A row that is longer, or no row, ends the answer.
 */
import { GatewayError } from "#/core/errors.ts";
import { backend, headerBytes } from "#/proxies/postgres/wire/codec.ts";

/** A row is in memory until all of it has come. */
export const maskedRowBytesMax = 16 * 1024 * 1024;

const keptBytesMin = 8 * 1024;

export class UnfinishedRow {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Takes what belongs to the row, from there on. Where the piece goes on behind it. */
  take(piece: Buffer, from: number): number {
    const header = Math.max(0, headerBytes - this.#length);
    const at = this.#add(piece, from, Math.min(piece.length, from + header));
    if (this.#length < headerBytes) return at;
    const missing = endOfRow(this.#bytes, 0, this.#length) - this.#length;
    return this.#add(piece, at, Math.min(piece.length, at + missing));
  }

  /** The row, if all of it has come; the next begins empty. */
  finish(): Buffer | null {
    const end = endOfRow(this.#bytes, 0, this.#length);
    if (end === -1 || this.#length < end) return null;
    const row = this.#bytes.subarray(0, end);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return row;
  }

  #add(piece: Buffer, from: number, to: number): number {
    const needed = this.#length + to - from;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed * 2, keptBytesMin));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    piece.copy(this.#bytes, this.#length, from, to);
    this.#length = needed;
    return to;
  }
}

/** Where the row ends that begins there; -1 where too little of it has come to tell. */
export function endOfRow(source: Buffer, at: number, available: number): number {
  if (available - at < headerBytes) return -1;
  const length = int32At(source, at + 1);
  if (source[at] !== backend.dataRow || length < 4) throw malformedRow();
  if (length > maskedRowBytesMax) {
    const message = `A row is longer than the ${maskedRowBytesMax} bytes in which rows are masked; ask for its columns apart.`;
    throw new GatewayError("postgres.message_too_large", message);
  }
  return at + 1 + length;
}

export function int32At(source: Buffer, at: number): number {
  return (
    ((source[at] as number) << 24) |
    ((source[at + 1] as number) << 16) |
    ((source[at + 2] as number) << 8) |
    (source[at + 3] as number)
  );
}

export function malformedRow(): GatewayError {
  return new GatewayError(
    "postgres.upstream_protocol",
    "The upstream database sent a malformed row.",
  );
}
