/** Building the console with the real tool, from sources of the tests' own. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { BuildOptions } from "#/pages/build.ts";
import { type Console, type ConsoleNews, createConsole, type PageAnswer } from "#/pages/console.ts";
import { createLog } from "#/platform/log.ts";

const vite = join(import.meta.dirname, "../../node_modules/vite/bin/vite.js");

test("while the console is built every page says so and looks again; then it is there", async (context) => {
  const { open, options } = await scene(context);
  const pages = open();
  const before = pages.answer("/reviews/rev_1", "");
  assert.equal(before.status, 503);
  assert.match(textOf(before), /<meta http-equiv="refresh" content="2">/);
  assert.match(textOf(before), /being built/);
  const [, script = ""] = /<script src="([^"]+)"/.exec(textOf(before)) ?? [];
  assert.match(textOf(pages.answer(script, "")), /location\.reload/);
  const nonce = /nonce="([\w-]+)"/.exec(textOf(before))?.[1];
  assert.match(policyOf(before), new RegExp(`style-src 'self' 'nonce-${nonce}'`));

  const news: ConsoleNews[] = [];
  await pages.start((each) => news.push(each));
  assert.deepEqual(
    news.map(({ kind }) => kind),
    ["building", "ready"],
  );
  // The page that waits may ask for its script only now.
  assert.match(textOf(pages.answer(script, "")), /location\.reload/);
  const page = pages.answer("/reviews/rev_1", "");
  assert.equal(page.status, 200);
  assert.match(textOf(page), /<div id="root"><\/div>/);
  assert.deepEqual(await unfinished(options.outDirs[0] ?? ""), []);
});

test("each page has a nonce of its own, in every place and in a policy that allows nothing else", async (context) => {
  const pages = await opened(context);
  const [one, two] = [pages.answer("/", ""), pages.answer("/", "")];
  const nonces = [one, two].map((page) => /'nonce-([\w-]{24})'/.exec(policyOf(page))?.[1] ?? "");
  assert.equal(new Set(nonces).size, 2);
  for (const [index, page] of [one, two].entries()) {
    assert.doesNotMatch(textOf(page), /__CSP_NONCE__/);
    const placed = [...textOf(page).matchAll(/nonce="([^"]*)"/g)].map(([, value]) => value);
    assert.ok(placed.length >= 2);
    assert.deepEqual(new Set(placed), new Set([nonces[index]]));
    assert.match(
      policyOf(page),
      /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-/,
    );
    assert.match(policyOf(page), /base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    assert.doesNotMatch(policyOf(page), /unsafe|\*/);
    assert.equal(page.headers["cache-control"], "no-store");
  }
});

test("the built files are served compressed and for ever, and nothing else is", async (context) => {
  const pages = await opened(context);
  const [, script = ""] = /src="(\/assets\/[^"]+\.js)"/.exec(textOf(pages.answer("/", ""))) ?? [];
  const plain = pages.answer(script, "");
  assert.equal(plain.headers["content-type"], "text/javascript; charset=utf-8");
  assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
  const encodings = ["br, gzip", "gzip, deflate", "br;q=0, gzip;q=0.5", "br;q=0", "identity", ""];
  const sent = encodings.map((accept) => pages.answer(script, accept).headers["content-encoding"]);
  assert.deepEqual(sent, ["br", "gzip", "gzip", undefined, undefined, undefined]);
  const icon = pages.answer("/icon.svg", "");
  assert.equal(icon.headers["content-type"], "image/svg+xml");
  assert.equal(icon.headers["cache-control"], "public, max-age=3600");
  for (const path of [
    "/index.html",
    "/assets",
    "/assets/",
    "/assets/../index.html",
    "/assets/%2e%2e/index.html",
    "/../package.json",
    "//assets",
    "/__proto__",
    "/constructor",
    "/nothing",
    "/reviews",
    "/reviews/a/b",
  ]) {
    const answer = pages.answer(path, "");
    assert.equal(answer.status, 404, path);
    assert.match(
      textOf(answer),
      /<div id="root">/,
      "the console itself says that nothing is there",
    );
  }
  for (const path of ["/", "/sign-in", "/history", "/actions/act_1", "/connections", "/agents/a"]) {
    assert.equal(pages.answer(path, "").status, 200, path);
  }
});

