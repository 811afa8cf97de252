/** axe-core on a page as it stands, in words that tell what to mend. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** Fails with every violation on the page, of the standards and of best practice. */
export async function assertAccessible(page: Page): Promise<void> {
  const found = await accessibilityProblems(page);
  assert.equal(found.length, 0, `${page.url()} is not accessible:\n${found.join("\n")}`);
}

/** Of a page that was looked at in other colours before, the rules that colours can break tell all. */
export async function accessibilityProblems(
  page: Page,
  rules: "all" | "of colours" = "all",
): Promise<readonly string[]> {
  // Colours are judged as they come to rest.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished.catch(() => null))).then(() => null)`);
  // What is evaluated through the debugger is not subject to the page's policy.
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(await source);
  const options = { resultTypes: ["violations"], ...(rules === "all" ? all : ofColours) };
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify(options)})`,
  );
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(
      ({ target, html, failureSummary }) =>
        `${id} (${impact ?? "unknown"}): ${help}\n  ${target.join(" ")}\n  ${html.slice(0, 200)}\n  ${failureSummary?.replaceAll("\n", "\n  ") ?? ""}`,
    ),
  );
}

const all = { rules: { "target-size": { enabled: true } } };
const ofColours = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
const source = readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
