import assert from "node:assert/strict";
import test from "node:test";
import { parseSearchPath } from "./search-path.ts";

/** As `show search_path` puts it, and where the server then looks, for the role `agent`. */
const paths: readonly (readonly [string, readonly string[]])[] = [
  ['"$user", public', ["pg_catalog", "agent", "public"]],
  ["public", ["pg_catalog", "public"]],
  ["", ["pg_catalog"]],
  ['""', ["pg_catalog", ""]],
  ["public, pg_catalog", ["public", "pg_catalog"]],
  [
    '"Mixed Case", "with ""quotes"", and commas"',
    ["pg_catalog", "Mixed Case", 'with "quotes", and commas'],
  ],
  ['"a,b"', ["pg_catalog", "a,b"]],
  ["a,b , c", ["pg_catalog", "a", "b", "c"]],
  ['Public, "Public", ÄÖ', ["pg_catalog", "public", "Public", "ÄÖ"]],
  ['"ünïcode"', ["pg_catalog", "ünïcode"]],
];

for (const [text, schemas] of paths) {
  test(`a search path is read as the server reads it: ${text}`, () => {
    assert.deepEqual(parseSearchPath(text, "agent"), schemas);
  });
}
