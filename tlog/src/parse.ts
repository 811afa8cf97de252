/**
 * Hostile text becomes typed values here: every bound and every primitive that the formats share.
 *
 * Each primitive accepts one spelling only (no leading zero, no stray base64 bits), so that a value
 * has one encoding and a changed byte can't go unnoticed. What does not fit throws TlogError with
 * the code of the format that asked; the message names the field and never quotes the input.
 */
import { TlogError, type TlogErrorCode } from "./errors.ts";
import { hashBytes } from "./merkle.ts";

/** Room for `signaturesMax` of the largest known kind: ML-DSA-44, about 3,300 characters each. */
export const noteCharsMax = 1_048_576;
/** Verifiers must accept at least 16 (C2SP signed-note). */
export const signaturesMax = 100;
export const proofCharsMax = 16_777_216;
/** The longest path in a tree whose size is a safe integer. */
export const proofHashesMax = 53;
export const bundleLeavesMax = 1_024;
/** C2SP tlog-tiles prefixes a leaf with a 16-bit length. */
export const leafBytesMax = 65_535;

export function checkBound(what: string, size: number, sizeMax: number): void {
  if (size > sizeMax) throw new TlogError("input.too_large", `${what} is over ${sizeMax}`);
}

export function parseDecimal(text: string, code: TlogErrorCode, what: string): number {
  const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new TlogError(code, `${what} is not a decimal number`);
  return value;
}

/** RFC 4648 section 4, padded, and only as this function's inverse would write it. */
export function parseBase64(text: string, code: TlogErrorCode, what: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new TlogError(code, `${what} is not base64`);
  return bytes;
}

export function parseHash(text: string, code: TlogErrorCode, what: string): Uint8Array {
  const hash = parseBase64(text, code, what);
  if (hash.length !== hashBytes) throw new TlogError(code, `${what} is not a SHA-256 hash`);
  return hash;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
