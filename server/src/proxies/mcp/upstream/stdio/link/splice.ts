/** A message with another id in it, and else as it was written: its other bytes are nobody's to change. */
import type { Place } from "#/proxies/mcp/json/shallow.ts";

export interface Edit {
  readonly at: Place;
  readonly text: string;
}

/** Edits do not overlap; their texts are Latin-1, as those that were read. */
export function splice(message: Uint8Array, edits: readonly Edit[]): Buffer {
  const whole = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const parts: Buffer[] = [];
  let copied = 0;
  for (const { at, text } of edits.toSorted((one, other) => one.at.start - other.at.start)) {
    parts.push(whole.subarray(copied, at.start), Buffer.from(text, "latin1"));
    copied = at.end;
  }
  parts.push(whole.subarray(copied));
  return Buffer.concat(parts);
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/** Line breaks in JSON stand between its tokens alone, where a blank means the same. Changes `message` itself. */
export function ontoOneLine(message: Buffer): Buffer {
  for (const lineBreak of [lineFeed, carriageReturn]) {
    for (let at = message.indexOf(lineBreak); at >= 0; at = message.indexOf(lineBreak, at + 1)) {
      message[at] = space;
    }
  }
  return message;
}