test("the same sources are not built again, other sources are, and the old build goes", async (context) => {
  const { open, options, outDir } = await scene(context);
  const kinds = async () => {
    const news: string[] = [];
    await open().start(({ kind }) => news.push(kind));
    return news;
  };
  assert.deepEqual(await kinds(), ["building", "ready"]);
  const [first] = await readdir(outDir);
  assert.deepEqual(await kinds(), ["ready"]);
  await writeFile(join(options.sourceDir, "src/main.test.js"), "a test is no part of it");
  assert.deepEqual(await kinds(), ["ready"]);
  await writeFile(join(options.sourceDir, "src/main.js"), 'document.title = "two";');
  assert.deepEqual(await kinds(), ["building", "ready"]);
  const builds = await readdir(outDir);
  assert.equal(builds.length, 1);
  assert.notEqual(builds[0], first);
  await writeFile(options.inputs[0] ?? "", "another lock");
  assert.deepEqual(await kinds(), ["building", "ready"]);
});

test("two gateways that build at once both get a whole console", async (context) => {
  const { open, outDir } = await scene(context);
  const both = [open(), open()];
  await Promise.all(both.map((pages) => pages.start(() => {})));
  for (const pages of both) assert.equal(pages.answer("/", "").status, 200);
  assert.equal((await readdir(outDir)).length, 1);
});

test("a damaged build is made again", async (context) => {
  const { open, outDir } = await scene(context);
  await open().start(() => {});
  const [build = ""] = await readdir(outDir);
  await writeFile(join(outDir, build, "index.html"), "");
  const pages = open();
  await pages.start(() => {});
  assert.equal(pages.answer("/", "").status, 200);
});

test("a build that fails is logged with its output, says what to do, and leaves nothing", async (context) => {
  const { open, options, outDir, lines } = await scene(context);
  await writeFile(join(options.sourceDir, "src/main.js"), "this is no program (");
  const pages = open();
  const news: ConsoleNews[] = [];
  await pages.start((each) => news.push(each));
  assert.deepEqual(
    news.map(({ kind }) => kind),
    ["building", "failed"],
  );
  assert.match(lines.join(), /console\.failed.*main\.js/);
  const page = pages.answer("/", "");
  assert.equal(page.status, 503);
  assert.match(textOf(page), /npx --no-install countersign inbox/);
  assert.doesNotMatch(textOf(page), /refresh/);
  assert.deepEqual(await readdir(outDir), []);
});

test("a gateway that stops does not wait for a build, and leaves nothing of it", async (context) => {
  const { open, dir, outDir } = await scene(context);
  const endless = join(dir, "endless.mjs");
  const startedFile = join(dir, "started");
  await writeFile(
    endless,
    `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(startedFile)}, String(process.pid));
setInterval(() => {}, 1000);`,
  );
  const pages = open({ vite: endless });
  const ended = pages.start(() => {});
  const pid = await firstContent(startedFile);
  await pages.close();
  await ended;
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  assert.deepEqual(await readdir(outDir), []);
});

test("a build sees nothing of the gateway's environment", async (context) => {
  const { open, dir } = await scene(context);
  process.env["COUNTERSIGN_TEST_SECRET"] = "hunter2";
  context.after(() => delete process.env["COUNTERSIGN_TEST_SECRET"]);
  const seen = join(dir, "seen");
  const spy = join(dir, "spy.mjs");
  await writeFile(
    spy,
    `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env));
process.exit(1);`,
  );
  await open({ vite: spy }).start(() => {});
  assert.doesNotMatch(await contentOf(seen), /hunter2/);
});

