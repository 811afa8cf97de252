/**
 * Which bytes a token may be made of: one table for all alphabets, a bit for each.
 *
 * Letters name them where shapes are written (`token-shape.ts`): `<A36>` is 36 of `A`.
 */

const digits = "0123456789";
const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const letters = lower + upper;
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

const alphabets = {
  d: digits,
  /** Hexadecimal, as it is mostly written, and in either case. */
  x: `${digits}abcdef`,
  X: `${digits}abcdefABCDEF`,
  l: digits + lower,
  u: digits + upper,
  L: lower,
  a: letters,
  A: digits + letters,
  /** URL-safe base64 without padding. */
  w: `${digits}${letters}_-`,
  /** A word of a programming language. */
  i: `${digits}${letters}_`,
  v: `${digits}${letters}_=-`,
  W: `${digits}${letters}_=.-`,
  b: `${digits}${letters}+/`,
  B: `${digits}${letters}+/=`,
  /** Base32 (RFC 4648). */
  t: `${upper}234567`,
  /** Base58 as Bitcoin writes it. */
  s: base58,
  /** What passwords stand for in crypt(3): `./0-9A-Za-z`. */
  c: `${digits}${letters}./`,
  /** What hides in a link or a header up to a quote, blank or bracket. */
  p: `${digits}${letters}_=.~+/%-`,
  /** The same without the sign that assigns. */
  o: `${digits}${letters}_.~+/%-`,
  /** The data part of bech32 (BIP 173). */
  q: "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
  h: `${digits}${lower}-`,
  /** What Django draws its keys from. */
  j: `${digits}${lower}!@#$%^&*(-_=+)`,
} as const;

export type AlphabetName = keyof typeof alphabets;

const names = Object.keys(alphabets) as AlphabetName[];

/** One for each bit of an integer. */
export const alphabetsMost = 32;

/** For each byte the alphabets that it is in, as bits. */
export const alphabetsOfByte: Uint32Array = new Uint32Array(256);
for (const [bit, name] of names.entries()) {
  for (const byte of Buffer.from(alphabets[name], "latin1")) {
    alphabetsOfByte[byte] = (alphabetsOfByte[byte] ?? 0) | (1 << bit);
  }
}

export function isAlphabet(name: string): name is AlphabetName {
  return name in alphabets;
}

export function bitOf(name: AlphabetName): number {
  return 1 << names.indexOf(name);
}

export function bytesOf(name: AlphabetName): readonly number[] {
  return [...Buffer.from(alphabets[name], "latin1")];
}

export const hexBit: number = bitOf("X");
export const letterBit: number = bitOf("a");
export const alnumBit: number = bitOf("A");
export const wordBit: number = bitOf("i");

export function alphabetCharacters(name: string): string {
  return isAlphabet(name) ? alphabets[name] : "";
}
