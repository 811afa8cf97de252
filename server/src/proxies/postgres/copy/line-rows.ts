/**
 * Rows of COPY data in text or CSV, counted as the server counts them, and the first of them as values.
 *
 * A line ends at a newline, a carriage return or both, whichever ends the first one; not behind a backslash in text,
 * and not within quotes in CSV. In text a line `\.` ends the data, and before PostgreSQL 18 also one that ends so, and
 * a line `\.` of CSV.
 *
 * Source: PostgreSQL, `CopyReadLineText`, `CopyReadAttributesText` and `CopyReadAttributesCSV` in `copyfromparse.c`.
 */

import type { CopyDataForm } from "./copy-statement.ts";
import { csvValues, textValues } from "./line-values.ts";
import type { RowReader, ShownRow } from "./row-reader.ts";

const newline = 0x0a;
const carriageReturn = 0x0d;
const backslash = 0x5c;
const dot = 0x2e;
const markBytes = 2;

type LineEnd = "unknown" | "newline" | "return" | "both";

export function lineRows(form: CopyDataForm, rowsMax: number, rowBytesMax: number): RowReader {
  const isCsv = form.format === "csv";
  const quote = form.quote.charCodeAt(0);
  // Where the two are one, every quote turns the state around, a doubled one twice.
  const escape = form.escape === form.quote ? -1 : form.escape.charCodeAt(0);
  const values = isCsv ? csvValues : textValues;
  const first: ShownRow[] = [];
  let rows = 0;
  let isHeader = form.header;
  let lineEnd: LineEnd = "unknown";
  let atReturn = false;
  let inQuotes = false;
  /** Text: the last byte was a backslash that escapes the next. CSV: it was an escape within quotes. */
  let escaped = false;
  let isOver = false;
  const endsAtMark = !isCsv || form.csvEndsAtMark;
  /** How much of `\.` has just been read. */
  let mark: "none" | "begun" | "whole" = "none";
  let atLineStart = true;
  /** Of the line under way: its beginning, as far as it may be shown, and its whole length. */
  const kept = Buffer.alloc(rowBytesMax);
  let length = 0;

  function keep(byte: number): void {
    if (length < rowBytesMax) kept[length] = byte;
    length += 1;
  }

  function endLine(): void {
    const line = kept.subarray(0, Math.min(length, rowBytesMax));
    const isCut = length > rowBytesMax;
    length = 0;
    escaped = false;
    isOver = endsAtMark && mark === "whole";
    if (isOver && line.length <= markBytes) return;
    if (isHeader) {
      isHeader = false;
      return;
    }
    rows += 1;
    const shown = isOver && !isCut ? line.subarray(0, -markBytes) : line;
    if (first.length < rowsMax) first.push({ values: values(shown, form), isCut });
  }

  /** Called with each byte once it is taken. */
  function lookForMark(byte: number): void {
    const begins = byte === backslash && (isCsv ? atLineStart : escaped);
    // Only the byte behind it tells whether a carriage return ends a line.
    const stays = mark === "whole" && byte === carriageReturn;
    if (!stays) mark = begins ? "begun" : mark === "begun" && byte === dot ? "whole" : "none";
    atLineStart = byte === newline || byte === carriageReturn;
  }

  function take(byte: number): void {
    if (atReturn) {
      atReturn = false;
      if (byte === newline) {
        lineEnd = "both";
        endLine();
        return;
      }
      if (lineEnd === "both") keep(carriageReturn);
      else {
        lineEnd = "return";
        endLine();
        if (isOver) return;
      }
    }
    const isPlain = isCsv ? !inQuotes : !escaped;
    if (isPlain && byte === newline && lineEnd !== "return" && lineEnd !== "both") {
      lineEnd = "newline";
      endLine();
      return;
    }
    if (isPlain && byte === carriageReturn && lineEnd !== "newline") {
      atReturn = true;
      return;
    }
    keep(byte);
    if (!isCsv) {
      escaped = !escaped && byte === backslash;
      return;
    }
    if (inQuotes && byte === escape) escaped = !escaped;
    if (byte === quote && !escaped) inQuotes = !inQuotes;
    if (byte !== escape) escaped = false;
  }

  const isMark = new Uint8Array(256);
  const marks = isCsv ? [quote, escape, endsAtMark ? backslash : -1] : [backslash];
  for (const byte of marks) if (byte >= 0) isMark[byte] = 1;
  for (const byte of [newline, carriageReturn]) isMark[byte] = 1;

  /** The first byte from there on that may mean something. */
  function nextMark(data: Buffer, from: number): number {
    let at = from;
    while (at < data.length && isMark[data[at] as number] === 0) at += 1;
    return at;
  }

  function keepAll(data: Buffer, from: number, to: number): void {
    if (length < rowBytesMax) data.copy(kept, length, from, to);
    length += to - from;
  }

  return {
    push(data) {
      for (let at = 0; at < data.length; ) {
        if (isOver) return;
        const end = atReturn || escaped || mark === "begun" ? at : nextMark(data, at);
        if (end > at) {
          keepAll(data, at, end);
          at = end;
          mark = "none";
          atLineStart = false;
        } else {
          take(data[at] as number);
          lookForMark(data[at] as number);
          at += 1;
        }
      }
    },
    end() {
      // What only ends is a value of CSV.
      if (isCsv && !atReturn) mark = "none";
      if (!isOver && (length > 0 || atReturn)) endLine();
      return { rows, firstRows: first };
    },
  };
}
