/** What stands directly before and behind digits: whether they are a number of their own. */
import { alphabetsOfByte, letterBit, wordBit } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";

/** What stands directly before: nothing of a word, more of a longer number, or a word. */
export type Edge = "free" | "part" | "word" | "extension";

export function openingOf({ bytes, floor }: Reading, start: number): Edge {
  if (start <= floor) return "free";
  const before = bytes[start - 1] ?? 0;
  const bits = alphabetsOfByte[before] ?? 0;
  if ((bits & wordBit) !== 0) {
    const escaped =
      start - 2 >= floor &&
      bytes[start - 2] === 0x5c &&
      (before === 0x6e || before === 0x74 || before === 0x72);
    return escaped ? "free" : "word";
  }
  // Of a fraction.
  if (before === 0x2e) return "part";
  if (!isJoint(before) || start - 2 < floor) return "free";
  return ((alphabetsOfByte[bytes[start - 2] ?? 0] ?? 0) & wordBit) !== 0 ? "part" : "free";
}

export function closingOf({ bytes, limit }: Reading, end: number): Edge {
  if (end >= limit) return "free";
  const after = bytes[end] ?? 0;
  if (((alphabetsOfByte[after] ?? 0) & wordBit) !== 0)
    return extensionEnd(bytes, end, limit) > 0 ? "extension" : "word";
  if (!isJoint(after) || end + 1 >= limit) return "free";
  return ((alphabetsOfByte[bytes[end + 1] ?? 0] ?? 0) & wordBit) !== 0 ? "part" : "free";
}

/** `.`, `-`, `/`, `+`: what stands between the parts of dates, versions, paths and identifiers. */
function isJoint(byte: number): boolean {
  return byte === 0x2d || byte === 0x2e || byte === 0x2f || byte === 0x2b || byte === 0x5f;
}

/** A letter, or what is part of one, after at most three signs. */
export function isFollowedByWord(bytes: Uint8Array, end: number, limit: number): boolean {
  for (let at = end; at < limit && at - end < 4; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return true;
    const bits = alphabetsOfByte[byte] ?? 0;
    if ((bits & wordBit) !== 0) return (bits & letterBit) !== 0;
  }
  return false;
}

/** Behind a word and one blank, as in a sentence: what names a field of data ends with a sign. */
export function standsInSentence({ bytes, floor }: Reading, start: number): boolean {
  if (start - 2 < floor || bytes[start - 1] !== 0x20) return false;
  return ((alphabetsOfByte[bytes[start - 2] ?? 0] ?? 0) & letterBit) !== 0;
}

/** The end of an extension, as `x123` and `ext. 123`, or 0. */
export function extensionEnd(bytes: Uint8Array, end: number, limit: number): number {
  let at = end;
  if ((bytes[at] ?? 0) === 0x78) at += 1;
  else if (bytes[at] === 0x65 && bytes[at + 1] === 0x78 && bytes[at + 2] === 0x74)
    at += bytes[at + 3] === 0x2e ? 4 : 3;
  else return 0;
  if (at < limit && bytes[at] === 0x20) at += 1;
  const first = at;
  while (at < limit && at - first < 6 && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39)
    at += 1;
  return at === first ? 0 : at;
}
