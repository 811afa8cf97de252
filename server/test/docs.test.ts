/**
 * Keeps the documentation true: what it names exists, and what exists is named.
 *
 * A reference page lists one item per table row that starts with | `item` |. Such a row that names
 * nothing is stale, so other tables on these pages must not start their rows with a code span.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { configFields } from "#/config/schema.ts";
import { deceptionKinds } from "#/core/deception.ts";
import { errorCodes } from "#/core/errors.ts";
import { recordTypes } from "#/core/record.ts";
import { refusalCodes } from "#/core/refusal.ts";
import { annotations } from "#/policy/annotations.ts";
import { classReasons } from "#/proxies/mcp/definitions/classify-tool.ts";

const root = path.resolve(import.meta.dirname, "../..");

const pages: readonly { readonly page: string; readonly items: readonly string[] }[] = [
  {
    page: "docs/reference/errors.md",
    items: [...Object.keys(errorCodes), ...Object.keys(refusalCodes)],
  },
  { page: "docs/reference/audit-records.md", items: recordTypes },
  {
    page: "docs/reference/policy-annotations.md",
    items: Object.keys(annotations).map((name) => (name.startsWith("@") ? name : `@${name}`)),
  },
  { page: "docs/reference/configuration.md", items: configFields() },
  {
    page: "docs/reference/tools.md",
    items: [...Object.keys(classReasons), ...Object.keys(deceptionKinds)],
  },
];

for (const { page, items } of pages) {
  test(`${page} lists every item that the code knows, and no other`, () => {
    assert.ok(items.length > 0, "the code knows items");
    assert.deepEqual(compare(listedItems(read(page)), items), { missing: [], stale: [] });
  });
}

test("settings of each kind of connection are among those that the page has to list", () => {
  const settings = configFields();
  for (const setting of ["host", "url", "command", "tls.ca.file", "credential.oauth.tokenUrl"]) {
    assert.ok(settings.includes(`connections[].upstream.${setting}`), setting);
  }
});

for (const page of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]) {
  test(`every repository path that ${page} names exists`, () => {
    const paths = namedPaths(read(page));
    assert.ok(paths.length > 0, "the page names paths");
    assert.deepEqual(
      paths.filter((name) => !isInRepository(name)),
      [],
    );
  });
}

test("every decision has a number of its own, without a gap", () => {
  const numbers = globSync("docs/decisions/*.md", { cwd: root }).map((file) =>
    Number(path.basename(file).slice(0, 4)),
  );
  assert.ok(numbers.length > 0, "there are decisions");
  assert.deepEqual(
    numbers.toSorted((one, other) => one - other),
    numbers.map((_, at) => at + 1),
  );
});

test("an item without a row, a row without an item and a second row are found", () => {
  const page = [
    "| code | meaning |",
    "| --- | --- |",
    "| `a.known` | … mentions `b.undocumented` |",
    "| `c.removed` | … |",
    "| `d.twice` | … |",
    "|`d.twice`| … |",
  ].join("\n");
  assert.deepEqual(compare(listedItems(page), ["a.known", "b.undocumented", "d.twice"]), {
    missing: ["b.undocumented"],
    stale: ["c.removed", "d.twice"],
  });
});

test("paths are recognised among other code spans, and a path that leads nowhere is found", () => {
  const page = [
    "`server/src/core/` and `server/src/core/gone.ts`, `core/errors.ts`, `#/core/errors.ts`,",
    "`docs/reference/*.md`, `docs/gone/*.md`, `gone.ts`, `LICENSE`, `.ci/run`, [`sdk/`](sdk/),",
    "but not `npm test`, `a/b`, `application/json`, `postgres://host/db`, `countersign.yaml`,",
    "`@countersign/tlog/merkle`, `./file.ts`, `../`, `@id`, `action.held`.",
    "```",
    "`server/in/a/block.ts`",
    "```",
  ].join("\n");
  const paths = namedPaths(page);
  assert.deepEqual(paths, [
    "server/src/core/",
    "server/src/core/gone.ts",
    "core/errors.ts",
    "#/core/errors.ts",
    "docs/reference/*.md",
    "docs/gone/*.md",
    "gone.ts",
    "LICENSE",
    ".ci/run",
    "sdk/",
  ]);
  assert.deepEqual(
    paths.filter((name) => !isInRepository(name)),
    ["server/src/core/gone.ts", "docs/gone/*.md", "gone.ts"],
  );
});

function read(page: string): string {
  return readFileSync(path.join(root, page), "utf8");
}

function listedItems(page: string): readonly string[] {
  return [...page.matchAll(/^\|\s*`([^`]+)`\s*\|/gm)].map(([, item = ""]) => item);
}

function compare(
  listed: readonly string[],
  known: readonly string[],
): { readonly missing: readonly string[]; readonly stale: readonly string[] } {
  return {
    missing: known.filter((item) => !listed.includes(item)),
    stale: listed.filter((item, index) => !known.includes(item) || listed.indexOf(item) < index),
  };
}

const topFolders =
  /^(\.ci|bench|cli|console|deploy|docs|examples|policies|scripts|sdk|server|tlog)\//;
const sourceFile = /^(?!\.\.?\/)[#\w./*-]+\.(ts|tsx|mjs|md|cedar|sql)$/;
const rootFiles = ["LICENSE", "package.json", "tsconfig.json", "biome.json"];

function namedPaths(page: string): readonly string[] {
  const prose = page.replace(/^```[\s\S]*?^```/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)]
    .map(([, span = ""]) => span)
    .filter((span) => !/\s/.test(span))
    .filter((span) => topFolders.test(span) || sourceFile.test(span) || rootFiles.includes(span));
}

/** Paths are named from the root or from server/src, with or without the code's `#/`. */
function isInRepository(name: string): boolean {
  const relative = name.replace(/^#\//, "server/src/");
  return [relative, `server/src/${relative}`].some((candidate) =>
    candidate.includes("*")
      ? globSync(candidate, { cwd: root }).length > 0
      : existsSync(path.join(root, candidate)),
  );
}
