/** Private keys in PEM and PuTTY files (RFC 7468), and JSON Web Tokens (RFC 7515 and 7516). */
import { alphabetsOfByte, bitOf, wordBit } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import { atText, type Rule } from "#/masking/rule.ts";
import { beginsWord } from "#/masking/token-shape.ts";
import { textAt } from "./text-at.ts";

/** The longest key that is looked for to its end; what is longer is masked as far as this. */
const pemBytesMax = 16_384;
const jwtBytesMax = 8192;
const labelBytesMax = 64;
const base64Bit = bitOf("B");
const urlBit = bitOf("w");
const dot = 0x2e;

export const keyRules: readonly Rule[] = [
  atText("-----BEGIN ", pemBytesMax, findPem),
  atText("Private-Lines: ", pemBytesMax, findPutty),
  ...["eyJ", "ewog", "ewoi", "eyAi", "ewoJ", "eyAg"].map((text) =>
    atText(text, jwtBytesMax, findJwt),
  ),
];

function findPem(reading: Reading, at: number): void {
  const { bytes, limit } = reading;
  const start = at + 1 - "-----BEGIN ".length;
  if (start < reading.mark("pem")) return;
  const label = /^([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----/.exec(
    textAt(bytes, at + 1, Math.min(limit, at + 1 + labelBytesMax)),
  );
  if (label === null) return;
  const body = at + 1 + label[0].length;
  const end = pemEnd(bytes, body, limit, label[1] ?? "");
  reading.spend(end - start);
  reading.setMark("pem", end);
  if (keyLetters(bytes, body, end) < 40) return;
  reading.add({
    entity: "private_key",
    start,
    end,
    confidence: 0.99,
    rule: (label[1] ?? "").toLowerCase().replaceAll(" ", "_"),
  });
}

/** The end of the END line; without one, the end of what could be its lines. */
function pemEnd(bytes: Uint8Array, body: number, limit: number, label: string): number {
  let at = body;
  while (at < limit && isPemByte(bytes[at] ?? 0)) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d && bytes[at + 2] === 0x2d) {
      const end = `-----END ${label}-----`;
      const last = Math.min(limit, at + end.length);
      return textAt(bytes, at, last) === end ? last : at;
    }
    at += 1;
  }
  return at;
}

/** Base64, white space, header lines, and what puts a key into a string: quotes, commas, `\n`, `+`. */
function isPemByte(byte: number): boolean {
  if (((alphabetsOfByte[byte] ?? 0) & (base64Bit | wordBit)) !== 0) return true;
  return (
    byte === 0x20 ||
    (byte >= 0x09 && byte <= 0x0d) ||
    byte === 0x5c ||
    byte === 0x22 ||
    byte === 0x27 ||
    byte === 0x2c ||
    byte === 0x2d ||
    byte === 0x3a ||
    byte === 0x2e ||
    byte === 0x28 ||
    byte === 0x29 ||
    byte === 0x40 ||
    byte === 0x3c ||
    byte === 0x3e
  );
}

function keyLetters(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to && count < 40; at += 1) {
    if (((alphabetsOfByte[bytes[at] ?? 0] ?? 0) & base64Bit) !== 0) count += 1;
  }
  return count;
}

/** The private part of a key file of PuTTY: how many lines it has, and these. */
function findPutty(reading: Reading, at: number): void {
  const { bytes, limit } = reading;
  const head = textAt(bytes, at + 1, Math.min(limit, at + 1 + labelBytesMax));
  const count = /^\d{1,4}\r?\n(?=[A-Za-z0-9+/=])/.exec(head);
  reading.spend(head.length);
  if (count === null) return;
  const body = at + 1 + count[0].length;
  let end = body;
  while (end < limit && isKeyLineByte(bytes[end] ?? 0)) end += 1;
  reading.spend(end - body);
  if (keyLetters(bytes, body, end) < 40) return;
  const start = at + 1 - "Private-Lines: ".length;
  reading.add({ entity: "private_key", start, end, confidence: 0.99, rule: "putty" });
}

function isKeyLineByte(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & base64Bit) !== 0 || byte === 0x0a || byte === 0x0d;
}

function findJwt(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  const start = at + 1 - (bytes[at - 3] === 0x65 && bytes[at] !== 0x4a ? 4 : 3);
  if (!beginsWord(bytes, start, floor)) return;
  const header = reading.runEnd(urlBit, start, limit);
  if (header - start < 15 || bytes[header] !== dot || header >= limit) return;
  const payload = reading.runEnd(urlBit, header + 1, limit);
  const isWhole = payload < limit && bytes[payload] === dot;
  if (payload - header < (isWhole ? 2 : 20)) return;
  if (!isHeader(textAt(bytes, start, header), textAt(bytes, header + 1, payload))) return;
  // Without a signature, as it is shown and cut off.
  if (!isWhole && !isObject(textAt(bytes, header + 1, payload))) return;
  let end = payload;
  for (let part = 0; part < 3 && end < limit && bytes[end] === dot; part += 1) {
    end = reading.runEnd(urlBit, end + 1, limit);
  }
  while (end < limit && bytes[end] === 0x3d) end += 1;
  reading.spend(end - start);
  reading.add({ entity: "jwt", start, end, confidence: 0.97, rule: null });
}

/** The usual fields of a header, or an object of strings before another object. */
function isHeader(text: string, payload: string): boolean {
  const decoded = Buffer.from(text, "base64url").toString("latin1");
  if (!/^\s*\{/.test(decoded)) return false;
  if (/"(?:alg|typ|enc|kid|cty|jku|x5[tcu]|zip|iss|b64)"/.test(decoded)) return true;
  return /^\s*\{\s*"[\w:./-]{1,64}"\s*:/.test(decoded) && isObject(payload);
}

function isObject(text: string): boolean {
  return /^\s*\{\s*"/.test(Buffer.from(text.slice(0, 40), "base64url").toString("latin1"));
}
