/** Numbers as databases write them, as the digits that a person would have typed. */
import { digitsLeast } from "#/masking/automaton/runs.ts";

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
