/** Escapes of links, programs and markup as the characters that they stand for: where they are, how long, and the byte instead. */
import { isDigit } from "#/masking/automaton/runs.ts";

export const percent = 0x25;
export const ampersand = 0x26;
export const backslash = 0x5c;
export const numberSign = 0x23;

/** The longest sequence that stands for one character: `&#x00040;`. */
export const sequenceBytesMax = 9;

/** How many bytes there are of an escape, or 1: `%40`, `%2540`, `\u0040`, `\u{40}`, `\x40`, `&#64;`, `&#x0040;`, `&commat;`. */
export function foldEscape(text: Uint8Array, at: number, edits: number[]): number {
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

export function referenceAt(text: Uint8Array, at: number): readonly [Uint8Array, number] | null {
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
