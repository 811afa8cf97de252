/** What makes a picture stale, and what does not. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../server/test/support/browser.ts";
import { browserMissing } from "../server/test/support/browser-program.ts";
import { lookOf, looksAlike } from "./picture-look.ts";
import { withoutVarying } from "./picture-tour.ts";

const skip = browserMissing ?? false;
let browser: Browser;

before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(async () => {
  if (skip === false) await browser.close();
});

test("a part that has moved and another colour are seen, other digits are not", {
  skip,
}, async () => {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
  const show = async (digits: string, style: string) => {
    await page.setContent(
      `<h1>Delete 1 customer</h1><p>${digits} s ago</p><div style="width: 200px; height: 80px; background: #36c; ${style}"></div>`,
    );
    return lookOf(browser, await page.screenshot());
  };
  const usual = await show("12", "");
  assert.equal(looksAlike(usual, await show("48", "")), true);
  assert.equal(looksAlike(usual, await show("12", "margin-left: 60px")), false);
  assert.equal(looksAlike(usual, await show("12", "background: #c63")), false);
  await page.close();
});

test("what varies from tour to tour is not part of a page's text", () => {
  assert.equal(
    withoutVarying(
      "rev_01m80snvsmp36fp3amcqwgfz4g opened 12s ago, 3 h 59 min left, at 14:03:12 on 127.0.0.1:43121",
    ),
    "rev_… opened just now, SPAN left, at TIME on 127.0.0.1:PORT",
  );
});
