/** What the bytes of a number tell before a text is made of it: most hold nothing. */
import { digitsLeast, isDigit } from "#/masking/automaton/runs.ts";

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
