/** Every page, in both themes and at every width: accessible, quiet, and light to load. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { Page as WirePage } from "@countersign/sdk/wire/page";
import type { Page } from "playwright-core";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { assertRight } from "./support/every-look.ts";

const skip = browserMissing ?? false;
const scriptBytesMax = 250 * 1024;
const missing = /status of 404/;
const refused = /status of 4/;
let actions: readonly ActionSummary[];
const scene = consoleScene({}, async ({ gateway }) => {
  const agent = await gateway().connect();
  await agent.client.query("select count(*) from customers");
  await agent.client.query("drop table customers").catch(() => {});
  await agent.client.end();
  const { body } = await gateway().call("/actions", gateway().operatorToken);
  actions = (body as WirePage<ActionSummary>).items;
});

test("signing in: the link that is ready, was used, is unknown, and none at all", {
  skip,
}, async (context) => {
  const { page } = await scene.browse(context, { expects: [refused] });
  await page.goto(`${scene.wire.origin}/sign-in`);
  await right(page, "Sign in with a link");
  const link = await scene.linkFor("ada");
  await page.goto(link);
  await right(page, "Sign in");
  const code = new URL(link).hash.slice(1);
  await scene.gateway().call("/sign-in", "", { code });
  await page.getByRole("button", { name: "Sign in" }).click();
  await right(page, "This link was used before");
  // Another one, pasted over the page.
  await page.goto(`${scene.wire.origin}/sign-in#csl_cut`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await right(page, "This link is not valid");
});

test("signing in: a link that has expired, and a gateway that does not answer, both made up", {
  skip,
}, async (context) => {
  const { page } = await scene.browse(context, { expects: [refused, /net::ERR_FAILED/] });
  await page.route("**/api/v1/session", (route) => route.abort());
  await page.goto(`${scene.wire.origin}/sign-in#csl_code`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText(/does not answer/).waitFor();
  await right(page, "Sign in");
  await page.route("**/api/v1/session", (route) =>
    route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "identity.link_expired", detail: "The link has expired." }),
    }),
  );
  await page.getByRole("button", { name: "Sign in" }).click();
  await right(page, "This link has expired");
});

test("what one meets who is not signed in", { skip }, async (context) => {
  const { page } = await scene.browse(context, { expects: [refused] });
  await page.goto(`${scene.wire.origin}/history`);
  await right(page, "You are signed out");
});

test("lists, empty and not", { skip }, async (context) => {
  const { page } = await scene.signIn(context, "ada");
  await page.getByText("Nothing waits").waitFor();
  await right(page, "Inbox");
  await page.getByRole("link", { name: "Decided" }).click();
  await page.getByText("Nothing has been decided yet").waitFor();
  await right(page, "Inbox");
  await go(page, "History");
  await page.locator("a[data-row]").first().waitFor();
  await right(page, "History");
  await page.goto(`${scene.wire.origin}/history?decision=review&principal=nobody`);
  await page.getByText("Nothing fits these filters").waitFor();
  await right(page, "History");
  await scene.hold(context, "delete from orders where id = 401");
  await scene.hold(context, "delete from customers");
  await go(page, "Inbox");
  await page.locator("a[data-row]").nth(1).waitFor();
  await right(page, "Inbox");
});

test("connections, agents and actions, and what there is none of", { skip }, async (context) => {
  const { page } = await scene.signIn(context, "ada", { expects: [missing] });
  await go(page, "Connections");
  await right(page, "Connections");
  await page.getByRole("main").getByRole("link", { name: "shop" }).click();
  await right(page, "shop");
  await go(page, "Agents");
  await right(page, "Agents");
  await page.getByRole("main").getByRole("link", { name: "bot" }).click();
  await right(page, "bot");
  for (const decision of ["allow", "deny"] as const) {
    const found = actions.find((action) => action.decision === decision);
    await page.goto(`${scene.wire.origin}/actions/${found?.id}`);
    await page.getByRole("heading", { name: "Proof" }).waitFor();
    await right(page, /customers/);
  }
  const held = await scene.hold(context, "delete from customers where id = 402");
  await go(page, "History");
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("link", { name: "Delete rows of customers" }).first().click();
  await page.getByRole("link", { name: "See its review" }).waitFor();
  await right(page, /^Delete rows/);
  await held.client.end();
  for (const [path, title] of [
    ["/nowhere", "There is no such page"],
    ["/actions/act_none", "There is no such action"],
    ["/connections/none", "There is no such connection"],
    ["/agents/none", "There is no such agent"],
    ["/reviews/rev_none", "There is no such review"],
  ] as const) {
    await page.goto(`${scene.wire.origin}${path}`);
    await right(page, title);
  }
});

test("an administrator makes an agent's first token, and another one", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "root");
  await go(page, "Agents");
  await page.getByRole("main").getByRole("link", { name: "owned" }).click();
  await page.getByRole("button", { name: "New token" }).waitFor();
  await right(page, "owned");
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByText("Copy it now").waitFor();
  await right(page, "owned");
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("group", { name: "Make a new token" }).waitFor();
  await right(page, "owned");
});

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

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Pages" }).getByText(name).click();
}

async function right(page: Page, title: string | RegExp): Promise<void> {
  const exact = typeof title === "string";
  await page.getByRole("heading", { level: 1, name: title, exact }).waitFor();
  await settled(page);
  await assertRight(page, String(title));
}

/** The page's main heading is there, and nothing says that it loads. */
async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.getByRole("status", { name: /loading/ }).waitFor({ state: "detached" });
}
