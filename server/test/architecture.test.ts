/**
 * Holds the code to its layout: who may import whom, no cycles, no default exports, no grab-bag files.
 *
 * The table is the rule. The checker below it reads sources as text and is itself tested, on planted
 * violations, because a boundary check that sees nothing reports "no violations" too.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

/** What `main` hands api and channels of proxies and enforcement, it hands them as functions. */
const surface = ["core", "identity", "review", "audit", "policy", "masking", "store", "platform"];

/**
 * What each folder and root file of server/src, and each workspace, may import besides itself.
 * `folder/*` stands for each sub-folder by itself: siblings never import each other.
 * `type x` allows `import type` alone, `lazily x` allows `import()` alone.
 */
const table: Readonly<Record<string, readonly string[]>> = {
  core: [],
  platform: [],
  tls: ["core", "platform"],
  wire: ["core", "platform"],
  policy: ["core"],
  masking: ["core"],
  store: ["core", "platform"],
  audit: ["core", "store", "platform", "tlog"],
  identity: ["core", "audit", "store", "platform"],
  review: ["core", "audit", "store", "platform"],
  enforcement: ["core", "policy", "masking", "review", "audit", "platform"],
  "proxies/*": ["core", "identity", "enforcement", "masking", "platform", "tls", "wire"],
  channels: [...surface, "type sdk"],
  "channels/*": [...surface, "channels", "type sdk"],
  api: [...surface, "type sdk"],
  workflows: ["core", "enforcement", "review", "audit", "masking", "store", "platform"],
  config: ["core", "platform"],
  pages: ["core", "platform"],
  quickstart: ["core", "platform", "config"],
  main: ["all of server", "tlog", "sdk"],
  start: ["all of server"],
  gateway: ["all of server", "tlog", "sdk"],
  composition: ["all of server", "sdk"],
  "embedded-store": ["all of server"],
  writer: ["all of server", "tlog", "sdk"],

  tlog: [],
  sdk: [],
  cli: ["sdk", "tlog", "lazily server"],
  console: ["sdk"],
};

const workspaces = ["tlog", "sdk", "cli", "console"];
const foldersOfSiblings = ["proxies", "channels"];
const grabBag = /^(utils?|helpers?|managers?)$/;

/** Repository path to text. */
type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly specifier: string;
  /** `thread` is code that starts elsewhere, by its URL: governed by the table, no part of a cycle. */
  readonly kind: "static" | "type" | "lazy" | "thread";
}

test("the code keeps to the import table, without cycles, default exports and grab-bag files", () => {
  const sources = readSources(path.resolve(import.meta.dirname, "../.."));
  assert.ok(sources.has("server/src/core/errors.ts"), "the checker reads the sources");
  assert.deepEqual(problemsOf(sources), []);
});

test("code that keeps to every rule has no problems", () => {
  assert.deepEqual(
    problems({
      "server/src/core/action.ts": 'import { createHash } from "node:crypto";',
      "server/src/core/action.test.ts": 'import { evaluate } from "#/policy/evaluate.ts";',
      "server/src/policy/evaluate.ts": 'import type { Action } from "#/core/action.ts";',
      "server/src/store/store.ts": 'import type { Action } from "#/core/action.ts";',
      "server/src/store/sqlite/engine.ts": 'import type { Store } from "#/store/store.ts";',
      "server/src/audit/log.ts": 'import { leafHash } from "@countersign/tlog/merkle";',
      "server/src/api/routes.ts": 'import type { Inbox } from "@countersign/sdk/wire";',
      "server/src/channels/slack/notify.ts": 'import { outboxMax } from "#/channels/deliver.ts";',
      "server/src/channels/deliver.ts": "export const outboxMax = 1;",
      "server/src/proxies/mcp/codec.ts": 'import { split } from "./frames/split.ts";',
      "server/src/main.ts":
        'import { listen } from "#/proxies/mcp/listener.ts";\nnew URL("./writer.ts", import.meta.url);',
      "server/src/writer.ts": 'import { start } from "./main.ts"; // import("#/x.ts")',
      "tlog/src/merkle.ts": "export function leafHash() {}",
      "sdk/src/wire.ts": "export interface Inbox {}",
      "cli/src/start.ts": 'export const start = () => import("@countersign/server/start");',
      "server/src/proxies/mcp/other.d.ts": "export default function other(): void;",
      "server/test/gateway.test.ts": 'import { listen } from "#/proxies/mcp/listener.ts";',
    }),
    [],
  );
});

