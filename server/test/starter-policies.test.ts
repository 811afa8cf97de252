import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  objectRule,
  objectTypes,
  plainStatements,
} from "#/proxies/postgres/sql/statement-kinds.ts";

const policies = join(import.meta.dirname, "../../policies");

/** Every kind under which the classifier reports that something is dropped or emptied. */
const destructive = [
  ...objectTypes().map((type) => objectRule("drop", type)?.kind ?? ""),
  ...Object.values(plainStatements).map(({ kind }) => kind),
].filter((kind) => kind.startsWith("drop_") || kind === "truncate");

/** There is no DROP statement for these; they go by ALTER TABLE, which waits, or by a function. */
const notStatements = ["drop_column", "drop_constraint", "drop_large_object"];

for (const set of ["quickstart", "production"]) {
  test(`the ${set} policies name every kind of statement that drops or truncates`, () => {
    const text = readFileSync(join(policies, set, `${set}.cedar`), "utf8");
    assert(destructive.length > 30);
    assert.deepEqual(
      [...new Set(destructive)].toSorted().filter((kind) => !text.includes(`"${kind}"`)),
      notStatements,
    );
  });
}
