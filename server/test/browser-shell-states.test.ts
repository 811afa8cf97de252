/** What stands around the pages and in their place, in both themes and at every width. */
import { test } from "node:test";
import type { Status } from "@countersign/sdk/wire/status";
import type { Page } from "playwright-core";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { assertRight } from "./support/every-look.ts";

const skip = browserMissing ?? false;
const lost = [/net::ERR_/, /ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE/];
const scene = consoleScene();

test("the quickstart's first steps and its next ones, by a status that is made up to say so", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada");
  await tell(page, { quickstart: true });
  await page.reload();
  await page.getByRole("heading", { name: "Let an agent ask, and decide" }).waitFor();
  await assertRight(page, "first steps");
  const held = await scene.hold(context, "delete from customers where id = 601");
  await page.getByText("It waits in its own session.").waitFor();
  await assertRight(page, "a first review");
  await scene.gateway().decide(held.review, await scene.gateway().signIn("bob"), "approve");
  await page.getByText("That was the whole round.").waitFor();
  await assertRight(page, "the whole round");
});

test("the menu, the list of keys, and what is said when the line is cut", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada", { expects: lost });
  await page.getByRole("button", { name: /you and settings/i }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await assertRight(page, "the menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Sign out" }).waitFor({ state: "detached" });
  await page.keyboard.press("Shift+?");
  await page.getByRole("dialog").waitFor();
  await assertRight(page, "the list of keys");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  scene.wire.cut();
  context.after(() => scene.wire.mend());
  await page.getByText("Not connected.").waitFor();
  await assertRight(page, "not connected");
});

test("a gateway that lets nothing run, by a status that is made up to say so", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada");
  await tell(page, { ready: false, degraded: "The disk is full: no record can be written." });
  await page.reload();
  await page.getByText("The gateway does not let anything run.").waitFor();
  await assertRight(page, "degraded");
});

test("lists and pages that can't be read, by answers that are made up to fail", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 602");
  const { page } = await scene.signIn(context, "ada", { expects: [/status of 500/] });
  await fail(page);
  for (const [path, text] of [
    ["/", "The inbox can't be read"],
    ["/history", "The history can’t be read"],
    [`/reviews/${held.review}`, "This review can't be shown"],
  ] as const) {
    await page.goto(`${scene.wire.origin}${path}`);
    await page.getByText(text).waitFor();
    await assertRight(page, `${path} failed`);
  }
});

async function tell(page: Page, change: Partial<Status>): Promise<void> {
  await page.route("**/api/v1/status", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...((await response.json()) as Status), ...change } });
  });
}

async function fail(page: Page): Promise<void> {
  await page.route(/\/api\/v1\/(reviews|actions)/, (route) =>
    route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "internal.error", detail: "Something unexpected happened." }),
    }),
  );
}