const planted: readonly {
  readonly violation: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly found: readonly string[];
}[] = [
  {
    violation: "an import that the table does not list",
    sources: { "server/src/core/a.ts": 'import { b } from "#/policy/b.ts";' },
    found: ["server/src/core/a.ts: core may not import policy (#/policy/b.ts)"],
  },
  {
    violation: "the same as a type, over several lines, with a comment inside",
    sources: {
      "server/src/core/a.ts": 'import type {\n  B, // one\'s "own"\n  C,\n} from "#/policy/b.ts";',
    },
    found: ["server/src/core/a.ts: core may not import policy (#/policy/b.ts)"],
  },
  {
    violation: "the same as a re-export",
    sources: { "server/src/core/a.ts": 'export { b } from "#/policy/b.ts";' },
    found: ["server/src/core/a.ts: core may not import policy (#/policy/b.ts)"],
  },
  {
    violation: "the same as a side effect",
    sources: { "server/src/core/a.ts": 'import "#/policy/b.ts";' },
    found: ["server/src/core/a.ts: core may not import policy (#/policy/b.ts)"],
  },
  {
    violation: "the same as a dynamic import",
    sources: { "server/src/core/a.ts": 'const b = await import("#/policy/b.ts");' },
    found: ["server/src/core/a.ts: core may not import policy (#/policy/b.ts)"],
  },
  {
    violation: "a dynamic import of a computed name",
    sources: { "server/src/core/a.ts": "const b = await import(name);" },
    found: ["server/src/core/a.ts: has an import that this check can't read"],
  },
  {
    violation: "the same as the code of a thread",
    sources: {
      "server/src/channels/deliver.ts":
        'new Worker(new URL("./slack/b.ts", import.meta.url), { name: "b" });',
    },
    found: [
      "server/src/channels/deliver.ts: channels may not import channels/slack (./slack/b.ts)",
    ],
  },
  {
    violation: "product code that imports what is there for tests",
    sources: {
      "server/src/review/a.ts": 'import { b } from "./b.test-support.ts";',
      "server/src/review/b.test-support.ts": 'import { c } from "#/policy/c.ts";',
    },
    found: ["server/src/review/a.ts: imports what is there for tests (./b.test-support.ts)"],
  },
  {
    violation: "a folder that is missing from the table",
    sources: { "server/src/reports/a.ts": "" },
    found: ["server/src/reports/a.ts: reports is not in the table"],
  },
  {
    violation: "a root file that is missing from the table",
    sources: { "server/src/other.ts": "" },
    found: ["server/src/other.ts: other is not in the table"],
  },
  {
    violation: "a way up with ../",
    sources: { "server/src/store/sqlite/a.ts": 'import { b } from "../store.ts";' },
    found: ["server/src/store/sqlite/a.ts: leads upwards (../store.ts)"],
  },
  {
    violation: "a proxy that imports another proxy",
    sources: { "server/src/proxies/mcp/a.ts": 'import { b } from "#/proxies/http/b.ts";' },
    found: [
      "server/src/proxies/mcp/a.ts: proxies/mcp may not import proxies/http (#/proxies/http/b.ts)",
    ],
  },
  {
    violation: "a channel that imports another channel",
    sources: { "server/src/channels/slack/a.ts": 'import { b } from "#/channels/teams/b.ts";' },
    found: [
      "server/src/channels/slack/a.ts: channels/slack may not import channels/teams (#/channels/teams/b.ts)",
    ],
  },
  {
    violation: "the outbox that imports a channel, by a path of its own folder",
    sources: { "server/src/channels/deliver.ts": 'import { b } from "./slack/b.ts";' },
    found: [
      "server/src/channels/deliver.ts: channels may not import channels/slack (./slack/b.ts)",
    ],
  },
  {
    violation: "an API that imports enforcement or a proxy",
    sources: {
      "server/src/api/a.ts":
        'import { b } from "#/enforcement/b.ts";\nimport type { c } from "#/proxies/mcp/c.ts";',
    },
    found: [
      "server/src/api/a.ts: api may not import enforcement (#/enforcement/b.ts)",
      "server/src/api/a.ts: api may not import proxies/mcp (#/proxies/mcp/c.ts)",
    ],
  },
  {
    violation: "a channel that imports enforcement",
    sources: { "server/src/channels/slack/a.ts": 'import { b } from "#/enforcement/b.ts";' },
    found: [
      "server/src/channels/slack/a.ts: channels/slack may not import enforcement (#/enforcement/b.ts)",
    ],
  },
  {
    violation: "an API that imports a value from the SDK",
    sources: { "server/src/api/a.ts": 'import { type B } from "@countersign/sdk/wire";' },
    found: ["server/src/api/a.ts: api may not import sdk (@countersign/sdk/wire)"],
  },
  {
    violation: "a type from the SDK outside api and channels",
    sources: { "server/src/review/a.ts": 'import type { B } from "@countersign/sdk/wire";' },
    found: ["server/src/review/a.ts: review may not import sdk (@countersign/sdk/wire)"],
  },
  {
    violation: "a command line that loads the server at once",
    sources: { "cli/src/a.ts": 'import { start } from "@countersign/server/start";' },
    found: ["cli/src/a.ts: cli may not import server (@countersign/server/start)"],
  },
  {
    violation: "a workspace that reaches into another by its path",
    sources: { "cli/src/a.ts": 'import { b } from "../../server/src/core/b.ts";' },
    found: ["cli/src/a.ts: cli may not import core (../../server/src/core/b.ts)"],
  },
  {
    violation: "product code that imports a script",
    sources: { "sdk/src/a.ts": 'import { b } from "../../scripts/b.ts";' },
    found: ["sdk/src/a.ts: sdk may not import scripts/b.ts (../../scripts/b.ts)"],
  },
  {
    violation: "a cycle through #/, ./ and a type",
    sources: {
      "server/src/core/a.ts": 'import { b } from "#/core/b.ts";',
      "server/src/core/b.ts": 'import { c } from "./sub/c.ts";',
      "server/src/core/sub/c.ts": 'import type { a } from "#/core/a.ts";',
    },
    found: [
      "a cycle: server/src/core/a.ts → server/src/core/b.ts → server/src/core/sub/c.ts → server/src/core/a.ts",
    ],
  },
  {
    violation: "a cycle through a workspace's name",
    sources: {
      "tlog/src/a.ts": 'export { b } from "./b.ts";',
      "tlog/src/b.ts": 'import { a } from "@countersign/tlog/a";',
    },
    found: ["a cycle: tlog/src/a.ts → tlog/src/b.ts → tlog/src/a.ts"],
  },
  {
    violation: "a cycle among test files",
    sources: {
      "server/test/a.ts": 'import { b } from "./b.ts";',
      "server/test/b.ts": 'import { a } from "./a.ts";',
    },
    found: ["a cycle: server/test/a.ts → server/test/b.ts → server/test/a.ts"],
  },
  {
    violation: "a default export",
    sources: {
      "server/src/core/a.ts": "export default 1;",
      "sdk/src/b.ts": "const b = 1;\nexport { b as default };",
    },
    found: ["server/src/core/a.ts: has a default export", "sdk/src/b.ts: has a default export"],
  },
  {
    violation: "a grab-bag file or folder",
    sources: { "server/src/core/string-utils.ts": "", "server/src/core/helpers/a.ts": "" },
    found: [
      "server/src/core/string-utils.ts: is named after no thing (utils)",
      "server/src/core/helpers/a.ts: is named after no thing (helpers)",
    ],
  },
];

