/** People decide in a real browser on statements that wait in real sessions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
const scene = consoleScene();

test("what waits comes up in the inbox by itself; approved, it runs, and the page tells the outcome", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada");
  await page
    .getByText(/Nothing waits/)
    .first()
    .waitFor();
  const held = await scene.hold(context, "delete from customers where id = 101");
  await page.getByRole("link", { name: /Delete/ }).click();
  await page.waitForURL(`**/reviews/${held.review}`);
  const review = reviewPage(page);
  await review.heading(/^Delete .* shop/).waitFor();
  assert.match(await review.command(), /delete from customers where id = 101/);
  await review.approve();
  assert.equal(await held.answer, "DELETE 1");
  await review.outcome(/DELETE 1/).waitFor();
  assert.equal(await customerIsThere(101), false);
});

test("denied with a reason, it does not run, and the agent hears the reason", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 102");
  const { page } = await scene.signIn(context, "bob");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).deny("She is a customer of ours.");
  assert.match(await held.answer, /She is a customer of ours\./);
  await reviewPage(page)
    .state(/Denied/)
    .waitFor();
  assert.equal(await customerIsThere(102), true);
});

test("a request for changes needs a comment, and the agent hears it", { skip }, async (context) => {
  const held = await scene.hold(context, "update customers set country = 'DE'");
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  const review = reviewPage(page);
  await review.begin("Request changes");
  assert.equal(await review.button("Request changes").isEnabled(), false);
  await review.write("Name the customers.");
  await review.send("Request changes");
  assert.match(await held.answer, /Name the customers\./);
});

test("what reaches every row is approved in two steps, and the second says so", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "update customers set name = upper(name)");
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).approve();
  await page.getByText("No filter: it reaches every row.").waitFor();
  await reviewPage(page).confirm();
  assert.match(await held.answer, /^UPDATE \d+$/);
});

test("two people in two browsers fill a quorum of two, and each sees the other's approval at once", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from orders where id = 103");
  const [ada, bob] = await Promise.all([
    scene.signIn(context, "ada"),
    scene.signIn(context, "bob"),
  ]);
  for (const { page } of [ada, bob]) {
    await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
    await reviewPage(page).button("Approve").waitFor();
  }
  await reviewPage(ada.page).approve();
  await bob.page
    .getByText(/1 of 2/)
    .first()
    .waitFor();
  await bob.page.getByText(/ada/).first().waitFor();
  await reviewPage(bob.page).approve();
  assert.match(await held.answer, /^DELETE|violates foreign key/);
  for (const { page } of [ada, bob])
    await reviewPage(page)
      .state(/Approved/)
      .waitFor();
});

test("the keyboard is enough for the whole decision", { skip }, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 104");
  const { page } = await scene.signIn(context, "ada");
  await page.locator(`a[href="/reviews/${held.review}"]`).waitFor();
  await press("j", `document.activeElement.href?.endsWith("${held.review}") === true`);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  await page.keyboard.press("Shift+A");
  await page.getByLabel(/Comment/).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await held.answer, "DELETE 1");

  /** Until it is so. */
  async function press(key: string, isSo: string): Promise<void> {
    for (let presses = 0; presses < 10; presses += 1) {
      await page.keyboard.press(key);
      if (await page.evaluate(isSo)) return;
    }
    assert.fail(await page.evaluate("`the focus is on ${document.activeElement.outerHTML}`"));
  }
});

test("by Tab and Enter alone a statement is denied with a reason", { skip }, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 105");
  const { page } = await scene.signIn(context, "bob");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Deny").waitFor();
  await tabTo("Deny");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Not today.");
  await tabTo("Deny");
  await page.keyboard.press("Enter");
  assert.match(await held.answer, /Not today\./);

  async function tabTo(name: string): Promise<void> {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate("document.activeElement?.textContent");
      if (typeof focused === "string" && focused.startsWith(name)) return;
    }
    assert.fail(`Tab does not reach ${name}`);
  }
});

test("who is in no group, and who answers for the agent, are told why they can't decide", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 106", {
    agent: "owned",
  });
  for (const [person, why] of [
    ["eve", /dba/],
    ["ada", /answer for|owner|own/i],
  ] as const) {
    const { page } = await scene.signIn(context, person);
    await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
    await reviewPage(page).mayNotDecide(why).waitFor();
    assert.equal(await reviewPage(page).isOpenForVerdicts(), false);
  }
});

async function customerIsThere(id: number): Promise<boolean> {
  const direct = new Client({ connectionString: scene.postgres.url });
  await direct.connect();
  const { rowCount } = await direct.query("select from customers where id = $1", [id]);
  await direct.end();
  return rowCount === 1;
}
