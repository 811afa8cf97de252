/**
 * Rows of COPY data in its binary format, counted, and the first of them as values.
 *
 * Source: PostgreSQL documentation, COPY, "Binary Format": a signature, flags and an extension, then for each row the
 * number of its fields and each field behind its length (-1: NULL), then -1.
 */
import { GatheredBytes } from "#/wire/gathered-bytes.ts";
import type { RowReader, ShownRow } from "./row-reader.ts";

const signature = Buffer.from("PGCOPY\n\u00ff\r\n\0", "latin1");
/** With flags and the length of the extension. */
const beginBytes = signature.length + 8;

type State = "begin" | "extension" | "count" | "length" | "value" | "over" | "malformed";

export function binaryRows(rowsMax: number, rowBytesMax: number): RowReader {
  const first: ShownRow[] = [];
  const head = Buffer.alloc(beginBytes);
  let state: State = "begin";
  let headBytes = 0;
  let rows = 0;
  let fieldsLeft = 0;
  /** Of the extension or value under way. */
  let bytesLeft = 0;
  let row: (Buffer | null)[] | null = null;
  let rowBytes = 0;
  let isCut = false;
  const value = new GatheredBytes();

  /** Gathers so many bytes in `head`; -1 while there are not enough, else where to go on. */
  function gather(data: Buffer, at: number, bytes: number): number {
    const taken = Math.min(bytes - headBytes, data.length - at);
    data.copy(head, headBytes, at, at + taken);
    headBytes += taken;
    if (headBytes < bytes) return -1;
    headBytes = 0;
    return at + taken;
  }

  function endField(field: Buffer | null): void {
    row?.push(field);
    fieldsLeft -= 1;
    if (fieldsLeft > 0) state = "length";
    else endRow();
  }

  function endRow(): void {
    rows += 1;
    if (row !== null) first.push({ values: row, isCut });
    state = "count";
  }

  function beginRow(fields: number): void {
    fieldsLeft = fields;
    row = first.length < rowsMax ? [] : null;
    rowBytes = 0;
    isCut = false;
    if (fields === 0) endRow();
    else state = "length";
  }

  function keep(piece: Buffer): void {
    if (row === null) return;
    const room = Math.max(0, rowBytesMax - rowBytes);
    if (piece.length > room) isCut = true;
    const part = piece.subarray(0, room);
    rowBytes += part.length;
    // The chunk that it is a view of is not kept for it.
    value.add(value.length === 0 ? Buffer.from(part) : part);
  }

  function step(data: Buffer, at: number): number {
    switch (state) {
      case "begin": {
        const next = gather(data, at, beginBytes);
        if (next === -1) return data.length;
        const isBinary = head.subarray(0, signature.length).equals(signature);
        bytesLeft = head.readInt32BE(beginBytes - 4);
        state = !isBinary || bytesLeft < 0 ? "malformed" : "extension";
        if (state === "extension" && bytesLeft === 0) state = "count";
        return next;
      }
      case "extension": {
        const taken = Math.min(bytesLeft, data.length - at);
        bytesLeft -= taken;
        if (bytesLeft === 0) state = "count";
        return at + taken;
      }
      case "count": {
        const next = gather(data, at, 2);
        if (next === -1) return data.length;
        const fields = head.readInt16BE(0);
        if (fields >= 0) beginRow(fields);
        else state = fields === -1 ? "over" : "malformed";
        return next;
      }
      case "length": {
        const next = gather(data, at, 4);
        if (next === -1) return data.length;
        bytesLeft = head.readInt32BE(0);
        if (bytesLeft < -1) state = "malformed";
        else if (bytesLeft === -1) endField(null);
        else if (bytesLeft === 0) endField(Buffer.alloc(0));
        else state = "value";
        return next;
      }
      case "value": {
        const taken = Math.min(bytesLeft, data.length - at);
        keep(data.subarray(at, at + taken));
        bytesLeft -= taken;
        if (bytesLeft === 0) endField(value.take());
        return at + taken;
      }
      case "over":
        // The server takes nothing behind the end.
        state = "malformed";
        return data.length;
      case "malformed":
        return data.length;
    }
  }

  return {
    push(data) {
      for (let at = 0; at < data.length; ) at = step(data, at);
    },
    end() {
      const isWhole = state === "over" || (state === "count" && headBytes === 0);
      return { rows: isWhole ? rows : null, firstRows: first };
    },
  };
}