for (const { violation, sources, found } of planted) {
  test(`the checker finds ${violation}`, () => {
    assert.deepEqual(problems(sources), found);
  });
}

function problems(sources: Readonly<Record<string, string>>): readonly string[] {
  return problemsOf(new Map(Object.entries(sources)));
}

function readSources(root: string): Sources {
  const pattern = "{server,cli,sdk,tlog,console,bench,examples,scripts}/**/*.{ts,tsx,mts,mjs,js}";
  const files = globSync(pattern, {
    cwd: root,
    exclude: (entry) => /(^|[\\/])(node_modules|dist|generated)$/.test(entry),
  });
  return new Map(
    files
      .toSorted()
      .map((file) => [file.replaceAll(path.sep, "/"), readFileSync(path.join(root, file), "utf8")]),
  );
}

function problemsOf(sources: Sources): readonly string[] {
  return [
    ...[...sources].flatMap(([file, text]) => [
      ...(isTest(file) ? [] : importProblems(file, text)),
      ...upwardProblems(file, text),
      ...defaultExportProblems(file, text),
      ...nameProblems(file),
    ]),
    ...cycleProblems(sources),
  ];
}

/** Tests, and what only they use. */
function isTest(file: string): boolean {
  return /\.(test|test-support|fixture)\.tsx?$/.test(file);
}

function importProblems(file: string, text: string): readonly string[] {
  const from = moduleOf(file);
  if (from === null) return [];
  const allowed = table[from] ?? table[from.replace(/\/.*/, "/*")];
  if (allowed === undefined) return [`${file}: ${from} is not in the table`];
  const unread = hasUnreadImport(text) ? [`${file}: has an import that this check can't read`] : [];
  const forbidden = importsOf(text).flatMap(({ specifier, kind }) => {
    if (isTest(specifier)) return [`${file}: imports what is there for tests (${specifier})`];
    const to = targetModule(file, specifier);
    if (to === null || to === from || isAllowed(allowed, to, kind)) return [];
    return [`${file}: ${from} may not import ${to} (${specifier})`];
  });
  return [...unread, ...forbidden];
}

