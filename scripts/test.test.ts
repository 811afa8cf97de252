/** The runner is what says that tests passed, so what it must never call passed is planted here. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { plantTree } from "./planted-tree.ts";

const runner = path.join(import.meta.dirname, "test.ts");
const passing = 'import { test } from "node:test"; test("passes", () => {});';
const failing = 'import { test } from "node:test"; test("fails", () => { throw new Error("x"); });';

const cases: readonly {
  readonly guarantee: string;
  readonly files: Readonly<Record<string, string>>;
  readonly selection?: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    guarantee: "unit and isolated tests are summed, and nothing under node_modules is a test",
    files: {
      "server/src/core/a.test.ts": passing,
      "tlog/src/a.test.ts": passing,
      "server/test/a.test.ts": passing,
      "cli/test/a.test.ts": passing,
      "node_modules/x/a.test.ts": failing,
      "server/node_modules/x/a.test.ts": failing,
    },
    code: 0,
    says: /\n4 passed, 0 failed\n$/,
  },
  {
    guarantee: "a failed unit test fails the run",
    files: { "sdk/src/a.test.ts": failing, "sdk/src/b.test.ts": passing },
    code: 1,
    says: /\n1 passed, 1 failed\n$/,
  },
  {
    guarantee: "a failed isolated test fails the run",
    files: { "server/test/a.test.ts": failing, "sdk/src/b.test.ts": passing },
    code: 1,
    says: /\n1 passed, 1 failed\n$/,
  },
  {
    guarantee: "a process that ends early with code 0 is a failure",
    files: { "server/test/a.test.ts": `${passing} test("ends", () => process.exit(0));` },
    code: 1,
    says: /ended without a count of its tests\n0 passed, 1 failed\n$/,
  },
  {
    guarantee: "a process that is killed is a failure",
    files: {
      "server/test/a.test.ts": `${passing} test("dies", () => process.kill(process.pid, 9));`,
    },
    code: 1,
    says: /ended without a count of its tests\n0 passed, 1 failed\n$/,
  },
  {
    guarantee: "a file that throws while loading, after its first test, is a failure",
    files: { "server/src/a.test.ts": `${passing} throw new Error("while loading");` },
    code: 1,
    says: /while loading[\s\S]*\n1 passed, 1 failed\n$/,
  },
  {
    guarantee: "an error after the tests have passed is a failure",
    files: {
      "server/src/a.test.ts": `${passing} test("late", () => { setTimeout(() => { throw new Error("late"); }, 100); });`,
    },
    code: 1,
    says: /exited with 1\n2 passed, 1 failed\n$/,
  },
  {
    guarantee: "a file without a test is a failure",
    files: { "server/src/a.test.ts": passing, "server/src/b.test.ts": "export {};" },
    code: 1,
    says: /server\/src\/b\.test\.ts ran no test\n1 passed, 1 failed\n$/,
  },
  {
    guarantee: "a run without any test file is a failure",
    files: {},
    code: 1,
    says: /^0 passed, 0 failed\n$/,
  },
  {
    guarantee: "skipped tests count as neither",
    files: {
      "server/src/a.test.ts": `${passing} test.skip("a", () => {}); test.todo("b");`,
    },
    code: 0,
    says: /1 passed, 2 skipped[\s\S]*\n1 passed, 0 failed\n$/,
  },
  {
    guarantee: "a hook that fails, and a test that never settles, are failures",
    files: {
      "server/test/a.test.ts": `import { before, describe, test } from "node:test";
        describe("suite", () => { before(() => { throw new Error("hook"); }); test("a", () => {}); });`,
      "server/test/b.test.ts": `${passing} test("never", { timeout: 50 }, () => new Promise(() => {}));`,
    },
    code: 1,
    says: /\n1 passed, 2 failed\n$/,
  },
  {
    guarantee: "paths choose the files",
    files: { "server/src/core/a.test.ts": passing, "server/src/core-like/a.test.ts": failing },
    selection: ["server/src/core/"],
    code: 0,
    says: /\n1 passed, 0 failed\n$/,
  },
  {
    guarantee: "a path that chooses nothing is a failure",
    files: { "server/src/core/a.test.ts": passing },
    selection: ["server/src/core", "server/src/cors"],
    code: 1,
    says: /^No test file matches server\/src\/cors\n0 passed, 1 failed\n$/,
  },
];

for (const { guarantee, files, selection = [], code, says } of cases) {
  test(guarantee, (t) => {
    const cwd = plantTree(t, files);
    const { status, stdout } = spawnSync(process.execPath, [runner, ...selection], {
      cwd,
      encoding: "utf8",
      // As if a test runner had started this one: what runs inside must report for itself.
      env: { ...process.env, NODE_TEST_CONTEXT: "child-v8" },
    });
    assert.match(stdout, says);
    assert.equal(status, code);
  });
}

const vitestPassing = 'import { test } from "vitest"; test("passes", () => {});';

const consoleCases: readonly {
  readonly guarantee: string;
  readonly files: Readonly<Record<string, string>>;
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    guarantee: "the console's tests are in the sum",
    files: {
      "console/src/a.test.ts": vitestPassing,
      "console/src/b.test.tsx": vitestPassing,
      "sdk/src/a.test.ts": passing,
    },
    code: 0,
    says: /\n3 passed, 0 failed\n$/,
  },
  {
    guarantee: "a failed test of the console fails the run",
    files: {
      "console/src/a.test.ts": `${vitestPassing} test("fails", () => { throw new Error("x"); });`,
    },
    code: 1,
    says: /\n1 passed, 1 failed\n$/,
  },
  {
    guarantee: "a file of the console that throws while loading, or has no test, is a failure",
    files: {
      "console/src/a.test.ts": vitestPassing,
      "console/src/b.test.ts": 'throw new Error("while loading");',
    },
    code: 1,
    says: /console\/src\/b\.test\.ts ran no test\n {2}exited with 1\n1 passed, 2 failed\n$/,
  },
  {
    guarantee: "an error after the console's tests have passed is a failure",
    files: {
      "console/src/a.test.ts": `${vitestPassing} test("late", () => { void Promise.reject(new Error("late")); });`,
    },
    code: 1,
    says: /exited with 1\n2 passed, 1 failed\n$/,
  },
];

for (const { guarantee, files, code, says } of consoleCases) {
  test(guarantee, (t) => {
    const cwd = plantTree(t, files);
    symlinkSync(path.join(import.meta.dirname, "../node_modules"), path.join(cwd, "node_modules"));
    const { status, stdout } = spawnSync(process.execPath, [runner], { cwd, encoding: "utf8" });
    assert.match(stdout, says);
    assert.equal(status, code);
  });
}

test("an interrupted run ends its children, says so and fails", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const hanging = `import { connect } from "node:net"; import { test } from "node:test";
    test("hangs", () => new Promise(() => { connect(${address.port}, "127.0.0.1"); }));`;
  const cwd = plantTree(t, { "server/test/a.test.ts": hanging, "server/test/b.test.ts": passing });

  const child = spawn(process.execPath, [runner], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  const output = child.stdout.toArray();
  const exit = once(child, "exit");
  const [socket] = await once(server, "connection");
  const gone = once(socket.on("error", () => {}).resume(), "close");
  child.kill("SIGINT");
  await gone;
  assert.deepEqual(await exit, [1, null]);
  assert.match(Buffer.concat(await output).toString(), /Interrupted by SIGINT\n.*[1-9] failed\n$/);
});
