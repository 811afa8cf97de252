/** A call of a tool on the console's pages: its arguments as a tree, what is masked of them, what is long, deep or hostile. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostileTexts } from "@countersign/sdk/hostile-texts.test-support";
import type { Json } from "#/core/json.ts";
import { browserMissing } from "./support/browser-program.ts";
import { type CallScene, openCallScene } from "./support/call-scene.ts";
import { assertRight } from "./support/every-look.ts";
import { knownTools } from "./support/known-tools.ts";

const skip = browserMissing ?? false;
const address = "ada.lovelace@example.com";

let scene: CallScene;
before(async () => {
  if (skip !== false) return;
  const tools = knownTools();
  scene = await openCallScene({
    tools: (name) => (name === "billing" ? tools : null),
    revealRights: () => [{ groups: ["dba"], entities: ["email"] as const }],
  });
});
after(async () => {
  if (skip === false) await scene.close();
});

const args = {
  to: [address, "billing@shop.example"],
  customer: { id: 4711, name: "Ada Lovelace", vip: true, note: null },
  subject: "Your refund",
  body: "Dear Ada,\n\nwe have refunded 120 EUR.\n\nKind regards",
  amount: 120.5,
  options: {},
};

test("a call is shown as its tool and its arguments, each with its type, and what is masked is revealed in its place", {
  skip,
}, async (context) => {
  const review = await scene.hold({ tool: "send_invoice_mail", args });
  const { page } = await scene.signIn(context, "dana");
  await page.getByRole("link", { name: /Call send_invoice_mail/ }).waitFor();
  await assertRight(page, "the inbox with a call");
  await page.goto(`${scene.api.url}/reviews/${review.id}`);
  const call = page.getByRole("figure", { name: "The call", exact: true });
  await call.waitFor();
  const shown = await call.innerText();
  for (const part of [
    "send_invoice_mail",
    "list of 2",
    "4711",
    "yes or no",
    "120.5",
    "no fields",
    "we have refunded 120 EUR.",
  ]) {
    assert.ok(shown.includes(part), `${part} in ${shown}`);
  }
  assert.doesNotMatch(await page.content(), /ada\.lovelace|Ada Lovelace/);
  await assertRight(page, "a call that waits");
  await page.getByRole("button", { name: /^Reveal "<EMAIL_1>"/ }).click();
  await page.getByRole("figure", { name: "E-mail address, revealed" }).getByText(address).waitFor();
});

test("a call of many values is shown in part, and can be approved only once all of it was shown", {
  skip,
}, async (context) => {
  const rows = Array.from({ length: 600 }, (_, at) => ({ sku: `sku-${at}`, count: at }));
  const review = await scene.hold({ tool: "set_stock", args: { rows } });
  const { page } = await scene.signIn(context, "dana");
  await page.goto(`${scene.api.url}/reviews/${review.id}`);
  await page
    .getByText(/values more$/)
    .first()
    .waitFor();
  const approve = page.getByRole("button", { name: "Approve", exact: true });
  assert.equal(await approve.isEnabled(), false);
  await page.getByRole("button", { name: /^Show all/ }).click();
  await page.getByText("sku-599").waitFor();
  await approve.and(page.locator(":enabled")).waitFor();
});

test("no hostile text in a call's keys, values or name passes for anything but itself", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "dana");
  const nested = Array.from({ length: 60 }).reduce<Json>((inner) => ({ deeper: inner }), {});
  const texts = Object.fromEntries(
    hostileTexts
      .filter(({ text }) => text.isWellFormed())
      .map(({ text }, at) => [`${at} ${text}`, text]),
  );
  const review = await scene.hold({ tool: "x\u202ely‮\n<b>", args: { texts, nested } });
  await page.goto(`${scene.api.url}/reviews/${review.id}`);
  await page
    .getByRole("button", { name: /^Show all/ })
    .click()
    .catch(() => {});
  await page.getByRole("figure", { name: "The call", exact: true }).waitFor();
  const shown = await page.getByRole("main").innerText();
  assert.doesNotMatch(shown, /[\u202a-\u202e\u2066-\u2069\u200b]/);
  await assertRight(page, "a hostile call");
});

test("arguments are edited in fields by the tool's schema, and looked at as a difference", {
  skip,
}, async (context) => {
  const review = await scene.hold({ tool: "send_invoice_mail", args });
  const { page } = await scene.signIn(context, "dana");
  await page.goto(`${scene.api.url}/reviews/${review.id}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("textbox", { name: /^amount/ }).fill("100");
  await page.getByRole("button", { name: "Add urgent" }).click();
  await page.getByRole("combobox", { name: /^urgent/ }).selectOption("true");
  await assertRight(page, "arguments in fields");
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await assertRight(page, "arguments as JSON");
  await page.getByRole("textbox", { name: /^Why/ }).fill("Less is enough.");
  await page.getByRole("button", { name: "See the difference" }).click();
  await page.getByRole("figure", { name: "The command, before and after" }).waitFor();
  await assertRight(page, "the difference of a call");
});

test("a changed definition is read with what speaks against it, and judged by who administers alone", {
  skip,
}, async (context) => {
  const { page } = await scene.signIn(context, "dana");
  await page.goto(`${scene.api.url}/connections/billing`);
  await page.getByText("2 warnings").waitFor();
  await assertRight(page, "a connection to a tool server");
  await page.getByRole("link", { name: "send_invoice_mail", exact: true }).click();
  await page.getByRole("heading", { name: "What has changed" }).waitFor();
  await page.getByText("An administrator who is signed in can accept or reject it.").waitFor();
  assert.equal(await page.getByRole("button", { name: /Accept|Reject/ }).count(), 0);
  assert.doesNotMatch(await page.getByRole("main").innerText(), /\u202e/);
  await assertRight(page, "a tool whose definition has changed");

  const { page: own } = await scene.signIn(context, "root");
  await own.goto(`${scene.api.url}/connections/billing/tool?tool=send_invoice_mail`);
  await own.getByRole("button", { name: /^Reject it/ }).click();
  await own.getByText("end at once and for good").waitFor();
  await own.getByRole("button", { name: "Reject, with my name" }).click();
  await own.getByRole("heading", { name: "Its definition was rejected" }).waitFor();
  await assertRight(own, "a definition that was rejected");
  await own.getByRole("button", { name: /^Accept it all the same/ }).click();
  await assertRight(own, "before a definition is accepted");
  await own.getByRole("button", { name: "Accept, with my name" }).click();
  await own.getByText("You have accepted this definition.").waitFor();
});
