/** Digits of a number, read and held against what numbers of people have in common. */
import { type Digits, isDay } from "#/masking/checksums.ts";

export function digit(d: Digits, at: number): number {
  return d[at] ?? 0;
}

export function pair(d: Digits, at: number): number {
  return digit(d, at) * 10 + digit(d, at + 1);
}

/** Not one digit all along, and not counting up or down: what people type to fill a field. */
export function isVaried(d: Digits, at: number, count: number): boolean {
  let same = true;
  for (let index = 1; index < count && same; index += 1) same = d[at + index] === d[at];
  return !same;
}

/** A day written as `yymmdd` or `ddmmyy`, of two-digit years; so much may be added to the day. */
export function isShortDay(
  d: Digits,
  year: number,
  month: number,
  day: number,
  added = 0,
): boolean {
  const written = pair(d, day);
  return isDay(2000 + pair(d, year), pair(d, month), written > added ? written - added : written);
}
