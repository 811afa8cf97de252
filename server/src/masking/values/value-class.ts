/**
 * What a column or a key holds, by what is known of it: its name, its type, samples.
 *
 * Closed: what can hold anything and can't be read is opaque, and replaced whole.
 */

import { type Entity, entityOf } from "#/core/entity.ts";
import type { Finder } from "#/masking/finder.ts";
import { leadOf } from "#/masking/mask-text.ts";
import { entityOfName, isBroad } from "./column-names.ts";
import { digitsOfNumber } from "./number-text.ts";

export interface ValueDescription {
  /** As the result names it. */
  readonly name: string | null;
  /** The column that it comes from, where that is known: it counts more than the name, which the query chose. */
  readonly column?: string | null;
  readonly table?: string | null;
  /** The type's name in PostgreSQL, such as `int4` or `text[]`; null if it is not known. */
  readonly type: string | null;
  /** Some values, for columns whose name says nothing. */
  readonly samples?: readonly (string | null)[];
}

export type ValueClass =
  | { readonly kind: "plain" }
  | { readonly kind: "entity"; readonly entity: Entity }
  /** `lead` is the name, as what stands before the value; empty where it says nothing. */
  | { readonly kind: "text" | "number"; readonly lead: string }
  | { readonly kind: "json"; readonly name: string }
  | { readonly kind: "opaque"; readonly isBytes: boolean };

/** Of a column's samples at least so many have to be one thing, and nearly all. */
const samplesLeast = 3;
const sampleShare = 0.8;
const samplesMax = 50;

const types = {
  /** Too little to hold anything, or made up of parts that have a meaning of their own. */
  plain:
    "bool void int2 date time timetz timestamp timestamptz interval uuid pg_lsn point line box circle polygon path lseg",
  number: "int4 int8 numeric oid xid xid8 cid float4 float8 money",
  json: "json jsonb",
  /** Words and digits out of their order, and documents within another's quotes. */
  opaque: "bytea bit varbit tsvector tsquery hstore record",
} as const;

const kinds: ReadonlyMap<string, keyof typeof types> = new Map(
  Object.entries(types).flatMap(([kind, names]) =>
    names.split(" ").map((name) => [name, kind as keyof typeof types] as const),
  ),
);

/** As SQL writes them. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ["boolean", "bool"],
  ["smallint", "int2"],
  ["integer", "int4"],
  ["int", "int4"],
  ["bigint", "int8"],
  ["decimal", "numeric"],
  ["real", "float4"],
  ["double precision", "float8"],
  ["bit varying", "varbit"],
  ["time without time zone", "time"],
  ["time with time zone", "timetz"],
  ["timestamp without time zone", "timestamp"],
  ["timestamp with time zone", "timestamptz"],
]);

export function classOf(finder: Finder, description: ValueDescription): ValueClass {
  const { name, column = null, table = null, samples = [] } = description;
  const type = typeOf(description.type ?? "text");
  const entity =
    (column === null ? null : entityOfName(column, table)) ??
    (name === null ? null : entityOfName(name, table));
  const canHold = type !== "bool" && type !== "void";
  if (entity !== null && canHold && !(entity !== "date_of_birth" && isTime(type)))
    return { kind: "entity", entity };
  const label = column ?? name ?? "";
  const kind = kindOf(type);
  if (kind === "plain") return { kind };
  if (kind === "json") return { kind, name: label };
  if (kind === "opaque") return { kind, isBytes: type === "bytea" };
  if (type === "inet" || type === "cidr") return { kind: "entity", entity: "ip_address" };
  if (type === "macaddr" || type === "macaddr8") return { kind: "entity", entity: "mac_address" };
  const sampled = entityOfSamples(finder, label, samples);
  if (sampled !== null) return { kind: "entity", entity: sampled };
  const lead = leadOf(label);
  return { kind, lead: finder.saysNothing(lead) ? "" : lead };
}

/** `pg_catalog.numeric(10, 2)` is `numeric`, `_int4` is `int4[]`. */
function typeOf(written: string): string {
  const [, name = "", array = ""] =
    /^(?:pg_catalog\.)?(.*?)((?:\[\d*\])*)$/.exec(
      written.toLowerCase().replaceAll(/\([\d, ]*\)/g, ""),
    ) ?? [];
  const element = name.startsWith("_") ? name.slice(1) : name;
  const isArray = array !== "" || element !== name;
  return `${synonyms.get(element) ?? element}${isArray ? "[]" : ""}`;
}

/** An array of documents is none, and one of numbers a text with numbers in it. */
function kindOf(type: string): "plain" | "number" | "json" | "opaque" | "text" {
  if (!type.endsWith("[]")) return kinds.get(type) ?? "text";
  const of = kinds.get(type.slice(0, -2));
  return of === "plain" ? "plain" : of === "json" || of === "opaque" ? "opaque" : "text";
}

function isTime(type: string): boolean {
  return /^(?:date|time|timetz|timestamp|timestamptz|interval)(?:\[\])?$/.test(type);
}

/** What nearly all of the samples are, as a whole: the numbers of one country may look like those of another now and then. */
function entityOfSamples(
  finder: Finder,
  name: string,
  samples: readonly (string | null)[],
): Entity | null {
  const lead = leadOf(name);
  const distinct = new Set(
    samples.slice(0, samplesMax).filter((sample) => sample !== null && sample !== ""),
  );
  const found = [...distinct].map((sample) => wholeOf(finder.guess, lead, sample ?? ""));
  const counts = Map.groupBy(
    found.filter((entity) => entity !== null),
    (entity) => entity,
  );
  const [most] = [...counts].toSorted(([, one], [, other]) => other.length - one.length);
  if (most === undefined) return null;
  const { kind } = entityOf(most[0]);
  const alike = found.filter((entity) => entity !== null && entityOf(entity).kind === kind).length;
  return alike >= samplesLeast && alike >= sampleShare * distinct.size ? most[0] : null;
}

/** What a value is as a whole; null where it is more than that, or less. */
function wholeOf(find: Finder["guess"], lead: string, value: string): Entity | null {
  const [finding, more] = find(`${lead}${value}`);
  const isWhole =
    finding !== undefined &&
    more === undefined &&
    finding.end - finding.start >= Buffer.byteLength(value) - 2;
  return isWhole ? finding.entity : null;
}

/** Of numbers that nothing names only those that few others look like. */
export function entityOfNumber(finder: Finder, lead: string, value: string): Entity | null {
  const digits = digitsOfNumber(value);
  return digits === null ? null : wholeOf(finder.find, lead, digits);
}

/** A name such as `token` or `tax_id` tells that it is something; its value may tell what. */
export function moreExact(finder: Finder, named: Entity, value: string): Entity {
  if (!isBroad(named)) return named;
  const { kind } = entityOf(named);
  const entity = wholeOf(kind === "secret" ? finder.find : finder.guess, "", value);
  return entity !== null && entityOf(entity).kind === kind ? entity : named;
}
