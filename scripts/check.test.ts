/** A check that sees nothing finds nothing: each step must find what is planted for it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { plantTree } from "./planted-tree.ts";

const root = path.join(import.meta.dirname, "..");

const passing = `import { test } from "node:test";

test("passes", async () => {});
`;

const clean: Readonly<Record<string, string>> = {
  "package.json": packageFile({
    name: "planted",
    private: true,
    workspaces: ["server", "console"],
  }),
  "tsconfig.json": `{ "extends": "${root}/tsconfig.json", "include": ["server/**/*.ts"] }\n`,
  "console/tsconfig.json": `{
  "extends": "../tsconfig.json",
  "compilerOptions": { "jsx": "react-jsx", "lib": ["es2024", "dom"] },
  "include": ["src/**/*.tsx"]
}
`,
  "console/package.json": packageFile({ name: "console" }),
  "console/src/main.tsx": 'document.title = "one";\n',
  "server/package.json": packageFile({ name: "server", imports: { "#/*": "./src/*" } }),
  "server/src/main.ts": 'import { one } from "#/core/one.ts";\n\nprocess.exitCode = one();\n',
  "server/src/core/one.ts": "export function one(): number {\n  return 1;\n}\n",
  "server/test/architecture.test.ts": `import { describe, test } from "node:test";

test("passes", async () => {});

describe("more", () => {
  test.skip("later", async () => {});
});
`,
  "server/test/docs.test.ts": passing,
  "server/test/limits.test.ts": passing,
};

const violations: Readonly<Record<string, string>> = {
  "console/src/main.tsx": "document.title = 1;\n",
  "server/package.json": packageFile({
    name: "server",
    imports: { "#/*": "./src/*" },
    dependencies: { yaml: "*" },
  }),
  "server/src/core/one.ts": `import type { Two } from "#/core/two.ts";

export function one(): number {
  const two: Two = 1;
  return two;
}

export function unused(): void {}
`,
  "server/src/core/two.ts": `import { one } from "#/core/one.ts";

export type Two = string;

export const two = one();
`,
  "server/src/core/promises.ts": `import { writeFile } from "node:fs/promises";

export async function promises(): Promise<void> {
  writeFile("/dev/null", "floating");
  ["forEach"].forEach(async (text) => {
    await writeFile("/dev/null", text);
  });
  if (writeFile("/dev/null", "condition")) await 5;
}
`,
  "server/src/core/dynamic.ts": `export function dynamic(): void {
  console.log(eval("1"));
  new Function("return 1")();
}

export default dynamic;
`,
  "server/src/core/lonely.ts": "export const lonely = 1;\n",
  "server/src/core/layout.ts":
    'import path from "node:path";\nimport { readFileSync } from "node:fs";\n\nexport const layout=[path,readFileSync]\n',
  "server/src/main.ts": `import { dynamic } from "#/core/dynamic.ts";
import { layout } from "#/core/layout.ts";
import { one } from "#/core/one.ts";
import { promises } from "#/core/promises.ts";
import { two } from "#/core/two.ts";

await promises();
dynamic();
process.exitCode = one() + two + layout.length;
`,
  "server/test/architecture.test.ts": `import { test } from "node:test";

test("fails", () => {
  throw new Error("a planted cycle");
});
`,
};

const found: readonly RegExp[] = [
  /core\/one\.ts\(4,\d+\): error TS2322/,
  /^✖ types/m,
  /console\/src\/main\.tsx\(1,\d+\): error TS2322/,
  /^✖ console types/m,
  /core\/promises\.ts:4:.*no-floating-promises/,
  /core\/promises\.ts:5:.*no-misused-promises/,
  /core\/promises\.ts:8:.*no-misused-promises/,
  /core\/promises\.ts:8:.*await-thenable/,
  /core\/one\.ts:1:.*no-cycle/,
  /core\/two\.ts:1:.*no-cycle/,
  /core\/dynamic\.ts:2:.*no-eval/,
  /core\/dynamic\.ts:2:.*no-console/,
  /core\/dynamic\.ts:3:.*no-new-func/,
  /core\/dynamic\.ts:6:.*no-default-export/,
  /^✖ lint/m,
  /Unused files \(1\)\n.*lonely\.ts/,
  /Unused dependencies \(1\)\nyaml/,
  /Unused exports \(\d\)[\s\S]*^unused /m,
  /^✖ dead code/m,
  /a planted cycle/,
  /^✖ architecture/m,
  /core\/layout\.ts.* format /,
  /core\/layout\.ts.* assist\/source\/organizeImports /,
  /^✖ format/m,
];

test("a clean tree passes every step", (t) => {
  const { status, stdout } = check(t, clean);
  assert.equal(stdout.match(/^✔/gm)?.length, 6, stdout);
  assert.equal(status, 0);
});

test("each step finds what was planted for it", (t) => {
  const { status, stdout } = check(t, { ...clean, ...violations });
  for (const pattern of found) assert.match(stdout, pattern);
  assert.equal(status, 1);
});

function check(t: TestContext, files: Readonly<Record<string, string>>) {
  const configuration = [".oxlintrc.json", "biome.json", "knip.jsonc"].map((file) => [
    file,
    readFileSync(path.join(root, file), "utf8"),
  ]);
  const cwd = plantTree(t, { ...Object.fromEntries(configuration), ...files });
  symlinkSync(path.join(root, "node_modules"), path.join(cwd, "node_modules"));
  return spawnSync(process.execPath, [path.join(import.meta.dirname, "check.ts")], {
    cwd,
    encoding: "utf8",
  });
}

function packageFile(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ ...fields, type: "module" }, null, 2)}\n`;
}
