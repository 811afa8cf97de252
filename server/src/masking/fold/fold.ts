/**
 * Reads text as a person would: what only looks different is made alike before anything is looked for.
 *
 * Full-width and other digits, spaces and dashes become plain; what can't be seen goes; letters of other scripts that pass for
 * Latin ones do so beside Latin letters and digits; `%40`, `%2540`, `\u0040`, `\x40`, `&#64;` and `&commat;` are what they stand for.
 * Positions are led back to the text as it was. Bytes that are no UTF-8 stay as they are.
 */
import { isAscii } from "node:buffer";
import { foldCharacter, isContinuation } from "./fold-characters.ts";
import {
  ampersand,
  backslash,
  foldEscape,
  numberSign,
  percent,
  referenceAt,
  sequenceBytesMax,
} from "./fold-escapes.ts";

/** So much more than the sequence has to be known: its neighbour. */
const foldAhead = sequenceBytesMax + 4;

export interface Folder {
  /** The next piece, folded; the piece itself where nothing had to be. */
  readonly push: (piece: Uint8Array, isLast: boolean) => Uint8Array;
  /** Where a folded position lies in the text. */
  readonly sourceOf: (folded: number) => number;
  /** Nothing before this folded position is asked for any more. */
  readonly forget: (folded: number) => void;
}

export function createFolder(): Folder {
  let kept: Uint8Array = new Uint8Array(0);
  /** The byte before what is kept: a neighbour, too. */
  let before = 0;
  /** Pairs of folded and source positions from which on both run alike. */
  let places: number[] = [0, 0];
  let folded = 0;
  let source = 0;

  return {
    push(piece, isLast) {
      const text = kept.length === 0 ? piece : Buffer.concat([kept, piece]);
      const end = isLast ? text.length : undecidedFrom(text);
      const edits = editsOf(text, end, before);
      if (end > 0) before = text[end - 1] as number;
      // What ends in the middle of a sequence is looked at again with what follows.
      kept = text.slice(end);
      const output = edits.length === 0 ? text.subarray(0, end) : apply(text, end, edits);
      folded += output.length;
      source += end;
      return output;
    },
    sourceOf(position) {
      let low = 0;
      let high = places.length / 2 - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((places[middle * 2] ?? 0) <= position) low = middle;
        else high = middle - 1;
      }
      return (places[low * 2 + 1] ?? 0) + position - (places[low * 2] ?? 0);
    },
    forget(position) {
      let first = 0;
      while (first + 3 < places.length && (places[first + 2] ?? 0) <= position) first += 2;
      if (first > 64) places = places.slice(first);
    },
  };

  /** Edits are triples: where, how many bytes, and the byte instead, or -1. */
  function apply(text: Uint8Array, end: number, edits: readonly number[]): Uint8Array {
    const output = new Uint8Array(end);
    let read = 0;
    let written = 0;
    for (let edit = 0; edit < edits.length; edit += 3) {
      const [at = 0, length = 0, byte = 0] = [edits[edit], edits[edit + 1], edits[edit + 2]];
      if (at > read) output.set(text.subarray(read, at), written);
      written += at - read;
      read = at + length;
      if (byte >= 0) {
        places.push(folded + written, source + at);
        output[written] = byte;
        written += 1;
      }
      places.push(folded + written, source + read);
    }
    output.set(text.subarray(read, end), written);
    return output.subarray(0, written + end - read);
  }
}

/** The first position whose reading depends on what follows the text. */
function undecidedFrom(text: Uint8Array): number {
  for (let at = Math.max(0, text.length - foldAhead); at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte >= 0x80 || byte === percent || byte === backslash || byte === ampersand) {
      return isContinuation(byte) ? startOfCharacter(text, at) : at;
    }
  }
  return text.length;
}

function startOfCharacter(text: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && at - start < 3 && isContinuation(text[start] ?? 0)) start -= 1;
  return isContinuation(text[start] ?? 0) ? at : start;
}

/** Whether there is nothing in it that folding would change: most texts. */
export function isFolded(bytes: Uint8Array): boolean {
  // Short values come faster byte by byte than through a view of them.
  if (bytes.length <= shortMost && isPlainAll(bytes)) return true;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return (
    isAscii(view) &&
    !view.includes(percent) &&
    !(view.includes(backslash) && escapes.some((escape) => view.includes(escape))) &&
    !hasReference(view)
  );
}

const escapes = ["\\u00", "\\u{", "\\x"] as const;

function hasReference(view: Buffer): boolean {
  for (let at = view.indexOf(ampersand); at >= 0; at = view.indexOf(ampersand, at + 1)) {
    if (view[at + 1] === numberSign || referenceAt(view, at) !== null) return true;
  }
  return false;
}

const shortMost = 128;

function isPlainAll(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1)
    if (isPlainByte[bytes[at] as number] === 0) return false;
  return true;
}

function editsOf(text: Uint8Array, end: number, before: number): readonly number[] {
  if (isFolded(text.subarray(0, end))) return [];
  const edits: number[] = [];
  for (let at = 0; at < end; at += 1) {
    const byte = text[at] ?? 0;
    if (isPlainByte[byte] === 1) continue;
    const length =
      byte >= 0x80
        ? foldCharacter(text, at, edits, text[at - 1] ?? before)
        : foldEscape(text, at, edits);
    at += length - 1;
  }
  return edits;
}

/**
 * Bytes at which nothing to fold begins: of ASCII all that escapes nothing, bytes that only go on with a character, and those that
 * letters of Latin scripts begin with (U+00C0 to U+02FF).
 */
export const isPlainByte: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80
    ? Number(byte !== percent && byte !== ampersand && byte !== backslash)
    : Number(byte < 0xc0 || (byte >= 0xc3 && byte <= 0xcb)),
);
