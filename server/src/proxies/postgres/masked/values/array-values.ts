/**
 * Arrays in both formats, with some of their elements replaced. An array that is not as the server writes it is null, and
 * nobody can say what it holds.
 *
 * Source: PostgreSQL documentation, "Arrays: Array Input and Output Syntax"; `array_send`.
 */

/** Undefined: it stays. Null: nothing can stand in its place. */
export type ReplaceElement = (text: string) => string | null | undefined;

/** Undefined: nothing was replaced. */
export function replaceInLiteral(
  literal: string,
  replace: ReplaceElement,
): string | null | undefined {
  let output = "";
  let copied = 0;
  let at = literal.startsWith("[") ? literal.indexOf("=") + 1 : 0;
  if (literal[at] !== "{") return null;
  while (at < literal.length) {
    const character = literal[at] ?? "";
    if (character === "{" || character === "}" || character === ",") {
      at += 1;
      continue;
    }
    const end = character === '"' ? quotedEnd(literal, at) : plainEnd(literal, at);
    if (end === -1) return null;
    const element = literal.slice(at, end);
    const replaced = character === '"' ? replace(unquoted(element)) : ofPlain(element, replace);
    if (replaced === null) return null;
    if (replaced !== undefined) {
      output += literal.slice(copied, at) + quotedElement(replaced);
      copied = end;
    }
    at = end;
  }
  return copied === 0 ? undefined : output + literal.slice(copied);
}

/** An array of this one element. */
export function literalOf(element: string): string {
  return `{${quotedElement(element)}}`;
}

function quotedElement(element: string): string {
  return `"${element.replaceAll(/["\\]/g, "\\$&")}"`;
}

function ofPlain(element: string, replace: ReplaceElement): string | null | undefined {
  return element === "NULL" ? undefined : replace(element);
}

function quotedEnd(literal: string, at: number): number {
  for (let end = at + 1; end < literal.length; end += 1) {
    if (literal[end] === "\\") end += 1;
    else if (literal[end] === '"') return end + 1;
  }
  return -1;
}

function plainEnd(literal: string, at: number): number {
  let end = at;
  while (end < literal.length && !/[{},"]/.test(literal[end] ?? "")) end += 1;
  return end;
}

function unquoted(element: string): string {
  return element.slice(1, -1).replaceAll(/\\([^])/g, "$1");
}

export interface BinaryArray {
  /** Up to the first element. */
  readonly header: Buffer;
  readonly element: number;
  readonly elements: readonly (Buffer | null)[];
}

const dimensionsMax = 6;

export function readBinaryArray(bytes: Buffer): BinaryArray | null {
  if (bytes.length < 12) return null;
  const dimensions = bytes.readInt32BE(0);
  const headerBytes = 12 + 8 * dimensions;
  if (dimensions < 0 || dimensions > dimensionsMax || headerBytes > bytes.length) return null;
  const elements: (Buffer | null)[] = [];
  for (let at = headerBytes; at < bytes.length; ) {
    const element = readBinaryValue(bytes, at);
    if (element === null) return null;
    elements.push(element.value);
    at = element.end;
  }
  return { header: bytes.subarray(0, headerBytes), element: bytes.readUInt32BE(8), elements };
}

/** A length and so many bytes; null where there are fewer. */
export function readBinaryValue(
  bytes: Buffer,
  at: number,
): { readonly value: Buffer | null; readonly end: number } | null {
  if (at + 4 > bytes.length) return null;
  const length = bytes.readInt32BE(at);
  if (length === -1) return { value: null, end: at + 4 };
  const end = at + 4 + length;
  return length < 0 || end > bytes.length ? null : { value: bytes.subarray(at + 4, end), end };
}

export function writeBinaryArray({ header, elements }: BinaryArray): Buffer {
  const parts: Buffer[] = [header];
  for (const element of elements) {
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(element === null ? -1 : element.length);
    parts.push(length);
    if (element !== null) parts.push(element);
  }
  return Buffer.concat(parts);
}

/** An array of this one element. */
export function binaryArrayOf(element: number, value: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeInt32BE(1, 0);
  header.writeUInt32BE(element, 8);
  header.writeInt32BE(1, 12);
  header.writeInt32BE(1, 16);
  return writeBinaryArray({ header, element, elements: [value] });
}
