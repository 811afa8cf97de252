/**
 * Reads a few rows by where they lie, and of each value no more than may be shown.
 *
 * Guarantees that no value of a column that is marked, of a type that is not shown, or larger than what is looked at
 * leaves the database: of these there is but a length. To be asked with `pg_catalog` alone as the search path.
 */
import { type Ask, textArray } from "#/proxies/postgres/ask.ts";
import type { SampleTarget, TargetColumn } from "./sample-target.ts";
import { quoted, type Spot } from "./sampled-run.ts";
import { isShown } from "./shown-types.ts";

export interface RawValue {
  /** Null where it is NULL, or not read. */
  readonly text: string | null;
  /** Null where it is NULL. */
  readonly bytes: number | null;
}

/** Of a value, as text and as it is stored; a larger one is not read. */
const sampleValueBytesMax = 2_048;

/** By `keyOf` its place. */
export async function readRows(
  { quoted: relation, columns }: SampleTarget,
  spots: readonly Spot[],
  ask: Ask,
): Promise<ReadonlyMap<string, readonly RawValue[]>> {
  if (spots.length === 0) return new Map();
  const rows = await ask(
    `select tableoid, ctid, ${columns.map(valueOf).join(", ")} from ${relation}
      where tableoid = any ($1::oid[]) and ctid = any ($2::tid[])`,
    [
      textArray([...new Set(spots.map(({ table }) => table))]),
      textArray([...new Set(spots.map(({ ctid }) => ctid))]),
    ],
  );
  return new Map(
    rows.map(([table, ctid, ...values]) => [
      keyOf({ table: table ?? "", ctid: ctid ?? "" }),
      columns.map(({ typeName }, at) =>
        rawOf(typeName, values[2 * at] ?? null, values[2 * at + 1] ?? null),
      ),
    ]),
  );
}

export function keyOf({ table, ctid }: Spot): string {
  return `${table} ${ctid}`;
}

/** A small value may be long as text: then too it is not read. */
function rawOf(typeName: string, written: string | null, bytes: string | null): RawValue {
  const text = written === null || !floats.has(typeName) ? written : withoutExponent(written);
  const isLong = text !== null && Buffer.byteLength(text) > sampleValueBytesMax;
  return {
    text: isLong ? null : text,
    bytes:
      bytes === null
        ? null
        : isLong
          ? Math.max(Number(bytes), sampleValueBytesMax + 1)
          : Number(bytes),
  };
}

const floats: ReadonlySet<string> = new Set(["float4", "float8"]);

/** So that the digits of a number stand as they stand in a number that is none of these. */
function withoutExponent(text: string): string {
  const number = Number(text);
  return text.includes("e") && Number.isFinite(number) ? String(number) : text;
}

function valueOf(column: TargetColumn): string {
  const name = quoted(column.name);
  const size = lengthKnown.has(column.typeName)
    ? `octet_length(${name})`
    : `pg_column_size(${name})`;
  const text =
    column.sensitive || column.isDerived || !isShown(column)
      ? "null"
      : `case when pg_column_size(${name}) <= ${sampleValueBytesMax} then left(${name}::text, ${sampleValueBytesMax + 1}) end`;
  return `${text}, ${size}`;
}

const lengthKnown: ReadonlySet<string> = new Set(["text", "varchar", "bpchar", "bytea"]);
