/** Every page in both themes and at both widths: accessible, quiet, and light to load. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ActionSummary, Page as WirePage } from "@countersign/sdk/wire";
import type { Page } from "playwright-core";
import { assertAccessible } from "./support/accessibility.ts";
import { phone } from "./support/browser.ts";
import { browserMissing } from "./support/browser-program.ts";
import { type ConsoleScene, openConsoleScene } from "./support/console-scene.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
const scriptBytesMax = 250 * 1024;
let scene: ConsoleScene;
const paths = new Map<string, string>();

before(async () => {
  if (skip !== false) return;
  scene = await openConsoleScene();
  const gateway = scene.gateway();
  const agent = await gateway.connect();
  await agent.client.query("select count(*) from customers");
  await agent.client.query("drop table customers").catch(() => {});
  await agent.client.end();
  const { items } = (await gateway.call("/actions", gateway.operatorToken))
    .body as WirePage<ActionSummary>;
  for (const path of [
    "/",
    "/history",
    "/connections",
    "/connections/shop",
    "/agents",
    "/agents/bot",
  ]) {
    paths.set(path, path);
  }
  paths.set("a denied action", `/actions/${items.find(({ decision }) => decision === "deny")?.id}`);
  paths.set("an unknown page", "/nowhere");
});
after(async () => {
  if (skip === false) await scene.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, phone]) {
    test(`axe finds nothing on any page, ${colorScheme} at ${width}`, { skip }, async (context) => {
      const held = await scene.hold(context, "delete from orders where id = 401");
      const { page } = await scene.signIn(context, "ada", {
        colorScheme,
        width,
        expects: [/status of 404/],
      });
      for (const [, path] of paths) {
        await page.goto(`${scene.wire.origin}${path}`);
        await settled(page);
        await assertAccessible(page);
        await fits(page);
      }
      await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
      const review = reviewPage(page);
      await review.button("Approve").waitFor();
      await assertAccessible(page);
      await fits(page);
      await review.begin("Deny");
      await assertAccessible(page);
      await review.write("No.");
      await review.send("Deny");
      await review.state(/Denied/).waitFor();
      await assertAccessible(page);
    });
  }
}

test("the first load takes at most 250 KB of script over the wire", { skip }, async (context) => {
  const { page, context: browser } = await scene.signIn(context, "ada");
  const debug = await browser.newCDPSession(page);
  await debug.send("Network.enable");
  await debug.send("Network.setCacheDisabled", { cacheDisabled: true });
  const scripts = new Set<string>();
  let bytes = 0;
  debug.on("Network.responseReceived", ({ requestId, type, response }) => {
    if (type === "Script" || response.mimeType.includes("javascript")) scripts.add(requestId);
  });
  debug.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(`${scene.wire.origin}/`);
  await settled(page);
  assert.ok(bytes > 10_000, `only ${bytes} bytes of script were seen`);
  assert.ok(bytes <= scriptBytesMax, `${bytes} bytes of script`);
  context.diagnostic(`${Math.round(bytes / 1024)} KB of script in ${scripts.size} files`);
});

test("a page's style and script are its own: the policy names no other source", {
  skip,
}, async () => {
  const answer = await fetch(`${scene.wire.origin}/`, { headers: { accept: "text/html" } });
  const policy = answer.headers.get("content-security-policy") ?? "";
  const again = await fetch(`${scene.wire.origin}/`, { headers: { accept: "text/html" } });
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  assert.notEqual(policy, again.headers.get("content-security-policy"), "the nonce is fresh");
});

/** The page's main heading is there, and nothing says that it loads. */
async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.getByRole("status", { name: /loading/ }).waitFor({ state: "detached" });
}

/** WCAG 1.4.10: nothing makes the page scroll sideways. */
async function fits(page: Page): Promise<void> {
  const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  assert.ok(Number(wider) <= 0, `${page.url()} is ${String(wider)} pixels too wide`);
}
