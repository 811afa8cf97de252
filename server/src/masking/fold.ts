/**
 * Reads text as a person would: what only looks different is made alike before anything is looked for.
 *
 * Full-width and other digits, spaces and dashes become plain; what can't be seen goes; letters of other scripts that pass for
 * Latin ones do so beside Latin letters and digits; `%40`, `%2540`, `\u0040`, `\x40`, `&#64;` and `&commat;` are what they stand for.
 * Positions are led back to the text as it was. Bytes that are no UTF-8 stay as they are.
 */
import { isAscii } from "node:buffer";
import { alnumBit, alphabetsOfByte } from "./alphabet.ts";
import { isDigit } from "./runs.ts";

/** The longest sequence that stands for one character: `&#x00040;`. */
const sequenceBytesMax = 9;
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

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

const percent = 0x25;
const ampersand = 0x26;
const backslash = 0x5c;
const numberSign = 0x23;

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

/** How many bytes there are of an escape, or 1: `%40`, `%2540`, `\u0040`, `\u{40}`, `\x40`, `&#64;`, `&#x0040;`, `&commat;`. */
function foldEscape(text: Uint8Array, at: number, edits: number[]): number {
  const first = text[at] ?? 0;
  const next = text[at + 1] ?? 0;
  if (first === percent) {
    const isTwice = next === 0x32 && text[at + 2] === 0x35;
    const folded = isTwice ? foldHex(text, at, 3, edits) : 1;
    return folded > 1 || !isHexDigit(next) ? folded : foldHex(text, at, 1, edits);
  }
  if (first === backslash) {
    if (next === 0x78) return foldHex(text, at, 2, edits);
    if (next !== 0x75) return 1;
    if (text[at + 2] === 0x7b) return foldBraced(text, at, edits);
    return text[at + 2] === 0x30 && text[at + 3] === 0x30 ? foldHex(text, at, 4, edits) : 1;
  }
  return next === numberSign ? foldReference(text, at, edits) : foldNamed(text, at, edits);
}

/** `\u{40}` of JavaScript, Rust and Swift. */
function foldBraced(text: Uint8Array, at: number, edits: number[]): number {
  let end = at + 3;
  let code = 0;
  for (; end < at + sequenceBytesMax - 1 && isHexDigit(text[end] ?? 0); end += 1)
    code = code * 16 + hexValue(text[end] ?? 0);
  return text[end] === 0x7d ? fold(at, end + 1 - at, code, edits) : 1;
}

/** References by name, of XML and of HTML, to what tells something. */
const references: readonly (readonly [name: Uint8Array, code: number])[] = Object.entries({
  quot: '"',
  apos: "'",
  amp: "&",
  lt: "<",
  gt: ">",
  nbsp: " ",
  commat: "@",
  period: ".",
  colon: ":",
  equals: "=",
  sol: "/",
  lowbar: "_",
  hyphen: "-",
}).map(([name, sign]) => [Buffer.from(`${name};`, "latin1"), sign.charCodeAt(0)]);

function referenceAt(text: Uint8Array, at: number): readonly [Uint8Array, number] | null {
  const first = text[at + 1];
  for (const reference of references) {
    const [name] = reference;
    if (name[0] === first && name.every((byte, index) => text[at + 1 + index] === byte))
      return reference;
  }
  return null;
}

function foldNamed(text: Uint8Array, at: number, edits: number[]): number {
  const reference = referenceAt(text, at);
  return reference === null ? 1 : fold(at, reference[0].length + 1, reference[1], edits);
}

/** Two hexadecimal digits, so many bytes behind the first. */
function foldHex(text: Uint8Array, at: number, offset: number, edits: number[]): number {
  const [high = 0, low = 0] = [text[at + offset], text[at + offset + 1]];
  if (!isHexDigit(high) || !isHexDigit(low)) return 1;
  return fold(at, offset + 2, hexValue(high) * 16 + hexValue(low), edits);
}

/** A character reference of HTML. */
function foldReference(text: Uint8Array, at: number, edits: number[]): number {
  const isHex = ((text[at + 2] ?? 0) | 0x20) === 0x78;
  let end = at + (isHex ? 3 : 2);
  let code = 0;
  let digits = 0;
  for (; end < at + sequenceBytesMax && digits < (isHex ? 5 : 3); end += 1, digits += 1) {
    const byte = text[end] ?? 0;
    if (!(isHex ? isHexDigit(byte) : isDigit(byte))) break;
    code = code * (isHex ? 16 : 10) + hexValue(byte);
  }
  return digits >= 2 && text[end] === 0x3b ? fold(at, end + 1 - at, code, edits) : 1;
}

