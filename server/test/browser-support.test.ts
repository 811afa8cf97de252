/** The watched browser notices what it is there to notice. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { accessibilityProblems, assertAccessible } from "./support/accessibility.ts";
import {
  launchBrowser,
  openPage,
  phone,
  startTestBrowser,
  type WatchedPage,
} from "./support/browser.ts";
import { browserMissing, findBrowserProgram } from "./support/browser-program.ts";

const skip = browserMissing ?? false;
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src *; img-src * data:; form-action 'self'";

let browser: Browser;
let origin: string;

/** The page that `/page?SCRIPT` names runs SCRIPT. */
const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/missing") return void response.writeHead(404).end();
  if (pathname === "/cut") return void response.destroy();
  const isScript = pathname === "/page.js";
  response.writeHead(200, {
    "content-type": isScript ? "text/javascript" : "text/html",
    "content-security-policy": policy,
  });
  response.end(isScript ? decodeURIComponent(search.slice(1)) : pageWith(search));
});

const pageWith = (search: string) =>
  `<!doctype html><html lang=en><title>t</title><link rel=icon href=data:,>
   <body><script src="/page.js${search}"></script>`;

before(async () => {
  if (skip !== false) return;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchBrowser();
});
after(async () => {
  server.close();
  if (skip === false) await browser.close();
});

const planted = [
  { what: "an error in the console", script: "console.error('broken')", found: /broken/ },
  { what: "an uncaught error", script: "throw new Error('thrown')", found: /uncaught: .*thrown/ },
  { what: "a refused request", script: "fetch('/missing')", found: /status of 404/ },
  { what: "a cut request", script: "fetch('/cut').catch(() => {})", found: /GET \/cut: net::/ },
  {
    what: "a request to elsewhere",
    script: "fetch('http://127.0.0.1:9/x').catch(() => {})",
    found: /a request to elsewhere: http:\/\/127\.0\.0\.1:9\/x/,
  },
  {
    what: "a style that the policy stops",
    script: "document.body.setAttribute('style', 'color: red')",
    found: /stopped by the policy: style-src-attr inline/,
  },
];

for (const { what, script, found } of planted) {
  test(`${what} is a problem of the page`, { skip }, async (context) => {
    const { problems } = await show(context, script);
    await until(() => problems.some((problem) => found.test(problem)));
  });
}

test("what a test expects is no problem, and a quiet page has none", { skip }, async (context) => {
  const own = await startTestBrowser();
  context.after(own.close);
  const { page, problems } = await own.open(context, { origin, expects: [/as planned/] });
  await page.goto(`${origin}/page?${encodeURIComponent("console.error('as planned')")}`);
  assert.deepEqual(problems, []);
});

test("axe names what is inaccessible under a strict policy, with its place", {
  skip,
}, async (context) => {
  const { page } = await show(
    context,
    "document.body.innerHTML = '<main><h1>t</h1><img src=x></main>'",
    [/./],
  );
  await assert.rejects(assertAccessible(page), /image-alt/);
  const found = await accessibilityProblems(page);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /^image-alt \(critical\)[^]*img[^]*<img src="x">/);
});

test("two that unpack at once share one browser, and leave nothing else behind", {
  skip,
}, async (context) => {
  const temporary = await mkdtemp(join(tmpdir(), "countersign-test-unpack-"));
  const usual = process.env["TMPDIR"];
  process.env["TMPDIR"] = temporary;
  context.after(async () => {
    if (usual === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = usual;
    await rm(temporary, { recursive: true });
  });
  const [one, other] = await Promise.all([findBrowserProgram(), findBrowserProgram()]);
  assert.equal(one.path, other.path);
  const folders = await readdir(temporary);
  assert.equal(folders.length, 1, folders.join(", "));
  assert.deepEqual(await readdir(join(temporary, folders[0] ?? "")), [basename(dirname(one.path))]);
});

async function show(
  context: TestContext,
  script: string,
  expects: readonly RegExp[] = [],
): Promise<WatchedPage> {
  const watched = await openPage(browser, { origin, width: phone, expects });
  context.after(() => watched.context.close());
  await watched.page.goto(`${origin}/page?${encodeURIComponent(script)}`);
  return watched;
}

/** Until the page's problems are told; each is, soon after it came about. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate();
}
