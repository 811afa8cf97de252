/** Runs of base64 and hexadecimal long enough to hide something, and what they stand for. */
import { alphabetsOfByte, bitOf, hexBit } from "#/masking/alphabet.ts";

/** A shorter run holds no more than a word or two. */
export const encodedBytesLeast = 24;
/** A longer run is decoded in parts. */
export const encodedBytesMax = 8192;

const base64Bit = bitOf("b") | bitOf("w");
/** So much is decoded first: what is no text by then is not looked at. */
const probeBytes = 24;

export function isEncodedByte(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & base64Bit) !== 0;
}

/** Null unless it decodes to text. */
export function decodeRun(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly text: Buffer; readonly how: "base64" | "hex" } | null {
  const run = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if ((end - start) % 2 === 0 && isHex(run.subarray(0, probeBytes)) && isHex(run)) {
    const text = Buffer.from(run.toString("latin1"), "hex");
    return isText(text) ? { text, how: "hex" } : null;
  }
  if (!isText(Buffer.from(run.toString("latin1", 0, probeBytes), "base64"))) return null;
  const text = Buffer.from(run.toString("latin1"), "base64");
  return isText(text) ? { text, how: "base64" } : null;
}

function isHex(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (((alphabetsOfByte[byte] ?? 0) & hexBit) === 0) return false;
  return true;
}

/** ASCII that can be read, but for one byte in sixteen: names have letters that ASCII does not. */
function isText(bytes: Uint8Array): boolean {
  let others = 0;
  for (const byte of bytes) {
    const isReadable = (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);
    if (!isReadable) others += 1;
  }
  return bytes.length > 0 && others <= bytes.length / 16;
}
