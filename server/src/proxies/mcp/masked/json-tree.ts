/**
 * What a server answers, so that what is not changed of it can be passed on to the byte: with members that stand twice and texts that
 * are no characters, as they were written.
 */
import { type JsonFault, JsonProblem } from "#/proxies/mcp/json/json-cursor.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { type JsonTerms, readJson } from "#/proxies/mcp/json/read-json.ts";

/** Lists and objects within each other. */
export const jsonDepthMax = 128;
/** Values of one text. */
const jsonValuesMax = 400_000;

/** `name` is what the text as a whole is called. */
export function parseJson(text: string, name = ""): JsonNode | JsonFault {
  try {
    return readJson(text, terms, name);
  } catch (error) {
    if (error instanceof JsonProblem) return error.fault;
    throw error;
  }
}

const terms: JsonTerms = { depthMax: jsonDepthMax, valuesMax: jsonValuesMax, ambiguous: "kept" };

/** Of two with one key the last, as most readers take it. */
export function memberOf(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.kind === "object"
    ? node.members.findLast((each) => each.key === key)?.value
    : undefined;
}
