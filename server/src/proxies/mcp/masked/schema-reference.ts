/** Where a reference within a schema leads. */
import type { Json } from "#/core/json.ts";
import { isSchemaObject } from "./schema-assertions.ts";

/** Within the document alone, by a path or by the name of a definition. Null where it leads nowhere. */
export function resolved(schema: Json, ref: Json): Json | null {
  if (typeof ref !== "string" || !ref.startsWith("#")) return null;
  const fragment = ref.slice(1);
  if (fragment !== "" && !fragment.startsWith("/")) return anchored(schema, fragment);
  let part: Json | undefined = schema;
  for (const step of fragment.split("/").slice(1)) {
    const name = unescaped(step);
    if (name === null) return null;
    part = Array.isArray(part) ? (part as readonly Json[])[Number(name)] : ownOf(part, name);
  }
  return part ?? null;
}

/** Of the drafts before 2019-09, in which a reference stands for all that stands beside it. */
export function isOld(schema: Json): boolean {
  const dialect = ownOf(schema, "$schema");
  return typeof dialect === "string" && /json-schema\.org\/draft-0[3-7]\//.test(dialect);
}

/** Parts of it have ids of their own, or are to be found from where they are come to. */
export function hasOwnIds(schema: Json): boolean {
  const waiting: Json[] = isSchemaObject(schema) ? Object.values(schema) : [];
  if (ownOf(schema, "$recursiveAnchor") !== undefined) return true;
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (typeof part !== "object" || part === null) continue;
    if (["$id", "id"].some((name) => isId(ownOf(part, name)))) return true;
    if (ownOf(part, "$recursiveAnchor") === true) return true;
    for (const each of Object.values(part) as readonly Json[]) waiting.push(each);
  }
  return false;
}

/** A member that is called so is no id. */
function isId(value: Json | undefined): boolean {
  return typeof value === "string" && !value.startsWith("#");
}

/** Anchors elsewhere than at a definition are not found. */
function anchored(schema: Json, anchor: string): Json | null {
  const definitions = ["$defs", "definitions"].flatMap((name) => {
    const all = ownOf(schema, name);
    return isSchemaObject(all) ? Object.values(all) : [];
  });
  return definitions.find((each) => isSchemaObject(each) && each["$anchor"] === anchor) ?? null;
}

/** JSON Pointer in a fragment (RFC 6901 §6). */
function unescaped(step: string): string | null {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return null;
  }
}

function ownOf(value: Json | undefined, name: string): Json | undefined {
  return isSchemaObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
