/**
 * A server's event stream, from bytes (WHATWG HTML §9.2.6). Lines end in LF, CR LF or CR, wherever the bytes are cut.
 *
 * Guarantees that an event is whole or not there: what a stream that ends leaves unfinished is dropped. What is kept of one costs
 * memory by its bytes, however many lines or pieces they come in.
 */
import { GatheredBytes } from "#/wire/gathered-bytes.ts";
import { behindBreaks } from "./line-breaks.ts";
import type { StreamEvent } from "./upstream.ts";

export interface EventReader {
  /** Throws an `EventTooLarge`. */
  read(chunk: Uint8Array): readonly StreamEvent[];
  /** What is kept of an event that has begun. */
  keptBytes(): number;
}

export class EventTooLarge extends Error {
  override readonly name = "EventTooLarge";
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
const retryForm = /^\d{1,9}$/;
/** An event with a longer id has none: a session keeps many of them. */
const eventIdBytesMax = 1_024;

export function eventReader(eventBytesMax: number): EventReader {
  /** Of a line that has no end yet. */
  const begun = new GatheredBytes();
  let isFirst = true;
  /** The last chunk ended in CR: an LF that follows is a part of that end. */
  let swallowsLineFeed = false;
  const data = new GatheredBytes();
  let hasData = false;
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
        if (hasData) data.add(lineBreak);
        data.add(value);
        hasData = true;
        if (data.length > eventBytesMax) throw new EventTooLarge("An event is too large.");
        break;
      case "id":
        if (!value.includes(0)) {
          id = value.length > eventIdBytesMax ? null : value.toString("utf8");
        }
        break;
      case "retry": {
        const text = value.toString("latin1");
        if (retryForm.test(text)) retryMs = Number(text);
      }
    }
  };

  const dispatch = (): StreamEvent | null => {
    const isEvent = hasData || retryMs !== null;
    const event = { id, retryMs, data: data.take() };
    hasData = false;
    id = null;
    retryMs = null;
    return isEvent ? event : null;
  };

  /** The line that ends here, with what came of it before. */
  const line = (end: Buffer): Buffer => {
    if (begun.length === 0) return end;
    begun.add(end);
    return begun.take();
  };

  const keptBytes = () => begun.length + data.length;

  return {
    keptBytes,
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
        if (bytes[end] === carriageReturn) {
          if (start === bytes.length) swallowsLineFeed = true;
          else if (bytes[start] === lineFeed) start += 1;
        }
        if (ended.length === 0) start = behindBreaks(bytes, start);
      }
      if (start < bytes.length) begun.add(bytes.subarray(start));
      if (keptBytes() > eventBytesMax) {
        throw new EventTooLarge("An event is too large.");
      }
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

const lineBreak = Buffer.of(lineFeed);
