/** Which arguments of a tool are mirrored into headers, by its schema (`x-mcp-header`; MCP 2026-07-28, "Custom Headers from Tool Parameters"). */
import type { Json } from "#/core/json.ts";
import type { MirroredParameter } from "./check-headers.ts";

/** Of one tool. */
const mirroredMax = 32;
const depthMax = 8;
/** A token of HTTP (RFC 9110 §5.6.2). */
const headerForm = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;

export function mirroredIn(schema: Json | null): readonly MirroredParameter[] {
  const found: MirroredParameter[] = [];
  visit(schema, []);
  return found;

  function visit(part: Json | undefined | null, path: readonly string[]): void {
    const properties = objectOf(part)?.["properties"];
    const named = objectOf(properties);
    if (named === null || path.length >= depthMax) return;
    for (const [key, value] of Object.entries(named)) {
      const header = objectOf(value)?.["x-mcp-header"];
      if (typeof header === "string" && headerForm.test(header) && found.length < mirroredMax) {
        found.push({ header, path: [...path, key] });
      }
      visit(value, [...path, key]);
    }
  }
}

function objectOf(value: Json | undefined | null): { readonly [key: string]: Json } | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : null;
}
