/** E-mail addresses (RFC 5321 and 6531, without quoted local parts and address literals). */
import { alnumBit, alphabetsOfByte, letterBit } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { textAt } from "./text-at.ts";

const localBytesMax = 64;
const domainBytesMax = 253;

export const emailRules: readonly Rule[] = [atText("@", domainBytesMax + 2, findEmail)];

const punctuation = new Set(Buffer.from(".!#$%&'*+/=?^_`{|}~-", "latin1"));
/** Of what the standard allows, this much is not punctuation around an address. */
const usual = new Set(Buffer.from(".%+-_'&!#~*", "latin1"));
const dot = 0x2e;
const dash = 0x2d;

function findEmail(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  if (at === floor || at + 1 >= limit || !isLocal(bytes[at - 1] ?? 0)) return;
  let start = at;
  while (start > floor && at - start < localBytesMax && isLocal(bytes[start - 1] ?? 0)) start -= 1;
  while (start < at && punctuation.has(bytes[start] ?? 0)) start += 1;
  if (start === at || bytes[at - 1] === dot) return;
  // The n of an escaped line break is no part of the address.
  if (
    start > floor &&
    bytes[start - 1] === 0x5c &&
    isEscapeLetter(bytes[start] ?? 0) &&
    at - start > 1
  )
    start += 1;
  const end = domainEnd(bytes, at + 1, limit);
  reading.spend(end > 0 ? end - start : 16);
  if (end === 0 || isRemote(bytes, start, at, end, limit)) return;
  reading.add({ entity: "email", start, end, confidence: 0.98, rule: null });
}

function isLocal(byte: number): boolean {
  return byte >= 0x80 || ((alphabetsOfByte[byte] ?? 0) & alnumBit) !== 0 || usual.has(byte);
}

function isEscapeLetter(byte: number): boolean {
  return byte === 0x6e || byte === 0x72 || byte === 0x74;
}

/** The end of a domain of at least two labels whose last is letters; 0 if there is none. */
function domainEnd(bytes: Uint8Array, from: number, limit: number): number {
  const last = Math.min(limit, from + domainBytesMax);
  let label = from;
  let at = from;
  let end = 0;
  for (; at <= last; at += 1) {
    const byte = at < last ? (bytes[at] ?? 0) : 0;
    if (byte >= 0x80 || ((alphabetsOfByte[byte] ?? 0) & alnumBit) !== 0 || byte === dash) continue;
    if (at === label || bytes[label] === dash || bytes[at - 1] === dash) break;
    if (label > from && isTopLevel(bytes, label, at)) end = at;
    if (byte !== dot) break;
    label = at + 1;
  }
  return end;
}

const endingCharactersMost = 5;

function isTopLevel(bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from;
  if (length < 2 || length > 63) return false;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    const isLetter = byte >= 0x80 || ((alphabetsOfByte[byte] ?? 0) & letterBit) !== 0;
    if (!isLetter) return /^xn--/i.test(textAt(bytes, from, to));
  }
  return length > endingCharactersMost || !fileEndings.has(textAt(bytes, from, to).toLowerCase());
}

/** `logo@2x.png` is a picture, `react@latest.js` a file. */
const fileEndings = new Set(
  "png jpg jpeg gif svg webp avif bmp ico css scss less js jsx mjs cjs ts tsx json html htm xml yml yaml lock map woff ttf pdf mp4".split(
    " ",
  ),
);

/** `git@host.example:path` names an account of a service, not a person. */
function isRemote(
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
  limit: number,
): boolean {
  return (
    at - start === 3 &&
    textAt(bytes, start, at) === "git" &&
    end < limit &&
    (bytes[end] === 0x3a || bytes[end] === 0x2f)
  );
}
