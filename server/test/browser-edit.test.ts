/** A reviewer edits in a real browser what waits in a real session. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "./support/accessibility.ts";
import { phone } from "./support/browser.ts";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene, type HeldStatement } from "./support/console-scene.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
/** WCAG 1.4.10. */
const narrow = 320;
const scene = consoleScene();

test("a delete of everything is edited to one row: the agent gets DELETE 1 and is told who edited it and why", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers");
  const notices: (string | undefined)[] = [];
  held.client.on("notice", ({ message }) => notices.push(message));
  const { page } = await scene.signIn(context, "ada");
  await openReview(page, held);
  await page.keyboard.press("e");
  const command = page.getByLabel("The command to run instead");
  await command.waitFor();
  await page.waitForFunction("document.activeElement.id === 'edited-command'");
  await page.keyboard.type(" where id = 7");
  await page.getByLabel(/^Why\?/).fill("Only the one who asked to be deleted.");
  await page.keyboard.press("Control+Enter");
  const difference = page.getByRole("figure", { name: "The command, before and after" });
  assert.equal(await difference.locator("ins mark").innerText(), " where id = 7");
  assert.match(await difference.locator("del").innerText(), /delete from customers$/);
  await page.getByRole("button", { name: "Send the edit" }).click();

  assert.equal(await held.answer, "DELETE 1");
  assert.match(
    notices.join("\n"),
    /edited by ada[^]*Only the one who asked to be deleted\.[^]*where id = 7/,
  );
  await reviewPage(page)
    .outcome(/DELETE 1/)
    .waitFor();
  const own = await page.getByRole("region", { name: "Your edit", exact: true }).innerText();
  assert.match(own, /provably does no more/);
  assert.match(await reviewPage(page).command(), /where id = 7/);
  const edits = page.getByRole("region", { name: "Edited by a reviewer" });
  assert.match(await edits.innerText(), /ada edited it[^]*Only the one who asked/);
  assert.equal(await page.getByRole("region", { name: "The review has changed" }).count(), 0);
});

test("an edit that is not proven to do less waits for others, and its editor sees so", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 109");
  const { page } = await scene.signIn(context, "ada");
  await openReview(page, held);
  await write(page, "delete from customers where id = 110", "It was the other one.");
  await page.getByRole("button", { name: "See the difference" }).click();
  await page.getByRole("button", { name: "Send the edit" }).click();
  const own = page.getByRole("region", { name: "Your edit", exact: true });
  await own.getByText(/no approval of yours/).waitFor();
  assert.equal(await page.getByRole("region", { name: "The review has changed" }).count(), 0);
  await reviewPage(page)
    .mayNotDecide(/ada edited this action/)
    .waitFor();
  const { page: other } = await scene.signIn(context, "bob");
  await openReview(other, held);
  await reviewPage(other).approve();
  assert.equal(await held.answer, "DELETE 1");
});

test("what the gateway refuses is said in place, and what was typed stays", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 111");
  const { page } = await scene.signIn(context, "ada", { expects: [/status of 4\d\d/] });
  await openReview(page, held);
  await write(page, "drop table customers", "Away with it.");
  await page.getByRole("button", { name: "See the difference" }).click();
  await page.getByRole("button", { name: "Send the edit" }).click();
  await page
    .getByRole("alert")
    .getByText(/Policy denies the edited command/)
    .waitFor();
  await page.getByRole("button", { name: "Go on editing" }).click();
  assert.equal(
    await page.getByLabel("The command to run instead").inputValue(),
    "drop table customers",
  );
  assert.equal(await page.getByLabel(/^Why\?/).inputValue(), "Away with it.");
  await held.client.end().catch(() => {});
});

test("values are edited beside the command, and the agent's own NULL stays", {
  skip,
}, async (context) => {
  const { client, held } = await scene.gateway().connect();
  context.after(() => client.end().catch(() => {}));
  const answer = client.query("update customers set name = $1, country = $2 where id = $3", [
    "Ada\nByron",
    null,
    "113",
  ]);
  const refused = answer.then(
    () => "",
    (error: Error) => error.message,
  );
  const review = await held();
  const { page } = await scene.signIn(context, "ada", { colorScheme: "dark", width: phone });
  await openReview(page, { review });
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel(/^\$1 (?!is)/).fill("Ada\nLovelace");
  await page.getByLabel("$3 is NULL").check();
  await page.getByLabel(/^Why\?/).fill("Her name.");
  await looksRight(page);
  await page.getByLabel("$3 is NULL").uncheck();
  await page.getByRole("button", { name: "See the difference" }).click();
  await page.getByText("The command stays as it is.").waitFor();
  const value = page.getByRole("figure", { name: "Value of $1, before and after" });
  // What waits is masked, so that both lines of the new one come.
  assert.match((await value.locator("ins").allInnerTexts()).join(), /Ada.*Lovelace/s);
  assert.equal(await page.getByRole("figure", { name: /Value of \$[23]/ }).count(), 0);
  await looksRight(page);
  await page.getByRole("button", { name: "Send the edit" }).click();
  const own = page.getByRole("region", { name: "Your edit", exact: true });
  await own.getByText(/no approval of yours/).waitFor();
  const { page: other } = await scene.signIn(context, "bob");
  await other.goto(page.url());
  await reviewPage(other).deny("Not without her country.");
  assert.match(await refused, /Not without her country/);
});

test("where the editor can't be loaded, the page says so and stays good for verdicts", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 114");
  const { page } = await scene.signIn(context, "ada", {
    expects: [/ERR_FAILED/, /edit-review/, /dynamically imported/],
  });
  await openReview(page, held);
  await page.route(/edit-review/, (route) => route.abort("failed"));
  await page.keyboard.press("e");
  await page.getByRole("heading", { name: "The editor can’t be shown" }).waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
  await reviewPage(page).approve();
  assert.equal(await held.answer, "DELETE 1");
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, phone, narrow]) {
    test(`axe finds nothing in the editor and the difference, ${colorScheme} at ${width}`, {
      skip,
    }, async (context) => {
      const held = await scene.hold(context, "delete from customers where id = 112");
      const { page } = await scene.signIn(context, "ada", { colorScheme, width });
      await openReview(page, held);
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      await page.getByLabel("The command to run instead").waitFor();
      await looksRight(page);
      const hostile = "delete\nfrom customers\nwhere id = 112 -- \u202eall\nand name is not null";
      await page.getByLabel("The command to run instead").fill(hostile);
      await page.getByLabel(/^Why\?/).fill("A second look at the name.");
      await page.getByText(/hidden or control character/).waitFor();
      await looksRight(page);
      await page.getByRole("button", { name: "See the difference" }).click();
      await page.getByRole("heading", { name: "The difference" }).waitFor();
      await looksRight(page);
    });
  }
}

async function openReview(page: Page, held: Pick<HeldStatement, "review">): Promise<void> {
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await page
    .getByRole("button", { name: "Edit", exact: true })
    .and(page.locator(":enabled"))
    .waitFor();
}

async function write(page: Page, command: string, reason: string): Promise<void> {
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("The command to run instead").fill(command);
  await page.getByLabel(/^Why\?/).fill(reason);
}

/** Accessible, and nothing makes the page scroll sideways. */
async function looksRight(page: Page): Promise<void> {
  await assertAccessible(page);
  const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  assert.ok(Number(wider) <= 0, `${String(wider)} pixels too wide`);
}
