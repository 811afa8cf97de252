/**
 * A server's event stream, from bytes (WHATWG HTML §9.2.6). Lines end in LF, CR LF or CR, wherever the bytes are cut.
 *
 * Guarantees that an event is whole or not there: what a stream that ends leaves unfinished is dropped.
 */
import type { StreamEvent } from "./upstream.ts";

export interface EventReader {
  /** Throws an `EventTooLarge`. */
  read(chunk: Uint8Array): readonly StreamEvent[];
}

export class EventTooLarge extends Error {
  override readonly name = "EventTooLarge";
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
const retryForm = /^\d{1,9}$/;

export function eventReader(eventBytesMax: number): EventReader {
  /** Of a line that has no end yet. */
  let pieces: Buffer[] = [];
  let lineBytes = 0;
  let isFirst = true;
  /** The last chunk ended in CR: an LF that follows is a part of that end. */
  let swallowsLineFeed = false;
  let data: Buffer[] = [];
  let dataBytes = 0;
  let id: string | null = null;
  let retryMs: number | null = null;

  const field = (line: Buffer): void => {
    const at = line.indexOf(colon);
    // A comment, which keeps the connection open.
    if (at === 0) return;
    const name = line.toString("latin1", 0, at < 0 ? line.length : at);
    const from = at < 0 ? line.length : line[at + 1] === space ? at + 2 : at + 1;
    const value = line.subarray(from);
    switch (name) {
      case "data":
        dataBytes += value.length;
        if (dataBytes > eventBytesMax) throw new EventTooLarge("An event is too large.");
        data.push(value);
        break;
      case "id":
        if (!value.includes(0)) id = value.toString("utf8");
        break;
      case "retry": {
        const text = value.toString("latin1");
        if (retryForm.test(text)) retryMs = Number(text);
      }
    }
  };

  const dispatch = (): StreamEvent | null => {
    const isEvent = data.length > 0 || retryMs !== null;
    const event = { id, retryMs, data: joined(data) };
    data = [];
    dataBytes = 0;
    id = null;
    retryMs = null;
    return isEvent ? event : null;
  };

  /** The line that ends here, with what came of it before. */
  const line = (end: Buffer): Buffer => {
    if (pieces.length === 0) return end;
    const whole = Buffer.concat([...pieces, end]);
    pieces = [];
    lineBytes = 0;
    return whole;
  };

  return {
    read(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const events: StreamEvent[] = [];
      let start = 0;
      if (swallowsLineFeed && bytes.length > 0) {
        if (bytes[0] === lineFeed) start = 1;
        swallowsLineFeed = false;
      }
      for (;;) {
        const end = lineEnd(bytes, start);
        if (end < 0) break;
        const ended = withoutMark(line(bytes.subarray(start, end)), isFirst);
        isFirst = false;
        const event = ended.length === 0 ? dispatch() : field(ended);
        if (event) events.push(event);
        start = end + 1;
        if (bytes[end] !== carriageReturn) continue;
        if (start === bytes.length) swallowsLineFeed = true;
        else if (bytes[start] === lineFeed) start += 1;
      }
      if (start < bytes.length) pieces.push(bytes.subarray(start));
      lineBytes += bytes.length - start;
      if (lineBytes + dataBytes > eventBytesMax) throw new EventTooLarge("An event is too large.");
      return events;
    },
  };
}

function withoutMark(line: Buffer, isFirst: boolean): Buffer {
  const isMarked = isFirst && line.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  return isMarked ? line.subarray(byteOrderMark.length) : line;
}

const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);

function lineEnd(bytes: Buffer, start: number): number {
  const feed = bytes.indexOf(lineFeed, start);
  const carriage = bytes.subarray(start, feed < 0 ? bytes.length : feed).indexOf(carriageReturn);
  return carriage < 0 ? feed : start + carriage;
}

function joined(lines: readonly Buffer[]): Buffer {
  const [first, ...others] = lines;
  if (first === undefined) return Buffer.alloc(0);
  if (others.length === 0) return first;
  return Buffer.concat(lines.flatMap((line, at) => (at === 0 ? [line] : [lineBreak, line])));
}

const lineBreak = Buffer.of(lineFeed);
