/**
 * A tool as its server defines it, and the part of it that is pinned: all that a model reads of it and that says what it takes and gives.
 *
 * Icons and a server's own metadata are left out: no model reads them, and they change from one listing to the next.
 */
import { createHash } from "node:crypto";
import { canonicalize } from "#/core/canonical.ts";
import { type JsonObject, type ToolClaims, unclaimed } from "#/core/facts.ts";
import type { Digest } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import type { ToolHints } from "./classify-tool.ts";

export interface ToolDefinition {
  readonly name: string;
  /** SHA-256 of the content's canonical form (RFC 8785). */
  readonly digest: Digest;
  /** Only the members that are pinned, as far as the server gives them. */
  readonly content: JsonObject;
}

export const toolNameCharsMax = 256;
/** Of a definition's canonical form; what is larger is as if it were not listed. */
export const definitionBytesMax = 256 * 1024;
/** Lists and objects in one another; likewise. */
export const definitionDepthMax = 128;

const pinned = [
  "annotations",
  "description",
  "inputSchema",
  "name",
  "outputSchema",
  "title",
] as const;
const definitionTag = "countersign/tool-definition/v1\0";

/** Null where it is no definition, or one that nobody could look at. */
export function readDefinition(value: Json): ToolDefinition | null {
  const object = asObject(value);
  const name = object?.["name"];
  if (object === null || typeof name !== "string") return null;
  if (name === "" || name.length > toolNameCharsMax) return null;
  const content = Object.fromEntries(
    pinned.flatMap((key) => (Object.hasOwn(object, key) ? [[key, object[key] as Json]] : [])),
  );
  if (isDeeper(content, definitionDepthMax)) return null;
  const text = canonicalText(content);
  if (text === null || Buffer.byteLength(text) > definitionBytesMax) return null;
  const digest = createHash("sha256").update(definitionTag).update(text).digest("hex") as Digest;
  return { name, digest, content };
}

function isDeeper(value: Json | undefined, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((each: Json) => isDeeper(each, depth - 1));
}

/** What the server says of it, with what the specification takes for said. */
export function claimsOf({ content }: Pick<ToolDefinition, "content">): ToolClaims {
  const { readOnly, destructive } = hintsOf({ content });
  const annotations = asObject(content["annotations"]);
  return {
    readOnly: readOnly ?? unclaimed.readOnly,
    destructive: destructive ?? unclaimed.destructive,
    idempotent: booleanOf(annotations?.["idempotentHint"]) ?? unclaimed.idempotent,
    openWorld: booleanOf(annotations?.["openWorldHint"]) ?? unclaimed.openWorld,
  };
}

export function hintsOf({ content }: Pick<ToolDefinition, "content">): ToolHints {
  const annotations = asObject(content["annotations"]);
  return {
    readOnly: booleanOf(annotations?.["readOnlyHint"]),
    destructive: booleanOf(annotations?.["destructiveHint"]),
  };
}

/** Silence is taken for it by the specification, and is no word. */
export function saysOpenWorld({ content }: Pick<ToolDefinition, "content">): boolean {
  return booleanOf(asObject(content["annotations"])?.["openWorldHint"]) === true;
}

/** Null where it states none. */
export function schemaOf(
  { content }: Pick<ToolDefinition, "content">,
  which: "inputSchema" | "outputSchema",
): JsonObject | null {
  return asObject(content[which]);
}

function canonicalText(content: JsonObject): string | null {
  try {
    return canonicalize(content);
  } catch {
    // A lone surrogate, or nested deeper than anybody can follow.
    return null;
  }
}

function asObject(value: Json | undefined): JsonObject | null {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
}

function booleanOf(value: Json | undefined): boolean | null {
  return typeof value === "boolean" ? value : null;
}
