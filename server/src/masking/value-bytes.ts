/** What the bytes of a value tell before a text is made of it: most hold nothing. */
import { alphabetsOfByte, letterBit } from "./alphabet.ts";
import { digitsLeast, isDigit } from "./runs.ts";

/** Whether it is but letters and blanks. Shorter ones than eight hold nothing, whatever stands before them. */
export function isLetters(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (byte < 0x80 && byte !== 0x20 && ((alphabetsOfByte[byte] as number) & letterBit) === 0)
      return false;
  }
  return true;
}

const zero = 0x30;
const point = 0x2e;
const minus = 0x2d;

/** Whether `digitsOfNumber` could make anything of a number: false for most. */
export function mayBeLong(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < digitsLeast) return false;
  let digits = 0;
  let points = 0;
  let isWhole = true;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (isDigit(byte)) {
      digits += 1;
      if (points > 0 && byte !== zero) isWhole = false;
    } else if (byte === point) {
      points += 1;
    } else if (byte !== minus || at > from) {
      // An exponent, or money with its currency and its marks.
      return true;
    }
  }
  return digits >= digitsLeast && (points !== 1 || isWhole);
}
