/**
 * A message of whoever can reach the port: what was read means one thing to every reader, or is refused. No key stands twice in an
 * object, and no text has a lone surrogate.
 */
import type { JsonNode } from "./json-node.ts";
import { type JsonTerms, readJson } from "./read-json.ts";

/** Objects and lists in one another. */
const jsonDepthMax = 64;
/** Values in one text. */
const jsonValuesMax = 250_000;

/** Throws a `JsonProblem`. */
export function parseJson(text: string): JsonNode {
  return readJson(text, terms);
}

const terms: JsonTerms = {
  depthMax: jsonDepthMax,
  valuesMax: jsonValuesMax,
  ambiguous: "refused",
};