test("where the checkout can't be written to, the build is kept elsewhere", async (context) => {
  const { open, dir } = await scene(context);
  const file = join(dir, "file");
  await writeFile(file, "no folder can be made in here");
  const other = join(dir, "data/console");
  const pages = open({ outDirs: [join(file, "dist"), other] });
  await pages.start(() => {});
  assert.equal(pages.answer("/", "").status, 200);
  assert.equal((await readdir(other)).length, 1);
  const nowhere = open({ outDirs: [join(file, "dist")] });
  const news: ConsoleNews[] = [];
  await nowhere.start((each) => news.push(each));
  assert.equal(news.at(-1)?.kind, "failed");
});

test("a gateway that is not to build serves what was built, and says so where nothing was", async (context) => {
  const { open, options } = await scene(context);
  const none = open({ mayBuild: false });
  const news: ConsoleNews[] = [];
  await none.start((each) => news.push(each));
  assert.deepEqual(
    news.map(({ kind }) => kind),
    ["failed"],
  );
  await open().start(() => {});
  const pages = open({ mayBuild: false });
  await pages.start(() => {});
  assert.equal(pages.answer("/", "").status, 200);
  const [folder = ""] = options.outDirs;
  const [build = ""] = await readdir(folder);
  assert.equal((await stat(join(folder, build))).mode & 0o777, 0o755);
});

interface Scene {
  readonly dir: string;
  readonly outDir: string;
  readonly options: BuildOptions;
  readonly lines: readonly string[];
  readonly open: (changes?: Partial<BuildOptions>) => Console;
}

/** The sources of a small console, in a folder of its own. */
async function scene(context: TestContext): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), "countersign-test-console-"));
  context.after(() => rm(dir, { recursive: true, force: true }));
  const sourceDir = join(dir, "console");
  await mkdir(join(sourceDir, "src"), { recursive: true });
  await mkdir(join(sourceDir, "public"));
  const files = {
    "index.html": `<!doctype html><html lang="en"><head><title>Small</title></head>
<body><div id="root"></div><script type="module" src="/src/main.js"></script></body></html>`,
    "package.json": '{ "type": "module" }',
    "vite.config.ts": 'export default { html: { cspNonce: "__CSP_NONCE__" } };',
    "src/main.js": `import "./main.css";\ndocument.title = "one";\n${"console.log(1);\n".repeat(50)}`,
    "src/main.css": "body { color: red; }",
    "public/icon.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(sourceDir, name), text);
  const lock = join(dir, "package-lock.json");
  await writeFile(lock, "{}");
  const outDir = join(sourceDir, "dist");
  const options: BuildOptions = {
    sourceDir,
    inputs: [lock],
    outDirs: [outDir],
    vite,
    mayBuild: true,
  };
  const lines: string[] = [];
  const log = createLog(
    (line) => lines.push(line),
    () => 0,
  );
  const open = (changes: Partial<BuildOptions> = {}) => {
    const pages = createConsole({ ...options, ...changes }, log);
    context.after(pages.close);
    return pages;
  };
  return { dir, outDir, options, lines, open };
}

async function opened(context: TestContext): Promise<Console> {
  const { open } = await scene(context);
  const pages = open();
  await pages.start(() => {});
  return pages;
}

function textOf({ body }: PageAnswer): string {
  return typeof body === "string" ? body : Buffer.from(body).toString();
}

function policyOf({ headers }: PageAnswer): string {
  return headers["content-security-policy"] ?? "";
}

async function unfinished(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) => name.startsWith("."));
}

async function contentOf(path: string): Promise<string> {
  return readFile(path, "utf8");
}

/** As soon as somebody has written it. */
async function firstContent(path: string): Promise<number> {
  for (;;) {
    const text = await contentOf(path).catch(() => "");
    if (text !== "") return Number(text);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
