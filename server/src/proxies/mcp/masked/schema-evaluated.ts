/** Which members of an object a schema speaks of by itself or by what it refers to (JSON Schema 2020-12 §11.3): what is left is unevaluated. */
import type { Json } from "#/core/json.ts";
import { type At, type Judging, listOf } from "./judging.ts";
import { isSchemaObject, type SchemaObject } from "./schema-assertions.ts";

/** `all`, or their names. */
export type Evaluated = "all" | ReadonlySet<string>;

/** Null where it can't be told: of patterns, and of choices of which nobody knows whether they hold. */
export function evaluatedBy(
  judging: Judging,
  part: SchemaObject,
  names: ReadonlySet<string>,
  at: At,
): Evaluated | null {
  const properties = part["properties"];
  // References fan out, so it counts for what it gathers.
  judging.countStep(1 + (isSchemaObject(properties) ? Object.keys(properties).length : 0));
  const of = (schema: Json | undefined, refs = at.refs): Evaluated | null => {
    if (!isSchemaObject(schema)) return none;
    if (schema["unevaluatedProperties"] !== undefined) return "all";
    return evaluatedBy(judging, schema, names, { ...at, refs });
  };
  /** Only where it holds. */
  const where = (schema: Json | undefined): Evaluated | null => {
    if (schema === undefined) return none;
    const mode = at.mode === "changed" ? "now" : at.mode;
    const verdict = judging.judge(schema, { ...at, mode });
    if (verdict === "invalid") return none;
    return verdict === "valid" ? of(schema) : null;
  };
  const referred = (ref: Json | undefined): Evaluated | null => {
    if (ref === undefined) return none;
    const schema = judging.resolved(ref, at);
    return schema === null ? null : of(schema, at.refs + 1);
  };
  if (part["additionalProperties"] !== undefined) return "all";
  if (part["patternProperties"] !== undefined || part["$dynamicRef"] !== undefined) return null;
  const dependent = part["dependentSchemas"] ?? part["dependencies"];
  return union([
    new Set(isSchemaObject(properties) ? Object.keys(properties) : []),
    referred(part["$ref"]),
    referred(part["$recursiveRef"]),
    ...listOf(part["allOf"]).map((each) => of(each)),
    ...["anyOf", "oneOf"].flatMap((keyword) => listOf(part[keyword]).map(where)),
    ...conditional(judging, part, at, { of, where }),
    ...Object.entries(isSchemaObject(dependent) ? dependent : {})
      .filter(([name]) => names.has(name))
      .map(([, schema]) => of(schema)),
  ]);
}

const none: ReadonlySet<string> = new Set();

interface Under {
  readonly of: (schema: Json | undefined) => Evaluated | null;
  readonly where: (schema: Json | undefined) => Evaluated | null;
}

function conditional(
  judging: Judging,
  part: SchemaObject,
  at: At,
  { of, where }: Under,
): readonly (Evaluated | null)[] {
  if (part["if"] === undefined) return [];
  const mode = at.mode === "changed" ? "now" : at.mode;
  switch (judging.judge(part["if"], { ...at, mode })) {
    case "valid":
      return [where(part["if"]), of(part["then"])];
    case "invalid":
      return [of(part["else"])];
    default:
      return [null];
  }
}

function union(all: readonly (Evaluated | null)[]): Evaluated | null {
  if (all.includes("all")) return "all";
  const sets = all.filter((each) => each !== "all");
  return sets.includes(null) ? null : new Set(sets.flatMap((each) => [...(each ?? none)]));
}
