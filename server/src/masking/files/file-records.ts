/**
 * Cuts a file into lines, or into records of CSV whose quotes may hold line breaks.
 *
 * A quote opens where a field begins and nowhere else, so that one within a field (`5" disk`) moves no border. Lines end with LF or CRLF; with
 * CR alone where the first does.
 */
import { recordBytesMax } from "./file-scan.ts";

export interface FileRecord {
  /** With its line break. */
  readonly bytes: Buffer;
  /** The line that it begins on. */
  readonly line: number;
  /** False where it was cut because it is too long. */
  readonly isWhole: boolean;
}

export interface RecordCutter {
  readonly push: (piece: Uint8Array) => readonly FileRecord[];
  readonly end: () => readonly FileRecord[];
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;
const byteOrderMark = Buffer.from("\ufeff");

export function cutLines(): RecordCutter {
  return createCutter(() => null);
}

/** `separatorOf` tells from the first record what stands between fields. */
export function cutRecords(separatorOf: (first: Buffer) => string): RecordCutter {
  return createCutter(separatorOf);
}

/** Where in a record the cutter is: only at the beginning of a field a quote opens, and a quote in quotes may be two. */
type Place = "begin" | "plain" | "quoted" | "closed";

function createCutter(separatorOf: (first: Buffer) => string | null): RecordCutter {
  let kept = Buffer.alloc(0);
  let looked = 0;
  let line = 1;
  /** Null until the first line has ended. */
  let breaks: "lf" | "cr" | null = null;
  /** Until the first record is there, all that may stand between fields; none where there are but lines. */
  let separators: readonly number[] =
    separatorOf(Buffer.from(",")) === null ? [] : [...Buffer.from(",;\t")];
  const hasFields = separators.length > 0;
  let place: Place = "begin";
  return {
    push(piece) {
      kept = kept.length === 0 ? Buffer.from(piece) : Buffer.concat([kept, piece]);
      const records: FileRecord[] = [];
      let start = 0;
      let at = looked;
      for (; at < kept.length; at += 1) {
        const byte = kept[at] as number;
        // Whether it ends a line is told by what follows.
        if (byte === carriageReturn && at + 1 === kept.length && breaks !== "lf") break;
        const isLong = at - start >= recordBytesMax;
        if (!isLong && !(place !== "quoted" && endsLine(byte, kept[at + 1]))) {
          if (hasFields) place = next(place, byte, at - start);
          continue;
        }
        const record = take(start, at + 1, !isLong);
        if (hasFields && separators.length > 1)
          separators = [...Buffer.from(separatorOf(record.bytes) ?? ",")];
        records.push(record);
        start = at + 1;
        place = "begin";
      }
      kept = kept.subarray(start);
      looked = at - start;
      return records;
    },
    end: () => (kept.length === 0 ? [] : [take(0, kept.length, true)]),
  };

  function endsLine(byte: number, following: number | undefined): boolean {
    if (byte === lineFeed) {
      breaks ??= "lf";
      return true;
    }
    if (byte !== carriageReturn || following === lineFeed) return false;
    breaks ??= "cr";
    return breaks === "cr";
  }

  function next(from: Place, byte: number, offset: number): Place {
    if (from === "quoted") return byte === quote ? "closed" : "quoted";
    if (separators.includes(byte)) return "begin";
    if (byte === quote && (from === "begin" || from === "closed")) return "quoted";
    // A mark of the file's encoding stands before the first field.
    if (from === "begin" && line === 1 && byte === byteOrderMark[offset]) return "begin";
    return "plain";
  }

  function take(from: number, to: number, isWhole: boolean): FileRecord {
    const bytes = kept.subarray(from, to);
    const record = { bytes, line, isWhole };
    const ending = breaks === "cr" ? carriageReturn : lineFeed;
    for (const byte of bytes) if (byte === ending) line += 1;
    return record;
  }
}
