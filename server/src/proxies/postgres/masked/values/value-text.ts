/** The text of a value that came in binary form, and of bytes that came as text; null where it can't be read. */
import { binaryReader } from "#/masking/values/binary-value.ts";
import type { ValueType } from "./value-types.ts";

export function textOfBinary({ family, name }: ValueType, bytes: Buffer): string | null {
  if (family === "bytes") return bytes.toString("utf8");
  if (family === "opaque") return null;
  const read = binaryReader(name);
  return read === null ? null : read(bytes, 0, bytes.length);
}

export const jsonbVersion = 1;

/** `\x` and hexadecimal, or the older form with octal escapes. */
export function textOfByteaLiteral(literal: string): string | null {
  if (literal.startsWith("\\x")) return Buffer.from(literal.slice(2), "hex").toString("utf8");
  const bytes: number[] = [];
  for (let at = 0; at < literal.length; at += 1) {
    if (literal[at] !== "\\") {
      bytes.push(literal.charCodeAt(at));
      continue;
    }
    const escaped = /^\\(?:\\|[0-7]{3})/.exec(literal.slice(at, at + 4))?.[0];
    if (escaped === undefined) return null;
    bytes.push(escaped === "\\\\" ? 0x5c : Number.parseInt(escaped.slice(1), 8));
    at += escaped.length - 1;
  }
  return Buffer.from(bytes).toString("utf8");
}
