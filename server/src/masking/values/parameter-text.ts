/**
 * What a bound value says, as far as its type tells: what the recognizers look at. The numbers of types are of PostgreSQL's
 * catalogue (pg_type.dat) and never change.
 */
import type { Parameter } from "#/core/action.ts";
import { binaryReader } from "./binary-value.ts";

const typeNames: Readonly<Record<number, string>> = {
  16: "bool",
  17: "bytea",
  18: "text",
  19: "name",
  20: "int8",
  21: "int2",
  23: "int4",
  25: "text",
  26: "oid",
  114: "json",
  142: "xml",
  650: "cidr",
  700: "float4",
  701: "float8",
  705: "text",
  774: "macaddr8",
  790: "money",
  829: "macaddr",
  869: "inet",
  1000: "bool[]",
  1001: "bytea[]",
  1005: "int2[]",
  1007: "int4[]",
  1009: "text[]",
  1014: "bpchar[]",
  1015: "varchar[]",
  1016: "int8[]",
  1042: "bpchar",
  1043: "varchar",
  1082: "date",
  1083: "time",
  1114: "timestamp",
  1115: "timestamp[]",
  1182: "date[]",
  1184: "timestamptz",
  1185: "timestamptz[]",
  1186: "interval",
  1231: "numeric[]",
  1266: "timetz",
  1560: "bit",
  1562: "varbit",
  1700: "numeric",
  2950: "uuid",
  2951: "uuid[]",
  3802: "jsonb",
};

/** Null for one that is not known, and where the client left it open. */
export function typeNameOf({ type }: Pick<Parameter, "type">): string | null {
  return typeNames[type] ?? null;
}

/** As it is shown where nothing of it is hidden: PostgreSQL's own notation for bytes, where they are no text. */
export function shownBytes({ format, bytes }: Parameter): string | null {
  if (bytes === null) return null;
  const raw = Buffer.from(bytes, "base64");
  return (format === "text" ? utf8Of(raw) : null) ?? `\\x${raw.toString("hex")}`;
}

/** The text that it is, or stands for; null where that can't be read. */
export function readableText({ type, format, bytes }: Parameter): string | null {
  if (bytes === null) return null;
  const raw = Buffer.from(bytes, "base64");
  return format === "text" ? utf8Of(raw) : binaryText(typeNames[type] ?? "", raw);
}

const textTypes = new Set(["text", "varchar", "bpchar", "name", "xml", "json"]);

function binaryText(type: string, raw: Buffer): string | null {
  if (textTypes.has(type)) return utf8Of(raw);
  if (type.endsWith("[]")) return arrayText(type.slice(0, -2), raw);
  return binaryReader(type)?.(raw, 0, raw.length) ?? null;
}

/** As many as PostgreSQL has (MAXDIM). */
const dimensionsMax = 6;

/** Dimensions, whether there are nulls, the type; of each dimension its length and first place; then values behind their lengths. */
function arrayText(element: string, raw: Buffer): string | null {
  if (raw.length < 12) return null;
  const values: string[] = [];
  const dimensions = raw.readInt32BE();
  if (dimensions < 0 || dimensions > dimensionsMax) return null;
  let at = 12 + 8 * dimensions;
  while (at + 4 <= raw.length) {
    const length = raw.readInt32BE(at);
    at += 4;
    if (length === -1) continue;
    if (length < 0 || at + length > raw.length) return null;
    const value = binaryText(element, raw.subarray(at, at + length));
    if (value === null) return null;
    values.push(value);
    at += length;
  }
  return at === raw.length ? `{${values.join(",")}}` : null;
}

function utf8Of(raw: Buffer): string | null {
  try {
    return utf8.decode(raw);
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
