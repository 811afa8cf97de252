/**
 * DER (X.690), as much of it as certificates need: writing values, and walking over those of others.
 *
 * The reader is for certificates that TLS has taken already; whatever else the bytes are, it returns undefined
 * and never reads beyond them.
 */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A tag of the context: `[number]`, around other values or around bytes. */
export function contextTag(number: number, around: "values" | "bytes"): number {
  return (around === "values" ? 0xa0 : 0x80) | number;
}

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(content.length), content]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return der(tags.sequence, ...items);
}

/** Dotted, as in `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(tags.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A number that is not negative, big-endian. */
export function integer(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const least = start === -1 ? Buffer.from([0]) : Buffer.from(bytes.subarray(start));
  // The highest bit is the sign.
  return der(tags.integer, ...((least[0] as number) > 0x7f ? [Buffer.from([0])] : []), least);
}

/** Whole bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return der(tags.bitString, Buffer.from([0]), bytes);
}

export function utf8String(text: string): Buffer {
  return der(tags.utf8String, Buffer.from(text, "utf8"));
}

/** To the second; two digits of the year up to 2049 and four from then on (RFC 5280 section 4.1.2.5). */
export function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
  return text < "2050"
    ? der(tags.utcTime, Buffer.from(text.slice(2), "latin1"))
    : der(tags.generalizedTime, Buffer.from(text, "latin1"));
}

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** Where the next value would begin. */
  readonly end: number;
}

/** The value at `start`; undefined if there is none that is whole. */
export function readDer(bytes: Buffer, start = 0): DerValue | undefined {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) return undefined;
  const lengthSize = first < 0x80 ? 0 : first - 0x80;
  const at = start + 2 + lengthSize;
  if (first === 0x80 || lengthSize > 4 || at > bytes.length) return undefined;
  const length = lengthSize === 0 ? first : bytes.readUIntBE(start + 2, lengthSize);
  const end = at + length;
  return end > bytes.length ? undefined : { tag, content: bytes.subarray(at, end), end };
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
    bytes.unshift(0x80 | (left % 128));
  }
  return bytes;
}
