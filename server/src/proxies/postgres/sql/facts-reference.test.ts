import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { effectPrefixes, effects } from "./effects.ts";
import { sqlParseBytesMax } from "./facts.ts";
import { parseCopiesMax, parseDepthMax, parseStatementsMax } from "./parse-limits.ts";
import { checkedSettingNames, harmlessSettings } from "./settings.ts";
import { objectRule, objectTypes, plainStatements } from "./statement-kinds.ts";

const reference = readFileSync(
  new URL("../../../../../docs/reference/sql-facts.md", import.meta.url),
  "utf8",
);
const words = new Set([...reference.matchAll(/`([a-z_0-9]+)`/g)].map(([, word]) => word));

function isNamed(kind: string): boolean {
  return words.has(kind) || words.has(kind.replace(/^(create|alter|drop)_/, ""));
}

const corpus = JSON.parse(readFileSync(new URL("./corpus.json", import.meta.url), "utf8")) as {
  readonly kinds?: readonly string[];
}[];

test("the reference names every kind", () => {
  const kinds = [
    ...Object.values(plainStatements).map(({ kind }) => kind),
    ...effects.map(({ tag }) => tag),
    ...Object.values(effectPrefixes),
    ...corpus.flatMap((entry) => entry.kinds ?? []),
    ...objectTypes().map((type) => objectRule("drop", type)?.kind ?? "table"),
  ];
  assert.deepEqual(
    [...new Set(kinds)].filter((kind) => !isNamed(kind)),
    [],
  );
});

test("the reference names every setting that is harmless, and no other as harmless", () => {
  const listed = reference.slice(
    reference.indexOf("\n\n", reference.indexOf("Changing one of these")),
    reference.indexOf("Of these the value"),
  );
  const names = [...listed.matchAll(/`([a-z_.]+)`/g)].map(([, name]) => name ?? "").toSorted();
  assert.deepEqual(names, [...harmlessSettings].toSorted());
  assert.deepEqual(
    checkedSettingNames.filter((name) => !words.has(name)),
    [],
  );
});

test("the reference gives the bounds that hold", () => {
  for (const bound of [sqlParseBytesMax, parseDepthMax, parseCopiesMax, parseStatementsMax]) {
    assert.ok(reference.includes(bound.toLocaleString("en-US")), String(bound));
  }
});
