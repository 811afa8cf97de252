/** Texts that are too much to look at: a page with one stays usable, and nothing of it is approved unseen. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { hugeTexts } from "@countersign/sdk/hostile-texts.test-support";
import type { Page } from "playwright-core";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { originalTexts } from "./support/page-text.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
/** A gateway reads no more at a time from a session that waits: what stands around the text has room. */
const commandChars = 1_000_000;
const statementsShown = 9_000;
/** As long as people wait without wondering. */
const clickMsMax = 5_000;
const scene = consoleScene();

const commands = [
  [
    "a command of 1 MB",
    () =>
      huge("a literal of 1 MiB")
        .slice(0, commandChars - 1)
        .concat("'"),
  ],
  [
    "9,000 statements",
    () => huge("ten thousand statements").split("\n").slice(0, statementsShown).join("\n"),
  ],
] as const;

for (const [name, make] of commands) {
  test(`${name} can be read whole, and is approved only then`, { skip }, async (context) => {
    const command = make();
    const held = await scene.hold(context, command);
    const { page } = await scene.signIn(context, "ada");
    await page.locator(`a[href="/reviews/${held.review}"]`).click();
    const review = reviewPage(page);
    await review.button("Deny").waitFor();
    assert.equal(await review.isOpenForVerdicts(), false);
    await inTime(context, page, "showing all", async () => {
      await page.getByRole("button", { name: /^Show all/ }).click();
      await page.getByRole("button", { name: /^Show all/ }).waitFor({ state: "detached" });
    });
    const [shown] = await originalTexts(page, 'figure[aria-label="The command"]');
    assert.ok(shown === command, `${shown?.length} characters and not ${command.length}`);
    assert.equal(await review.isOpenForVerdicts(), true);
    await inTime(context, page, "opening a form", async () => {
      await review.begin("Deny");
      await review.comment().waitFor();
    });
    await inTime(context, page, "writing", () => review.comment().pressSequentially("Too much."));
    await review.send("Deny");
    assert.match(await held.answer, /Too much\./);
    await review.outcome(/Denied by ada/).waitFor();

    await page.getByRole("navigation", { name: "Pages" }).getByText("History").click();
    await page.locator("a[data-row]").first().click();
    await page.getByRole("heading", { name: "Proof" }).waitFor();
    const [again] = await originalTexts(page, 'figure[aria-label="The command"]');
    assert.ok(again === command, `${again?.length} characters and not ${command.length}`);
  });
}

test("a comment of 100 KB is refused before it is sent, and nothing of it is lost", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 601");
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  const review = reviewPage(page);
  const comment = "No, since it is needed. ".repeat(4_300);
  await review.begin("Deny");
  await paste(page, comment);
  await page.getByText("A comment takes at most 4096 bytes.").waitFor();
  assert.equal(await review.button("Deny").last().isEnabled(), false);
  assert.equal(await review.comment().inputValue(), comment);
  await page.getByRole("button", { name: "Back" }).click();
  await review.begin("Deny");
  assert.ok((await review.comment().inputValue()) === comment);
  await review.write("No.");
  await review.send("Deny");
  assert.match(await held.answer, /No\./);
});

/** At once, as from a clipboard. */
async function paste(page: Page, text: string): Promise<void> {
  await reviewPage(page).comment().focus();
  await page.keyboard.insertText(text);
}

/** Of the processor's time for the page, which nothing else on the machine lengthens. */
async function inTime(
  context: TestContext,
  page: Page,
  what: string,
  action: () => Promise<void>,
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1000;
  };
  const before = await spent();
  await action();
  const ms = Math.round((await spent()) - before);
  await session.detach();
  context.diagnostic(`${what} took ${ms} ms`);
  assert.ok(ms < clickMsMax, `${what} took ${ms} ms`);
}

function huge(name: string): string {
  const found = hugeTexts.find((each) => each.name === name);
  assert(found !== undefined);
  return found.make();
}
