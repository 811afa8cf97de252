/** What two values side by side hold only together: a text that was cut in two, of which neither half tells anything. */
import type { Entity } from "#/core/entity.ts";
import { alphabetsOfByte, letterBit } from "./alphabet.ts";
import type { Finder } from "./finder.ts";

/** Around the border of two values so much of each is read as one text. */
const seamBytesMax = 64;
/** What two values hold together is longer than that; where letters meet at their border, the word that they make. */
const seamBytesLeast = 12;
const seamWordLeast = 15;

/** What stands across the border of two values and in neither of them; null where nothing does. */
export function splitOver(finder: Finder, one: Uint8Array, other: Uint8Array): Entity | null {
  if (one.length + other.length < seamBytesLeast) return null;
  const head = one.subarray(-seamBytesMax);
  const text = Buffer.concat([head, other.subarray(0, seamBytesMax)]);
  if (!mayJoin(text, [0, head.length], [head.length, text.length], 1)) return null;
  const split = finder
    .find(text)
    .find(({ start, end }) => start < head.length && end > head.length);
  if (split === undefined) return null;
  // Where one of the two holds it by itself, its neighbour only adds to it.
  const isAlready = [one, other].some((value) =>
    finder.find(value).some(({ entity }) => entity === split.entity),
  );
  return isAlready ? null : split.entity;
}

/**
 * Whether a value may go on in the one after it, of which `starts` and `ends` tell where they lie. No number goes on where a letter
 * stands, so that only long words are left, and addresses.
 */
export function mayJoin(
  bytes: Uint8Array,
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
  other: number,
): boolean {
  const from = starts[other - 1] as number;
  const border = ends[other - 1] as number;
  const start = starts[other] as number;
  const end = ends[other] as number;
  const last = border > from ? (bytes[border - 1] as number) : 0;
  const first = end > start ? (bytes[start] as number) : 0;
  if (isBlank(last) || isBlank(first)) return false;
  if (!isLetter(last) && !isLetter(first)) return true;
  let length = 0;
  let hasSign = false;
  for (let at = border - 1; at >= from && length < seamWordLeast; at -= 1, length += 1) {
    const byte = bytes[at] as number;
    if (isBlank(byte)) break;
    hasSign ||= byte === atSign;
  }
  const half = length;
  for (let at = start; at < end && length < half + seamWordLeast; at += 1, length += 1) {
    const byte = bytes[at] as number;
    if (isBlank(byte)) break;
    hasSign ||= byte === atSign;
  }
  return hasSign || length >= seamWordLeast;
}

const atSign = 0x40;

function isBlank(byte: number): boolean {
  return byte <= 0x20;
}

function isLetter(byte: number): boolean {
  return ((alphabetsOfByte[byte] as number) & letterBit) !== 0;
}
