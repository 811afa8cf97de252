/**
 * Holds every answer that a test sees to the gateway's own description of itself (`/openapi.json`).
 *
 * Stricter than the description: an answer may have no field that it does not name. What it can't judge is a
 * failure too: a keyword of JSON Schema that it does not know, a status or type of content that is not listed.
 */
import assert from "node:assert/strict";

export interface SeenAnswer {
  readonly method: string;
  /** Below `/api/v1`; a query is ignored. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly responses: Readonly<Record<string, Response>>;
}
interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
type Schema = Readonly<Record<string, unknown>>;

/** For the API at `url`; its description is read once, when the first answer was seen. */
export function createAnswerCheck(url: string): (answer: SeenAnswer) => Promise<void> {
  let document: Promise<ApiDocument> | null = null;
  return async (answer) => {
    document ??= readDocument(url);
    assertDescribed(await document, answer);
  };
}

async function readDocument(url: string): Promise<ApiDocument> {
  return (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as ApiDocument;
}

export function assertDescribed(document: ApiDocument, answer: SeenAnswer): void {
  const problems = describedProblems(document, answer);
  const { method, path, status } = answer;
  assert.deepEqual(problems, [], `${method} ${path} answered ${status}, not as it is described`);
}

function describedProblems(document: ApiDocument, answer: SeenAnswer): readonly string[] {
  const { method, path, status, contentType, text } = answer;
  const operation = operationOf(document, method, path);
  // What is not described is there for nobody: it can only fail, as everything fails.
  const responses: Operation["responses"] = operation?.responses ?? {
    default: { content: problemContent },
  };
  const response = responses[status] ?? (status >= 400 ? responses["default"] : undefined);
  if (response === undefined) return ["the status is not described"];
  const { content } = response;
  if (content === undefined) return text === "" ? [] : ["a body is not described"];
  if (method === "HEAD") return [];
  const type = contentType?.split(";")[0]?.trim() ?? "";
  const schema = content[type]?.schema;
  if (schema === undefined) return [`the content type "${type}" is not described`];
  const body: unknown = type.endsWith("json") ? JSON.parse(text) : text;
  return schemaProblems(document, schema, body, "");
}

const problemContent = {
  "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
};

/** A path that is written out goes before one with a parameter in its place. */
function operationOf(document: ApiDocument, method: string, path: string): Operation | null {
  const [asked = ""] = path.split("?");
  const matching = Object.keys(document.paths)
    .filter((template) => patternOf(template).test(asked))
    .toSorted((one, other) => one.split("{").length - other.split("{").length);
  const verb = method === "HEAD" ? "get" : method.toLowerCase();
  return matching.map((template) => document.paths[template]?.[verb]).find(Boolean) ?? null;
}

function patternOf(template: string): RegExp {
  const parts = template.split("/").map((part) => (part.startsWith("{") ? "[^/]+" : literal(part)));
  return new RegExp(`^${parts.join("/")}$`);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

type Check = (value: unknown, rule: never, schema: Schema) => readonly string[] | boolean;

function schemaProblems(
  document: ApiDocument,
  schema: Schema,
  value: unknown,
  at: string,
): readonly string[] {
  const inside = (part: unknown, item: unknown, key: string) =>
    schemaProblems(document, part as Schema, item, `${at}/${key}`);
  const checks: Readonly<Record<string, Check>> = {
    $ref: (_, reference: string) => {
      const name = reference.replace("#/components/schemas/", "");
      return schemaProblems(document, document.components.schemas[name] ?? {}, value, at);
    },
    anyOf: (_, parts: readonly Schema[]) =>
      parts.some((part) => schemaProblems(document, part, value, at).length === 0),
    oneOf: (_, parts: readonly Schema[]) =>
      parts.filter((part) => schemaProblems(document, part, value, at).length === 0).length === 1,
    const: (_, only: unknown) => value === only,
    type: (_, types: string | readonly string[]) => [types].flat().includes(typeOf(value, types)),
    enum: (_, allowed: readonly unknown[]) => allowed.includes(value),
    pattern: (_, pattern: string) => typeof value !== "string" || new RegExp(pattern).test(value),
    format: (_, format: string) =>
      format === "date-time" && (typeof value !== "string" || isTime(value)),
    minLength: (_, min: number) => typeof value !== "string" || value.length >= min,
    maxLength: (_, max: number) => typeof value !== "string" || value.length <= max,
    minimum: (_, min: number) => typeof value !== "number" || value >= min,
    maximum: (_, max: number) => typeof value !== "number" || value <= max,
    required: (_, names: readonly string[]) =>
      !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
    properties: (_, properties: Schema) =>
      isObject(value)
        ? Object.entries(properties).flatMap(([name, part]) =>
            Object.hasOwn(value, name) ? inside(part, value[name], name) : [],
          )
        : [],
    additionalProperties: (_, part: Schema | boolean, { properties }) =>
      part === false
        ? true
        : othersOf(value, properties).flatMap((name) => {
            return part === true ? [] : inside(part, (value as Schema)[name], name);
          }),
    items: (_, part: Schema) =>
      Array.isArray(value) ? value.flatMap((item, index) => inside(part, item, `${index}`)) : [],
  };
  const problems = Object.entries(schema).flatMap(([keyword, rule]) => {
    if (annotations.has(keyword)) return [];
    const found = checks[keyword]?.(value, rule as never, schema);
    if (found === undefined) return [`${at}: the keyword ${keyword} can't be judged`];
    if (typeof found !== "boolean") return found;
    return found ? [] : [`${at}: ${keyword}`];
  });
  const isOpen = (schema["additionalProperties"] ?? false) !== false;
  const isClosed = "properties" in schema && !isOpen;
  const undescribed = isClosed ? othersOf(value, schema["properties"]) : [];
  return [...problems, ...undescribed.map((name) => `${at}/${name}: the field is not described`)];
}

/** They say something to the reader, and ask nothing of a value. */
const annotations = new Set(["description", "default", "title", "example"]);

function othersOf(value: unknown, properties: unknown): readonly string[] {
  const known = isObject(properties) ? properties : {};
  return isObject(value) ? Object.keys(value).filter((name) => !Object.hasOwn(known, name)) : [];
}

function typeOf(value: unknown, types: string | readonly string[]): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (Number.isInteger(value) && [types].flat().includes("integer")) return "integer";
  return typeof value;
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTime(value: string): boolean {
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value))
  );
}
