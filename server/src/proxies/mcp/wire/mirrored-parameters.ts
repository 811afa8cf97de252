/**
 * Arguments of a tool that are mirrored into headers, by its schema (`x-mcp-header`; MCP 2026-07-28, "Custom Headers from Tool
 * Parameters"): a header says what the argument is, exactly and of its type. Throws a `MessageProblem` where it does not.
 */
import type { Json } from "#/core/json.ts";
import { isSameNumber } from "#/core/json-leaves.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { memberOf } from "#/proxies/mcp/json/json-value.ts";
import { decoded, encodedHeader, mismatch, type RequestHeaders, single } from "./check-headers.ts";
import type { RpcId } from "./codec.ts";

/** The header's name, without `Mcp-Param-`, and the path to the argument. */
export interface MirroredParameter {
  readonly header: string;
  readonly path: readonly string[];
}

/** As they were sent, in the text from which they were read; null where there are none. */
export interface CallArguments {
  readonly node: JsonNode | null;
  readonly text: string;
}

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

/** What no schema mirrors is not passed on. */
export function checkParameters(
  headers: RequestHeaders,
  mirrored: readonly MirroredParameter[],
  sent: CallArguments,
  id: RpcId | null,
): void {
  for (const { header, path } of mirrored) {
    const name = `mcp-param-${header.toLowerCase()}`;
    const value = mirroredValue(sent, path);
    const said = single(headers, name);
    if (said === null && value === null) continue;
    if (said === null || value === null) throw mismatch(name, id);
    const text = decoded(said, name, id);
    // Numbers are compared as such: `42.0` and `42` are one. Texts are what they are, whatever they look like.
    const isSame = value.isNumber ? isSameNumber(text, value.text) : text === value.text;
    if (!isSame) throw mismatch(name, id);
  }
}

/** What stands in the header for an argument, encoded where it has to be; null where there is none. */
export function mirroredHeader({ path }: MirroredParameter, sent: CallArguments): string | null {
  const value = mirroredValue(sent, path);
  return value === null ? null : encodedHeader(value.text);
}

/** With the digits that were sent. */
function mirroredValue(
  { node, text }: CallArguments,
  path: readonly string[],
): { readonly text: string; readonly isNumber: boolean } | null {
  const value = path.reduce<JsonNode | null>((inner, key) => memberOf(inner, key), node);
  switch (value?.kind) {
    case "string":
      return { text: value.value, isNumber: false };
    case "number":
      return { text: text.slice(value.start, value.end), isNumber: true };
    case "literal":
      return value.value === null ? null : { text: String(value.value), isNumber: false };
    default:
      return null;
  }
}

function objectOf(value: Json | undefined | null): { readonly [key: string]: Json } | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : null;
}
