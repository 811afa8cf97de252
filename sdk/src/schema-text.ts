/** What a schema takes, in a few words. A stranger's: what is not plainly said is "something". */

type Schema = { readonly [key: string]: unknown };

/** Of members, and of alternatives; how many more there are is said. */
const namedMax = 6;
const depthMax = 3;

export function schemaText(schema: unknown, depth = 0): string {
  if (!isSchema(schema)) return "anything";
  const { title, format } = schema;
  const alternatives = [...listOf(schema["oneOf"]), ...listOf(schema["anyOf"])];
  if (alternatives.length > 0) {
    if (depth >= depthMax) return "one of several";
    return joined(alternatives, (each) => alternativeText(each, depth + 1), " or ");
  }
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  const choices = listOf(schema["enum"]);
  if (choices.length > 0) {
    return `one of ${joined(choices, choiceText, ", ")}`;
  }
  const types = listOf(typeof schema["type"] === "string" ? [schema["type"]] : schema["type"]);
  if (types.length === 0) return typeof title === "string" ? title : "anything";
  const words = types.map((type) => wordFor(type, schema, depth)).join(" or ");
  return `${words}${typeof format === "string" ? ` (${format})` : ""}${boundsText(schema)}`;
}

/** By its title, where it has one: that is what people call it. */
function alternativeText(schema: unknown, depth: number): string {
  const title = isSchema(schema) ? schema["title"] : undefined;
  const text = schemaText(schema, depth);
  return typeof title === "string" && title !== text ? `${title} (${text})` : text;
}

function wordFor(type: unknown, schema: Schema, depth: number): string {
  switch (type) {
    case "array": {
      const { items } = schema;
      return items === undefined || depth >= depthMax
        ? "list"
        : `list of ${pluralText(schemaText(items, depth + 1))}`;
    }
    case "object": {
      const { properties } = schema;
      const names = isSchema(properties) ? Object.keys(properties) : [];
      return names.length === 0 ? "fields" : `fields ${joined(names, (name) => name, ", ")}`;
    }
    default:
      return typeof type === "string" ? (words[type] ?? "something") : "something";
  }
}

/** `whole number, from 1` becomes `whole numbers, from 1`. */
function pluralText(text: string): string {
  return text.replace(/^(?:text|number|whole number)(?![\w])/, "$&s");
}

const words: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  integer: "whole number",
  boolean: "yes or no",
  null: "null",
};

function choiceText(choice: unknown): string {
  return typeof choice === "string" ? choice : JSON.stringify(choice);
}

function boundsText(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const { minLength, maxLength, minItems, maxItems } = schema;
  const parts = [
    ...(typeof minimum === "number" ? [`from ${minimum}`] : []),
    ...(typeof exclusiveMinimum === "number" ? [`above ${exclusiveMinimum}`] : []),
    ...(typeof maximum === "number" ? [`to ${maximum}`] : []),
    ...(typeof exclusiveMaximum === "number" ? [`below ${exclusiveMaximum}`] : []),
    ...(typeof minLength === "number" && minLength > 0 ? [`at least ${minLength} characters`] : []),
    ...(typeof maxLength === "number" ? [`at most ${maxLength} characters`] : []),
    ...(typeof minItems === "number" && minItems > 0 ? [`at least ${minItems}`] : []),
    ...(typeof maxItems === "number" ? [`at most ${maxItems}`] : []),
  ];
  return parts.length === 0 ? "" : `, ${parts.join(" ")}`;
}

function joined<Each>(all: readonly Each[], text: (each: Each) => string, by: string): string {
  const shown = all.slice(0, namedMax).map(text).join(by);
  const more = all.length - namedMax;
  return more <= 0 ? shown : `${shown} and ${more} more`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
