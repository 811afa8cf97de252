/** Newline-delimited JSON as it comes, within a bound. */

/** A message of either side. A longer one is not kept, and not passed on. */
export const lineBytesMax = 64 * 1024 * 1024;
const lineFeed = 0x0a;

/** Each line without its break; null in place of one that is too long. Empty ones are left out. */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Buffer | null, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const keep = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= bytesMax) parts.push(piece);
    else parts = [];
  };
  const finish = (): Buffer | null => {
    const line = bytes > bytesMax ? null : Buffer.concat(parts);
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of pieces) {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (;;) {
      const end = piece.indexOf(lineFeed, start);
      if (end < 0) break;
      keep(piece.subarray(start, end));
      start = end + 1;
      const line = finish();
      if (line === null || line.toString("latin1").trim() !== "") yield line;
    }
    if (start < piece.length) keep(piece.subarray(start));
  }
}
