/** The pictures of the documentation show the console as it is. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../server/test/support/browser.ts";
import { browserMissing } from "../server/test/support/browser-program.ts";
import { differingShare, lookOf, looksAlike } from "./picture-look.ts";
import { type Picture, picturesFolder, takePictures } from "./picture-tour.ts";

const skip = browserMissing ?? false;
const remedy = "run `npm run pictures`, and look at what it has made";
const bytesMax = 150 * 1024;

let browser: Browser;
let taken: readonly Picture[] = [];

before(async () => {
  if (skip !== false) return;
  taken = await takePictures();
  browser = await launchBrowser();
});
after(async () => {
  if (skip === false) await browser.close();
});

test("every picture of the tour is there, and no other", { skip }, async () => {
  const files = taken.flatMap(({ name }) => [`${name}.png`, `${name}.txt`]);
  assert.deepEqual((await readdir(picturesFolder)).toSorted(), files.toSorted(), remedy);
});

test("the pages of the pictures still read the same", { skip }, async () => {
  for (const { name, text } of taken) {
    assert.equal(
      `${text}\n`,
      await readFile(path.join(picturesFolder, `${name}.txt`), "utf8"),
      remedy,
    );
  }
});

test("the pictures still look the same, and are of modest size", { skip }, async () => {
  for (const { name, png } of taken) {
    const stored = await readFile(path.join(picturesFolder, `${name}.png`));
    assert.ok(stored.length <= bytesMax, `${name}.png has ${stored.length} bytes`);
    const [kept, now] = [await lookOf(browser, stored), await lookOf(browser, png)];
    const share = differingShare(kept, now).toFixed(3);
    assert.ok(looksAlike(kept, now), `${name}.png differs in ${share} of its cells: ${remedy}`);
  }
});

test("the README shows pictures that are there", async () => {
  const readme = await readFile(path.join(picturesFolder, "../../README.md"), "utf8");
  const shown = [...readme.matchAll(/\]\(docs\/pictures\/([^)]+)\)/g)].map(([, file = ""]) => file);
  const there = (await readdir(picturesFolder)).filter((file) => file.endsWith(".png"));
  assert.deepEqual(shown.toSorted(), there.toSorted());
});
