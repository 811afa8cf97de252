/**
 * Values of a result, a key or a parameter, by what is known of them: the name, the type, samples.
 *
 * Only free text is scanned. What is told by its name is replaced whole, whatever it looks like; what can hold anything and can't be
 * read is replaced too.
 */

import type { Entity } from "#/core/entity.ts";
import { entityOfName } from "./column-names.ts";
import type { Finder } from "./finder.ts";
import { maskJson } from "./mask-json.ts";
import { leadOf, type Masked, maskBehind, maskNamed } from "./mask-text.ts";
import type { Replace } from "./replace.ts";

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
  | { readonly kind: "text" | "number"; readonly lead: string }
  | { readonly kind: "json"; readonly name: string }
  | { readonly kind: "opaque" };

/** Of a column's samples at least so many have to be one thing, and nearly all. */
const samplesLeast = 3;
const sampleShare = 0.8;
const samplesMax = 50;

const plainTypes = new Set(
  "bool boolean int2 smallint date time timetz timestamp timestamptz interval uuid oid xid float4 float8 real money point line box circle polygon path lseg pg_lsn tsvector tsquery void".split(
    " ",
  ),
);
const numberTypes = new Set("int4 integer int int8 bigint numeric decimal".split(" "));
const jsonTypes = new Set(["json", "jsonb"]);

export function classOf(finder: Finder, description: ValueDescription): ValueClass {
  const { name, column = null, table = null, samples = [] } = description;
  const type = (description.type ?? "text").toLowerCase();
  const entity =
    (column === null ? null : entityOfName(column, table)) ??
    (name === null ? null : entityOfName(name, table));
  const canHold = !["bool", "boolean", "void"].includes(type);
  if (entity !== null && canHold && !(entity !== "date_of_birth" && isTime(type)))
    return { kind: "entity", entity };
  const label = column ?? name ?? "";
  if (type === "inet" || type === "cidr") return { kind: "entity", entity: "ip_address" };
  if (type.startsWith("macaddr")) return { kind: "entity", entity: "mac_address" };
  if (jsonTypes.has(type)) return { kind: "json", name: label };
  if (type === "bytea") return { kind: "opaque" };
  if (plainTypes.has(type)) return { kind: "plain" };
  const sampled = entityOfSamples(finder, label, samples);
  if (sampled !== null) return { kind: "entity", entity: sampled };
  return { kind: numberTypes.has(type) ? "number" : "text", lead: leadOf(label) };
}

function isTime(type: string): boolean {
  return /^(?:date|time|timetz|timestamp|timestamptz|interval)/.test(type);
}

/** What nearly all of the samples are, as a whole. */
function entityOfSamples(
  finder: Finder,
  name: string,
  samples: readonly (string | null)[],
): Entity | null {
  const lead = leadOf(name);
  const counts = new Map<Entity, number>();
  const present = samples.slice(0, samplesMax).filter((sample) => sample !== null && sample !== "");
  for (const sample of present) {
    const entity = wholeOf(finder, lead, sample ?? "");
    if (entity !== null) counts.set(entity, (counts.get(entity) ?? 0) + 1);
  }
  for (const [entity, count] of counts) {
    if (count >= samplesLeast && count >= sampleShare * present.length) return entity;
  }
  return null;
}

function wholeOf(finder: Finder, lead: string, value: string): Entity | null {
  const [finding, more] = finder.find(`${lead}${value}`);
  const isWhole =
    finding !== undefined &&
    more === undefined &&
    finding.end - finding.start >= Buffer.byteLength(value) - 2;
  return isWhole ? finding.entity : null;
}

/** The value as people may see it, and what was replaced in it. */
export function maskValue(finder: Finder, replace: Replace, is: ValueClass, value: string): Masked {
  switch (is.kind) {
    case "plain":
      return { text: value, entities: [] };
    case "entity":
      return value === ""
        ? { text: value, entities: [] }
        : { text: replace(is.entity, value), entities: [is.entity] };
    case "opaque":
      return { text: `<BYTES ${Math.max(0, (value.length - 2) >> 1)}>`, entities: ["unscanned"] };
    case "number":
      return value.length < 7
        ? { text: value, entities: [] }
        : maskNumber(finder, replace, is.lead, value);
    case "json":
      return (
        maskJson(finder, replace, value, { name: is.name }) ??
        maskNamed(finder, replace, is.name, value)
      );
    case "text":
      return maskBehind(finder, replace, is.lead, value);
    default:
      return is satisfies never;
  }
}

/** Of numbers that nothing names only those that few others look like. */
function maskNumber(finder: Finder, replace: Replace, lead: string, value: string): Masked {
  const entity = wholeOf(finder, lead, value);
  return entity === null
    ? { text: value, entities: [] }
    : { text: replace(entity, value), entities: [entity] };
}
