/** What is masked in the console: chips that say what stands there, one field revealed on record, edits that keep it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEntry } from "@countersign/sdk/wire/log";
import type { Page as WirePage } from "@countersign/sdk/wire/page";
import type { Page } from "playwright-core";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene } from "./support/console-scene.ts";
import { assertRight } from "./support/every-look.ts";
import { openHeld, proved } from "./support/held-review.ts";

const skip = browserMissing ?? false;
const address = "ada.lovelace@example.com";
const card = "4111111111111111";
const sql = `update orders set status = 'paid'\n where customer_id in (select id from customers where email = '${address}')\n   and id <> ${card}`;

const scene = consoleScene({ config: { reveal: [{ groups: ["dba"], entities: ["email"] }] } });

const masked = (page: Page) => page.getByRole("region", { name: "Masked in the command" });
const command = (page: Page) => page.getByRole("figure", { name: "The command", exact: true });

test("a masked command is whole but for its values; one of them is revealed by a click, on record", {
  skip,
}, async (context) => {
  const { page, review, id } = await openHeld(scene, context, sql);
  assert.equal(
    (await command(page).locator("code").allInnerTexts()).join("\n"),
    sql.replace(address, "<EMAIL_1>").replace(card, "<CREDIT_CARD_1>"),
  );
  assert.deepEqual(await command(page).locator("[data-masked]").allInnerTexts(), [
    "'<EMAIL_1>'",
    "<CREDIT_CARD_1>",
  ]);
  assert.ok(!(await page.content()).includes(address));
  await assertRight(page, "with masked values");
  // By the keys alone.
  const reveal = page.getByRole("button", { name: "Reveal '<EMAIL_1>'" });
  await reveal.focus();
  await page.keyboard.press("Enter");
  const value = page.getByRole("figure", { name: "E-mail address, revealed" });
  await value.getByText(address).waitFor();
  assert.match(await masked(page).innerText(), /revealed by you/);
  assert.equal(await page.getByRole("button", { name: "Reveal <CREDIT_CARD_1>" }).count(), 0);
  await assertRight(page, "with a value that was revealed");
  await page.getByRole("button", { name: "Hide '<EMAIL_1>'" }).click();
  await value.waitFor({ state: "detached" });
  assert.ok(!(await page.content()).includes(address));

  const gateway = scene.gateway();
  const { body } = await gateway.call("/log/records?limit=500", gateway.operatorToken);
  const revealed = (body as WirePage<LogEntry>).items.filter(
    ({ type }) => type === "value.revealed",
  );
  assert.equal(revealed.length, 1);
  assert.equal(revealed[0]?.reviewId, id);
  await review.approve();
  await review.state(/Waiting/).waitFor();
  await page.getByText(/approved it, having revealed: e-mail address/).waitFor();
});

test("a reader who may reveal nothing is shown what is masked, and no way to see it", {
  skip,
}, async (context) => {
  const { page } = await openHeld(scene, context, sql, { person: "eve" });
  await masked(page).getByText("You may not reveal them.").waitFor();
  assert.equal(await masked(page).getByRole("button").count(), 0);
});

test("what hides in a command that can't be read has to be revealed before it can be approved", {
  skip,
}, async (context) => {
  const opaque = `do $$ begin perform 'write to ${address}'; end $$`;
  const held = await scene.hold(context, opaque);
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await page.getByText(/what is masked may be part of it: reveal it first/).waitFor();
  const approve = page.getByRole("button", { name: "Approve", exact: true });
  assert.equal(await approve.isEnabled(), false);
  await masked(page).getByText("has to be revealed before an approval").waitFor();
  await assertRight(page, "with what has to be revealed");
  await page.getByRole("button", { name: /^Reveal/ }).click();
  await page.getByText(address).waitFor();
  await approve.and(page.locator(":enabled")).waitFor();
});

test("an edit keeps what is masked, and shows as the reader's own", { skip }, async (context) => {
  const { page, held } = await openHeld(
    scene,
    context,
    `delete from customers where email = '${address}'`,
  );
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByText("What is masked may stay as it stands").waitFor();
  const field = page.getByRole("textbox", { name: "The command to run instead" });
  const shown = await field.inputValue();
  assert.equal(shown, "delete from customers where email = '<EMAIL_1>'");
  await field.fill(`${shown} and id = 7`);
  await page.getByRole("textbox", { name: /^Why/ }).fill("One of them.");
  await page.getByRole("button", { name: "See the difference" }).click();
  await page.getByRole("button", { name: "Send the edit" }).click();
  // It narrows, so that it is its editor's approval, and runs.
  assert.match(await held.answer, /DELETE 0|overridden|reviewer/i);
  await proved(page);
  assert.ok(!(await page.content()).includes(address));
});

test("the history shows what was masked as masked", { skip }, async (context) => {
  const agent = await scene.gateway().connect();
  context.after(() => agent.client.end());
  await agent.client.query(`select count(*) from orders where status = '${address}'`);
  const { page } = await scene.signIn(context, "ada");
  await page.goto(`${scene.wire.origin}/history`);
  await page.getByText("<EMAIL_1>").first().waitFor();
  assert.ok(!(await page.content()).includes(address));
  await page.getByRole("link", { name: "Read orders" }).first().click();
  await command(page).getByText("<EMAIL_1>").waitFor();
  await assertRight(page, "an action with masked values");
});
