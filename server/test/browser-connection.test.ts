/** What happens between a browser and the gateway: the line, the gateway itself, and the session. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { assertRight } from "./support/every-look.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
/** What the browser itself says of answers that do not come, and of a session that has ended. */
const lost = [/net::ERR_/, /ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE/];
const unauthenticated = [/status of 401/];
const scene = consoleScene();

test("while the line is cut nothing can be decided, and what came meanwhile is there when it is mended", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 301");
  const { page } = await scene.signIn(context, "ada", { expects: lost });
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  scene.wire.cut();
  await page.getByText("Not connected.").waitFor();
  assert.equal(await reviewPage(page).isOpenForVerdicts(), false);
  const bob = await scene.gateway().signIn("bob");
  await scene.gateway().decide(held.review, bob, "approve");
  scene.wire.mend();
  await reviewPage(page)
    .outcome(/DELETE 1/)
    .waitFor();
  await page.getByText("Not connected.").waitFor({ state: "detached" });
});

test("a page stays open through a restart of the gateway, and decides afterwards", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada", { expects: [...lost, /status of 50/] });
  await scene.restart();
  const held = await scene.hold(context, "delete from customers where id = 302");
  // It tries again by itself, later each time.
  await page.locator(`a[href="/reviews/${held.review}"]`).click();
  await page.getByText("Not connected.").waitFor({ state: "detached" });
  await reviewPage(page).approve();
  assert.equal(await held.answer, "DELETE 1");
});

test("a tab that is signed out elsewhere says so at once, keeps its place, and goes on after a new link", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 303");
  const { page, context: browser } = await scene.signIn(context, "ada", {
    expects: unauthenticated,
  });
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  const other = await browser.newPage();
  await other.goto(`${scene.wire.origin}/`);
  await other.getByRole("button", { name: /you and settings/i }).click();
  await other.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  assert.equal(await page.getByText("delete from customers").first().isVisible(), false);

  await other.goto(await scene.linkFor("ada"));
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByRole("navigation", { name: "Pages" }).waitFor();
  await page.bringToFront();
  await page.getByRole("button", { name: "I have signed in" }).click();
  await reviewPage(page).approve();
  assert.equal(await held.answer, "DELETE 1");
});

test("a sign-in link works once", { skip }, async (context) => {
  const link = await scene.linkFor("bob");
  const first = await scene.browse(context);
  await first.page.goto(link);
  await first.page.getByRole("button", { name: "Sign in" }).click();
  await first.page.waitForURL(`${scene.wire.origin}/`);
  assert.equal(new URL(first.page.url()).hash, "");
  const second = await scene.browse(context, { expects: [/status of 4/] });
  await second.page.goto(link);
  await second.page.getByRole("button", { name: "Sign in" }).click();
  await second.page.getByRole("heading", { name: "This link was used before" }).waitFor();
});

test("without a session no page shows anything of what waits", { skip }, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 304");
  const { page } = await scene.browse(context, { expects: unauthenticated });
  for (const path of ["/", `/reviews/${held.review}`, "/history", "/connections", "/agents"]) {
    await page.goto(`${scene.wire.origin}${path}`);
    await page.getByRole("heading", { name: /signed out|Sign in/i }).waitFor();
    assert.equal(await page.getByText(/customers|shop/).count(), 0);
  }
});

// The last one: its database does not come back.
test("a connection whose database is gone says so in every look, in the list and on its page", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/connections/shop`);
  await page.getByText("Reachable").waitFor();
  await assertRight(page, "reachable");
  await scene.postgres.stop();
  const failing = page.getByText("Not usable");
  // Right after another test it would only hear what that found.
  while (!(await failing.isVisible())) {
    await page.getByRole("button", { name: "Test now" }).click();
    await page.getByRole("button", { name: "Test now" }).waitFor();
  }
  await page.getByText("The upstream database could not be reached.").waitFor();
  await assertRight(page, "failing");
  await page.goto(`${scene.wire.origin}/connections`);
  await failing.waitFor();
  await assertRight(page, "a list with one that fails");
});