function fold(at: number, length: number, code: number, edits: number[]): number {
  if (code < 0x20 || code > 0x7e) return 1;
  edits.push(at, length, code);
  return length;
}

function hexValue(byte: number): number {
  return isDigit(byte) ? byte - 0x30 : (byte | 0x20) - 0x57;
}

function isHexDigit(byte: number): boolean {
  const low = byte | 0x20;
  return isDigit(byte) || (low >= 0x61 && low <= 0x66);
}

/** How many bytes the character at `at` has; 1 for what is no character. */
function foldCharacter(text: Uint8Array, at: number, edits: number[], before: number): number {
  const first = text[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (length === 1) return 1;
  let point = first & (0xff >> (length + 1));
  for (let index = 1; index < length; index += 1) {
    const byte = text[at + index] ?? 0;
    if (!isContinuation(byte)) return 1;
    point = (point << 6) | (byte & 0x3f);
  }
  const plain = plainOf(point);
  if (plain === unchanged) return length;
  if (plain < 0 || !isLookalike(point) || isLatin(before) || isLatin(text[at + length] ?? 0))
    edits.push(at, length, plain);
  return length;
}

const unchanged = -2;
const gone = -1;

/** The ASCII character that a code point passes for; `gone` for what is not seen. */
function plainOf(point: number): number {
  if (point >= 0xff01 && point <= 0xff5e) return point - 0xfee0;
  if (isInvisible(point)) return gone;
  if (
    point === 0xa0 ||
    (point >= 0x2000 && point <= 0x200a) ||
    point === 0x202f ||
    point === 0x205f ||
    point === 0x3000
  )
    return 0x20;
  if ((point >= 0x2010 && point <= 0x2015) || point === 0x2212) return 0x2d;
  if (point >= 0x2460 && point <= 0x2468) return 0x31 + point - 0x2460;
  if (point === 0x24ea) return 0x30;
  for (const zero of zeros) if (point >= zero && point < zero + 10) return 0x30 + point - zero;
  if (point >= 0x1d7ce && point <= 0x1d7ff) return 0x30 + ((point - 0x1d7ce) % 10);
  if (point >= 0x1d400 && point <= 0x1d6a3) {
    const letter = (point - 0x1d400) % 52;
    return letter < 26 ? 0x41 + letter : 0x61 + letter - 26;
  }
  return lookalikes.get(point) ?? unchanged;
}

/** Zero width, soft hyphen, joiners, marks of direction, variation selectors, tags, the byte order mark; and marks that stand over others. */
function isInvisible(point: number): boolean {
  return (
    point === 0xad ||
    point === 0x34f ||
    point === 0x61c ||
    point === 0x180e ||
    point === 0xfeff ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x202a && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f) ||
    (point >= 0xfe00 && point <= 0xfe0f) ||
    (point >= 0xe0000 && point <= 0xe0fff) ||
    isCombining(point)
  );
}

function isCombining(point: number): boolean {
  return (
    (point >= 0x300 && point <= 0x36f) ||
    (point >= 0x1ab0 && point <= 0x1aff) ||
    (point >= 0x1dc0 && point <= 0x1dff) ||
    (point >= 0x20d0 && point <= 0x20ff) ||
    (point >= 0xfe20 && point <= 0xfe2f)
  );
}

/** Digits of Arabic, Persian, Devanagari, Bengali, Tamil and Thai. */
const zeros = [0x660, 0x6f0, 0x966, 0x9e6, 0xbe6, 0xe50] as const;

/** Cyrillic and Greek letters that no reader could tell from Latin ones. */
const lookalikes: ReadonlyMap<number, number> = new Map(
  (
    [
      ["аеорсухіѕјһԛԝАВЕКМНОРСТХІЅЈԚԜ", "aeopcyxisjhqwABEKMHOPCTXISJQW"],
      ["ονρυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovpuxABEZHIKMNOPTYX"],
    ] as const
  ).flatMap(([others, latin]) =>
    Array.from(
      others,
      (letter, index) => [letter.codePointAt(0) ?? 0, latin.charCodeAt(index)] as const,
    ),
  ),
);

function isLookalike(point: number): boolean {
  return lookalikes.has(point);
}

function isLatin(byte: number): boolean {
  return ((alphabetsOfByte[byte] as number) & alnumBit) !== 0;
}
