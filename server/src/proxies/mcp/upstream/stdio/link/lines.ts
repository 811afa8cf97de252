/**
 * Newline-delimited JSON from a server's output: chunks in, lines out (MCP 2026-07-28, transports/stdio).
 *
 * Guarantees that no more than one line within its bound is kept, whatever comes, and that a line is handed over whole
 * or not at all. Of one that is too long only its beginning and its end are looked at, for the id that it answers.
 */
import { behindBreaks } from "#/proxies/mcp/upstream/line-breaks.ts";
import { GatheredBytes } from "#/wire/gathered-bytes.ts";

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** What is kept of either end of a line that is too long. */
const keptEndBytesMax = 256;

export interface LineSink {
  /** Without its line break, never empty. May be a view of what was pushed. */
  readonly line: (bytes: Buffer) => void;
  /** So many bytes more of blank lines, or of one that is too long: a server that says nothing else costs the reading of them. */
  readonly leftOut: (bytes: number) => void;
  /** A longer one was skipped; null where neither end of it tells a whole number as its id. */
  readonly overlong: (id: number | null) => void;
}

export function splitLines(lineBytesMax: number, sink: LineSink): (chunk: Buffer) => void {
  const gathered = new GatheredBytes();
  /** Of the line that is skipped: its beginning, and the latest of it. */
  let skipped: { readonly head: string; tail: Buffer } | null = null;
  /** Of one chunk. */
  let leftOut = 0;

  const keep = (piece: Buffer) => {
    if (skipped !== null) {
      leftOut += piece.length;
      skipped.tail = endOf(Buffer.concat([skipped.tail, endOf(piece)]));
      return;
    }
    gathered.add(piece);
    if (gathered.length <= lineBytesMax) return;
    const whole = gathered.take();
    leftOut += whole.length;
    skipped = { head: whole.subarray(0, keptEndBytesMax).toString("latin1"), tail: endOf(whole) };
  };
  const finish = () => {
    if (skipped !== null) {
      const id = idAtEitherEnd(skipped.head, skipped.tail.toString("latin1"));
      skipped = null;
      sink.overlong(id);
      return;
    }
    const line = trimmed(gathered.take());
    if (line.length > 0) sink.line(line);
  };
  return (chunk) => {
    let start = 0;
    for (;;) {
      if (gathered.length === 0 && skipped === null) {
        const behind = behindBreaks(chunk, start);
        leftOut += behind - start;
        start = behind;
      }
      const end = chunk.indexOf(lineFeed, start);
      if (end < 0) break;
      keep(chunk.subarray(start, end));
      finish();
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
    if (leftOut > 0) sink.leftOut(leftOut);
    leftOut = 0;
  };
}

function trimmed(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}

function endOf(piece: Buffer): Buffer {
  return Buffer.from(piece.subarray(Math.max(0, piece.length - keptEndBytesMax)));
}

/**
 * The first or second member of an object, behind nothing but its version, or its last: wherever a line is JSON at all,
 * those are members of the message itself and of nothing in it.
 */
function idAtEitherEnd(head: string, tail: string): number | null {
  const found =
    /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,15})\s*,/.exec(head) ??
    /,\s*"id"\s*:\s*(\d{1,15})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail);
  return found === null ? null : Number(found[1]);
}
