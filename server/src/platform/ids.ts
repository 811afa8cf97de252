/** Identifiers that sort by time and can't be guessed: 48 bits of milliseconds, 80 random bits (as a ULID). */
import { randomUint } from "./random.ts";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** Two characters at a time, which is twice as fast as one. */
const pairs = Array.from(
  { length: alphabet.length ** 2 },
  (_, value) =>
    alphabet.charAt(Math.floor(value / alphabet.length)) + alphabet.charAt(value % alphabet.length),
);
const timeChars = 10;
/** Five bytes are eight characters, and fit a number. */
const groupBytes = 5;
const groupChars = 8;

export function newId<Id extends string>(prefix: string, now: number): Id {
  const low = base32(randomUint(groupBytes), groupChars);
  const high = base32(randomUint(groupBytes), groupChars);
  return `${prefix}_${base32(now, timeChars)}${low}${high}` as Id;
}

function base32(value: number, chars: number): string {
  let rest = value;
  let text = "";
  for (let count = 0; count < chars; count += 2) {
    text = `${pairs[rest % pairs.length]}${text}`;
    rest = Math.floor(rest / pairs.length);
  }
  return text;
}
