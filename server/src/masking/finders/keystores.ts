/** Key stores in PKCS#12 (RFC 7292, section 4): a version of three behind the length, then what holds keys; as bytes and in base64. */
import { alphabetsOfByte, bitOf } from "#/masking/alphabet.ts";
import type { Reading } from "#/masking/reading.ts";
import type { Rule } from "#/masking/rule.ts";
import { textAt } from "./text-at.ts";

const storeBytesMax = 16_384;
const base64Bit = bitOf("B");

export const keystoreRules: readonly Rule[] = [
  // INTEGER 3 and a SEQUENCE, of a length in two bytes or of none.
  ...[0x82, 0x80, 0x83].map((length) => ({
    anchor: { sets: [[0x02], [0x01], [0x03], [0x30], [length]] },
    ahead: storeBytesMax,
    find: findBytes,
  })),
  // The same in base64, behind the four bytes of a SEQUENCE with its length.
  ...["IBAzCC", "IBAzCA", "IBAzCD"].map((text) => ({
    anchor: { sets: Array.from(Buffer.from(text, "latin1"), (byte) => [byte]) },
    ahead: storeBytesMax,
    find: findEncoded,
  })),
];

/** What it holds is data or signed data of PKCS#7. */
const dataType = Buffer.from([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07]);
/** It stands among the first bytes. */
const typeReach = 32;

function findBytes(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  const start = at - 8;
  if (start < floor || bytes[start] !== 0x30 || bytes[start + 1] !== 0x82) return;
  const head = Buffer.from(bytes.subarray(start, Math.min(limit, start + typeReach)));
  reading.spend(typeReach);
  if (!head.includes(dataType)) return;
  const length = 4 + head.readUInt16BE(2);
  add(reading, start, Math.min(limit, start + length), "pkcs12");
}

function findEncoded(reading: Reading, at: number): void {
  const { bytes, floor, limit } = reading;
  const start = at + 1 - 12;
  if (start < floor || start < reading.mark("keystores")) return;
  if (textAt(bytes, start, start + 3) !== "MII") return;
  const head = Buffer.from(textAt(bytes, start, Math.min(limit, start + 2 * typeReach)), "base64");
  reading.spend(2 * typeReach);
  if (!head.includes(dataType)) return;
  let end = start;
  while (end < limit && isLineByte(bytes[end] ?? 0)) end += 1;
  reading.spend(end - start);
  reading.setMark("keystores", end);
  while (end > start && ((alphabetsOfByte[bytes[end - 1] ?? 0] ?? 0) & base64Bit) === 0) end -= 1;
  add(reading, start, end, "pkcs12_base64");
}

function isLineByte(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & base64Bit) !== 0 || byte === 0x0a || byte === 0x0d;
}

function add(reading: Reading, start: number, end: number, rule: string): void {
  if (end - start < storeBytesLeast) return;
  reading.add({ entity: "private_key", start, end, confidence: 0.95, rule });
}

/** Shorter ones hold no key. */
const storeBytesLeast = 64;