function isAllowed(allowed: readonly string[], to: string, kind: Import["kind"]): boolean {
  return (
    allowed.includes(to) ||
    (kind === "type" && allowed.includes(`type ${to}`)) ||
    (kind === "lazy" && allowed.includes(`lazily ${to}`)) ||
    (allowed.includes("all of server") && isServerFolder(to))
  );
}

function isServerFolder(module: string): boolean {
  const folder = module.replace(/\/.*/, "/*");
  return folder in table && !workspaces.includes(folder);
}

/** Null for what the table does not govern: tests, benchmarks, examples and scripts. */
function moduleOf(file: string): string | null {
  const [workspace = "", source, folder = "", ...rest] = file.split("/");
  if (workspaces.includes(workspace)) return workspace;
  if (workspace !== "server" || source !== "src") return null;
  if (rest.length === 0) return folder.replace(/\.\w+$/, "");
  return foldersOfSiblings.includes(folder) && rest.length > 1 ? `${folder}/${rest[0]}` : folder;
}

/** Null for other people's packages. */
function targetModule(file: string, specifier: string): string | null {
  const [scope, workspace = ""] = specifier.split("/");
  if (scope === "@countersign") return workspace;
  const target = resolve(file, specifier);
  return target === null ? null : (moduleOf(target) ?? target);
}

function resolve(file: string, specifier: string): string | null {
  if (specifier.startsWith("#/")) return `server/src/${specifier.slice(2)}`;
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(file), specifier);
  const [scope, workspace, ...rest] = specifier.split("/");
  return scope === "@countersign" ? `${workspace}/src/${rest.join("/")}.ts` : null;
}

/** Comments go first, so that none can hide an import or pose as one. Strings keep their text. */
function importsOf(source: string): readonly Import[] {
  const text = withoutComments(source);
  const found = (pattern: RegExp, kind: (match: RegExpExecArray) => Import["kind"]) =>
    [...text.matchAll(pattern)].map((match) => ({ specifier: match[2] ?? "", kind: kind(match) }));
  return [
    ...found(staticImport, ([, type]) => (type === undefined ? "static" : "type")),
    ...found(dynamicImport, () => "lazy"),
    ...found(threadUrl, () => "thread"),
  ];
}

const staticImport =
  /^[ \t]*(?:import|export)\s+(type\s)?(?:[\w$*{},\s]*?\bfrom\s*)?["']([^"'\n]+)["']/gm;
const dynamicImport = /\bimport\s*\(\s*(["'])([^"'\n]+)["']\s*[,)]/g;
const threadUrl = /\bnew\s+URL\(\s*(["'])([^"'\n]+\.m?[jt]s)["']\s*,\s*import\.meta\.url/g;

function hasUnreadImport(source: string): boolean {
  const text = withoutComments(source);
  const imports = text.match(/^[ \t]*import\b(?!\s*[.(])|(?<![.\w])import\s*\(/gm) ?? [];
  const reExports = text.match(/^[ \t]*export\b[^;()=]*?\bfrom\s*["']/gm) ?? [];
  const read = importsOf(source).filter(({ kind }) => kind !== "thread");
  return imports.length + reExports.length !== read.length;
}

function withoutComments(source: string): string {
  const stringOrComment =
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return source.replace(stringOrComment, (_match, string: string | undefined) => string ?? "");
}

function upwardProblems(file: string, text: string): readonly string[] {
  if (!file.startsWith("server/")) return [];
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith("../"))
    .map(({ specifier }) => `${file}: leads upwards (${specifier})`);
}

function defaultExportProblems(file: string, text: string): readonly string[] {
  // Others' demands: of the tool that loads its configuration, and of a package that is declared here.
  if (moduleOf(file) === null || /\.(config|d)\.ts$/.test(file)) return [];
  const found = /^[ \t]*export\s+(default\b|\{[^}]*\bas\s+default\b)/m.test(withoutComments(text));
  return found ? [`${file}: has a default export`] : [];
}

function nameProblems(file: string): readonly string[] {
  const words = file.split(/[/.-]/);
  return words
    .filter((word) => grabBag.test(word))
    .map((word) => `${file}: is named after no thing (${word})`);
}

/** Depth first; every import that leads back into the path on which it was reached closes a cycle. */
function cycleProblems(sources: Sources): readonly string[] {
  const finished = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push(`a cycle: ${[...trail.slice(start), file].join(" → ")}`);
    if (start >= 0 || finished.has(file)) return;
    for (const { specifier, kind } of importsOf(sources.get(file) ?? "")) {
      const target = kind === "thread" ? null : resolve(file, specifier);
      if (target !== null && sources.has(target)) visit(target, [...trail, file]);
    }
    finished.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}
