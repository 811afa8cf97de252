/**
 * What a value is that a driver has sent in PostgreSQL's binary form, for a person to read beside its bytes:
 * numbers, truth values and identifiers of a fixed length. In hex, `\x0032` is 50 and not 32.
 * Without dependencies.
 */
import type { Parameter } from "./wire/content.ts";

/** Null where the bytes alone have to do: another type, another length, or no binary form at all. */
export function binaryReading({ type, format, text }: Parameter): string | null {
  const fixed = fixedTypes[type];
  if (format !== "binary" || text === null || fixed === undefined) return null;
  const hex = text.slice("\\x".length);
  if (hex.length !== fixed.bytes * 2 || !/^[0-9a-f]+$/.test(hex)) return null;
  const value = fixed.read(hex);
  return value === null ? null : `${value} as ${fixed.name}`;
}

interface FixedType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (hex: string) => string | null;
}

const signed = (bits: number) => (hex: string) =>
  BigInt.asIntN(bits, BigInt(`0x${hex}`)).toString();

const float = (bytes: 4 | 8) => (hex: string) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex.padEnd(16, "0")}`));
  return String(bytes === 4 ? view.getFloat32(0) : view.getFloat64(0));
};

const truth: Readonly<Record<string, string>> = { "00": "false", "01": "true" };

/** Of PostgreSQL's catalogue (pg_type.dat); these numbers and forms never change. */
const fixedTypes: Readonly<Record<number, FixedType>> = {
  16: { name: "boolean", bytes: 1, read: (hex) => truth[hex] ?? null },
  20: { name: "bigint", bytes: 8, read: signed(64) },
  21: { name: "smallint", bytes: 2, read: signed(16) },
  23: { name: "integer", bytes: 4, read: signed(32) },
  26: { name: "oid", bytes: 4, read: (hex) => BigInt(`0x${hex}`).toString() },
  700: { name: "real", bytes: 4, read: float(4) },
  701: { name: "double precision", bytes: 8, read: float(8) },
  2950: {
    name: "uuid",
    bytes: 16,
    read: (hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
  },
};
