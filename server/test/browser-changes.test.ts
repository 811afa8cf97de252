/** What changes under a reader's eyes: verdicts given elsewhere, time that passes, an action that is another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { browserMissing } from "./support/browser-program.ts";
import { briefMs, consoleScene } from "./support/console-scene.ts";
import { movedClock } from "./support/moved-clock.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
const clock = movedClock();
const scene = consoleScene({ clock });

test("a verdict given elsewhere freezes the open page, which says who gave which", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 201");
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  const bob = await scene.gateway().signIn("bob");
  await scene.gateway().decide(held.review, bob, "deny", "Not this one.");
  await reviewPage(page)
    .outcome(/Denied by bob/)
    .waitFor();
  await page.getByText("Not this one.").first().waitFor();
  assert.equal(await reviewPage(page).isOpenForVerdicts(), false);
  assert.match(await held.answer, /Not this one\./);
});

test("a review that expires under its reader can't be decided any more, and says so", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "ada");
  const held = await scene.hold(context, "update products set price_cents = 1 where id = 1");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  clock.advance(briefMs);
  await reviewPage(page)
    .state(/Expired/)
    .waitFor();
  assert.equal(await reviewPage(page).isOpenForVerdicts(), false);
  assert.match(await held.answer, /Nobody decided|expired/i);
});

test("an approval of what meant something else is not used: the review opens again and says so", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from customers where id = 202");
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  await asOwner("alter table customers add column note text");
  await reviewPage(page).approve();
  await reviewPage(page)
    .change(/Revision/)
    .waitFor();
  assert.equal(await reviewPage(page).isOpenForVerdicts(), false);
  assert.equal(
    (await scene.gateway().review(held.review, scene.gateway().operatorToken)).revision,
    2,
  );
  await reviewPage(page).lookAgain();
  // It is looked at anew, and an approval of a page that does not say so yet is refused.
  await page
    .getByText(/about 1 row/)
    .first()
    .waitFor();
  await reviewPage(page).approve();
  assert.equal(await held.answer, "DELETE 1");
});

test("a comment that is half written survives what changes around it", {
  skip,
}, async (context) => {
  const held = await scene.hold(context, "delete from orders where id = 203");
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  const review = reviewPage(page);
  await review.begin("Deny");
  await review.write("Half a thou");
  const bob = await scene.gateway().signIn("bob");
  await scene.gateway().decide(held.review, bob, "approve");
  await page.getByText(/bob approved it/).waitFor();
  assert.equal(await review.comment().inputValue(), "Half a thou");
});

test("new reviews wait behind a pill, and what one reads stays in its place", {
  skip,
}, async (context) => {
  const first = await scene.hold(context, "delete from customers where id = 204");
  const { page } = await scene.signIn(context, "ada");
  const row = (review: string) => page.locator(`a[href="/reviews/${review}"]`);
  await row(first.review).waitFor();
  const second = await scene.hold(context, "delete from customers where id = 205");
  await page.getByRole("button", { name: "1 new" }).waitFor();
  assert.deepEqual([await row(first.review).count(), await row(second.review).count()], [1, 0]);
  await page.getByRole("button", { name: "1 new" }).click();
  await row(second.review).waitFor();
  assert.equal(await row(first.review).count(), 1);
});

async function asOwner(sql: string): Promise<void> {
  const direct = new Client({ connectionString: scene.postgres.url });
  await direct.connect();
  await direct.query(sql);
  await direct.end();
}
