/** Cuts a file into lines, or into records whose quotes may hold line breaks. */
import { recordBytesMax } from "./file-scan.ts";

export interface FileRecord {
  /** With its line break. */
  readonly bytes: Buffer;
  /** The line that it begins on. */
  readonly line: number;
  /** False where it was cut because it is too long. */
  readonly isWhole: boolean;
}

const lineFeed = 0x0a;
const quote = 0x22;

export function createRecordCutter({ quoted }: { readonly quoted: boolean }): {
  readonly push: (piece: Uint8Array) => readonly FileRecord[];
  readonly end: () => readonly FileRecord[];
} {
  let kept = Buffer.alloc(0);
  let looked = 0;
  let inQuotes = false;
  let line = 1;
  return {
    push(piece) {
      kept = kept.length === 0 ? Buffer.from(piece) : Buffer.concat([kept, piece]);
      const records: FileRecord[] = [];
      let start = 0;
      for (let at = looked; at < kept.length; at += 1) {
        const byte = kept[at];
        if (quoted && byte === quote) inQuotes = !inQuotes;
        const isLong = at - start >= recordBytesMax;
        if ((byte !== lineFeed || inQuotes) && !isLong) continue;
        records.push(take(start, at + 1, !isLong));
        start = at + 1;
        inQuotes = false;
      }
      kept = kept.subarray(start);
      looked = kept.length;
      return records;
    },
    end: () => (kept.length === 0 ? [] : [take(0, kept.length, true)]),
  };

  function take(from: number, to: number, isWhole: boolean): FileRecord {
    const bytes = kept.subarray(from, to);
    const record = { bytes, line, isWhole };
    for (const byte of bytes) if (byte === lineFeed) line += 1;
    return record;
  }
}
