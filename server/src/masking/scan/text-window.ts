/** The bytes of a text that are still needed: what may be looked back at, and what waits for more. */

/** Pieces up to this length are copied without a call. */
const shortMost = 64;
/** Behind the text so many bytes are zero, for what looks one byte further. */
const sentinelBytes = 16;

export interface TextWindow {
  bytes: Uint8Array;
  /** Bytes of the text before `bytes[0]`. */
  base: number;
  /** How many bytes of the text there are. */
  filled: number;
}

export function createWindow(): TextWindow {
  return { bytes: new Uint8Array(0), base: 0, filled: 0 };
}

/** Adds a piece, and keeps of what is there what begins at `keep`. Room for `ahead` bytes more is made where it has to grow. */
export function append(window: TextWindow, piece: Uint8Array, keep: number, ahead: number): void {
  const left = window.filled - keep;
  const needed = left + piece.length + sentinelBytes;
  if (needed > window.bytes.length || keep > 0) {
    const grown =
      window.bytes.length >= needed ? window.bytes : new Uint8Array(left + piece.length + ahead);
    grown.set(window.bytes.subarray(keep, window.filled));
    window.bytes = grown;
    window.base += keep;
    window.filled = left;
  }
  const { bytes, filled } = window;
  // Short pieces are copied faster byte by byte.
  if (piece.length > shortMost) bytes.set(piece, filled);
  else for (let at = 0; at < piece.length; at += 1) bytes[filled + at] = piece[at] as number;
  window.filled = filled + piece.length;
  // What an earlier text left behind it is no part of this one.
  for (let at = window.filled; at < window.filled + sentinelBytes; at += 1) bytes[at] = 0;
}
