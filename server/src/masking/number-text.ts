/** Numbers as databases write them, as the digits that a person would have typed. */
import { digitsLeast, isDigit } from "./runs.ts";

/** Null for what has too few digits to be anybody's, or more than a fraction of them behind the point. */
export function digitsOfNumber(written: string): string | null {
  if (written.length < digitsLeast) return null;
  const plain = /e/i.test(written) ? withoutExponent(written) : written;
  // The sign, and what money is written with: a currency, blanks, and marks between thousands.
  const number = plain.replaceAll(/[^\d.,]/g, "");
  const whole = number.replace(/[.,]\d{0,2}$|\.0+$/, "");
  const fraction = number.slice(whole.length).replaceAll(/[.,]/g, "");
  if (/[1-9]/.test(fraction)) return null;
  const digits = whole.replaceAll(/[.,]/g, "");
  const points = whole.length - digits.length;
  if (points > 0 && !/^\d{1,3}(?:[.,]\d{2,3})+$/.test(whole)) return null;
  return digits.length < digitsLeast ? null : digits;
}

/** `4.111111111111111e+15`: how a floating-point number is written that is as large. */
function withoutExponent(written: string): string {
  const value = Number(written);
  return Number.isInteger(value) ? String(BigInt(value)) : "";
}

/** What of a number `digitsOfNumber` would make something: nothing of it, the bytes as they are, or else. */
export function readingOf(bytes: Uint8Array, from: number, to: number): "none" | "digits" | "else" {
  if (to - from < digitsLeast) return "none";
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
      return "else";
    }
  }
  if (digits < digitsLeast || (points === 1 && !isWhole)) return "none";
  return digits === to - from ? "digits" : "else";
}

const zero = 0x30;
const point = 0x2e;
const minus = 0x2d;
