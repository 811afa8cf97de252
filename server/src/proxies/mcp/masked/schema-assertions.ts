/** Keywords of JSON Schema that judge one value by itself, as a table. What can't be told is null. */
import type { Json } from "#/core/json.ts";
import { isKnownPattern, isOfFormat } from "./masked-formats.ts";

export type SchemaObject = { readonly [key: string]: Json };
/** A value as it is shown; undefined for lists and objects. */
export type Shown = string | number | boolean | null | undefined;

/** Keywords that ask nothing of a value. */
export const notes: ReadonlySet<string> = new Set(
  "$schema $id $anchor $comment $defs $vocabulary definitions title description default examples deprecated readOnly writeOnly x-mcp-header".split(
    " ",
  ),
);

type Assertion = (
  limit: Json,
  shown: Shown,
  part: SchemaObject,
  /** Whether it stands there in place of what the server sent. */
  isChanged: boolean,
  /** The same for lists and objects. */
  isSame: (limit: Json) => boolean,
) => boolean | null;

/** Of older drafts some limits are no numbers: what they ask is not known here. */
const ofString =
  (holds: (text: string, limit: number) => boolean): Assertion =>
  (limit, shown) =>
    typeof shown !== "string" || (typeof limit === "number" ? holds(shown, limit) : null);

const ofNumber =
  (holds: (value: number, limit: number) => boolean | null): Assertion =>
  (limit, shown) =>
    typeof shown !== "number" || (typeof limit === "number" ? holds(shown, limit) : null);

/** Of what is no whole number the remainder is not exact: 0.0075 is a multiple of 0.0001, and leaves some. */
function isMultipleOf(value: number, limit: number): boolean | null {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(limit)) return value % limit === 0;
  return Number.isSafeInteger(value / limit) && (value / limit) * limit === value ? true : null;
}

/** Of older drafts it says how another limit is meant. */
function exclusive(
  other: "minimum" | "maximum",
  holds: (value: number, limit: number) => boolean,
): Assertion {
  return (limit, shown, part, ...rest) =>
    ofNumber(holds)(limit === true ? (part[other] ?? null) : limit, shown, part, ...rest) ||
    limit === false;
}

export const assertions: Readonly<Record<string, Assertion>> = {
  enum: (limit, shown, _, __, isSame) =>
    Array.isArray(limit) && (shown === undefined ? limit.some(isSame) : limit.includes(shown)),
  const: (limit, shown, _, __, isSame) => (shown === undefined ? isSame(limit) : limit === shown),
  minLength: ofString((text, limit) => lengthOf(text) >= limit),
  maxLength: ofString((text, limit) => lengthOf(text) <= limit),
  minimum: ofNumber((value, limit) => value >= limit),
  maximum: ofNumber((value, limit) => value <= limit),
  exclusiveMinimum: exclusive("minimum", (value, limit) => value > limit),
  exclusiveMaximum: exclusive("maximum", (value, limit) => value < limit),
  multipleOf: ofNumber(isMultipleOf),
  format(limit, shown, _, isChanged) {
    if (typeof shown !== "string") return true;
    return isChanged && isOfFormat(limit, shown) ? true : null;
  },
  pattern(limit, shown, { format }, isChanged) {
    if (typeof shown !== "string") return true;
    return isChanged && isKnownPattern(limit, format) && isOfFormat(format, shown) ? true : null;
  },
};

export function isSchemaObject(value: Json | undefined): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of each value the names of its types. */
export function typesOf(shown: Shown, kind: string): readonly string[] {
  switch (typeof shown) {
    case "string":
      return ["string"];
    case "boolean":
      return ["boolean"];
    case "number":
      return Number.isInteger(shown) ? ["integer", "number"] : ["number"];
    default:
      return shown === null ? ["null"] : [kind];
  }
}

/** In code points, as JSON Schema counts. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
