/** A review that can be decided on, in every state of its page, in both themes and at every width. */
import { test } from "node:test";
import { Client } from "pg";
import type { Page } from "playwright-core";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { assertRight } from "./support/every-look.ts";
import { openHeld, proved } from "./support/held-review.ts";

const skip = browserMissing ?? false;
const scene = consoleScene();

test("one that waits, with each form open, what the forms say, and denied", {
  skip,
}, async (context) => {
  const { page, review } = await openHeld(scene, context, "delete from customers");
  await assertRight(page, "waiting");
  await review.begin("Request changes");
  await assertRight(page, "asking for changes");
  await back(page);
  await review.approve();
  await page.getByText("No filter: it reaches every row.").waitFor();
  await assertRight(page, "confirming an approval");
  await back(page);
  await review.begin("Deny");
  await review.write("x".repeat(5_000));
  await assertRight(page, "with too long a comment");
  await review.write("Not all of them.");
  await review.send("Deny");
  await review.outcome(/Denied/).waitFor();
  await proved(page);
  await assertRight(page, "denied");
});

test("approved by the first of two, then run, with its proof", { skip }, async (context) => {
  const { page, review, id } = await openHeld(
    scene,
    context,
    "update orders set status = 'paid' where id = 501",
  );
  await review.approve();
  await page.getByText(/ada approved it/).waitFor();
  await assertRight(page, "half approved");
  await scene.gateway().decide(id, await scene.gateway().signIn("bob"), "approve");
  await review.outcome(/UPDATE 1/).waitFor();
  await proved(page);
  await assertRight(page, "run");
});

test("a read with what it touches, of which some is sensitive", { skip }, async (context) => {
  const { page, review, held } = await openHeld(
    scene,
    context,
    "select c.*, o.status from customers c join orders o on o.customer_id = c.id where c.id = 1",
  );
  await page.getByText("email (sensitive)").waitFor();
  await assertRight(page, "reading");
  await review.approve();
  await review.outcome(/SELECT/).waitFor();
  await held.answer;
});

test("one that waits in a transaction", { skip }, async (context) => {
  const { page, held } = await openHeld(scene, context, "delete from customers where id = 505", {
    behind: ["begin", "select id from products where id = 3"],
  });
  await page.getByText("no other session waits for it").waitFor();
  await assertRight(page, "in a transaction");
  await held.client.end();
});

test("one that changed while it was read", { skip }, async (context) => {
  const { page, review } = await openHeld(scene, context, "delete from customers where id = 502");
  const owner = new Client({ connectionString: scene.postgres.url });
  await owner.connect();
  await owner.query("alter table customers add extra text");
  await owner.end();
  await review.approve();
  await review.change(/Revision/).waitFor();
  await assertRight(page, "changed");
});

test("one that the reader may not decide on", { skip }, async (context) => {
  const { page, review } = await openHeld(scene, context, "delete from customers where id = 504", {
    person: "eve",
  });
  await review.mayNotDecide(/dba/).waitFor();
  await assertRight(page, "not eligible");
});

test("one that can't be read, with values, hidden characters and blanks, too long to be shown at once", {
  skip,
}, async (context) => {
  const hostile = "a\u202eb\u200bc \u001b[2J";
  const values = [hostile, null, "plain", "two\nlines"];
  const { page } = await openHeld(
    scene,
    context,
    `delete from customers where name = '${hostile}'${" ".repeat(400)} and concat($1::text, $2::text, $3::text, $4::text) = ''`,
    { values },
  );
  await assertRight(page, "with values");
  const opaque = await scene.hold(context, `do $$ begin\n${"  perform 1;\n".repeat(500)}end $$`);
  await page.goto(`${scene.wire.origin}/reviews/${opaque.review}`);
  await page.getByRole("button", { name: /^Show all/ }).waitFor();
  await assertRight(page, "can't be read, and in part");
});

async function back(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Back" }).click();
}
