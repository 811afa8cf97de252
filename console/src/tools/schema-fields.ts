/**
 * The arguments that a tool's schema names: what a form can ask for, and in what kind of field.
 *
 * A stranger's: whatever is not plainly said is a field for JSON. The gateway judges what is written; this is for whoever writes it.
 */
import { schemaText } from "@countersign/sdk/schema-text";

export type FieldKind =
  | "text"
  | "long_text"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  /** An object whose members its schema names. */
  | "fields"
  | "json";

export interface SchemaField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly typeText: string;
  /** Of a choice. */
  readonly choices: readonly (string | number)[];
  readonly isRequired: boolean;
  /** Null can stand there. */
  readonly isNullable: boolean;
  readonly description: string;
  /** Of what stands there. */
  readonly schema: unknown;
}

const fieldsMax = 200;
const choicesMax = 100;
const descriptionCharsMax = 500;

type Schema = { readonly [key: string]: unknown };

export function fieldsOf(schema: unknown): readonly SchemaField[] {
  if (!isSchema(schema) || !isSchema(schema["properties"])) return [];
  const required = listOf(schema["required"]);
  const { properties } = schema;
  return Object.keys(properties)
    .slice(0, fieldsMax)
    .map((name) => fieldOf(name, properties[name], required.includes(name)));
}

function fieldOf(name: string, given: unknown, isRequired: boolean): SchemaField {
  const schema = isSchema(given) ? given : {};
  const types = typesOf(schema);
  const isNullable = types.includes("null");
  const [type, more] = types.filter((each) => each !== "null");
  const choices = listOf(schema["enum"]).filter(
    (each): each is string | number => typeof each === "string" || typeof each === "number",
  );
  const isChoice =
    choices.length > 0 &&
    choices.length <= choicesMax &&
    choices.length === listOf(schema["enum"]).filter((each) => each !== null).length;
  const kind = isChoice ? "choice" : more === undefined ? kindOf(type, schema) : "json";
  return {
    name,
    kind,
    typeText: isChoice ? `one of ${choices.join(", ")}` : schemaText(schema),
    choices: isChoice ? choices : [],
    isRequired,
    isNullable,
    description: descriptionOf(schema),
    schema,
  };
}

/** Python writes an optional value as one of two. */
function typesOf(schema: Schema): readonly string[] {
  const own = listOf(typeof schema["type"] === "string" ? [schema["type"]] : schema["type"]);
  const either = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])]
    .filter(isSchema)
    .flatMap((each) => (Object.keys(each).length <= 2 ? listOf([each["type"]]) : ["other"]));
  return [...new Set([...own, ...either])].filter(
    (each): each is string => typeof each === "string",
  );
}

function kindOf(type: string | undefined, schema: Schema): FieldKind {
  switch (type) {
    case "string":
      return Number(schema["maxLength"] ?? Number.POSITIVE_INFINITY) > 200 &&
        schema["format"] === undefined
        ? "long_text"
        : "text";
    case "number":
    case "integer":
    case "boolean":
      return type;
    case "object":
      return fieldsOf(schema).length > 0 ? "fields" : "json";
    default:
      return "json";
  }
}

function descriptionOf(schema: Schema): string {
  const { description } = schema;
  if (typeof description !== "string") return "";
  const part = description.slice(0, descriptionCharsMax).replace(/[\ud800-\udbff]$/, "");
  return part === description ? part : `${part} …`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
