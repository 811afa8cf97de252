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

export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Colours are judged as they come to rest.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished.catch(() => null))).then(() => null)`);
  // What is evaluated through the debugger is not subject to the page's policy.
  await page.evaluate(await source);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { rules: { "target-size": { enabled: true } }, resultTypes: ["violations"] })`,
  );
  return violations.flatMap(({ id, impact, help, nodes }) =>
    nodes.map(
      ({ target, html, failureSummary }) =>
        `${id} (${impact ?? "unknown"}): ${help}\n  ${target.join(" ")}\n  ${html.slice(0, 200)}\n  ${failureSummary?.replaceAll("\n", "\n  ") ?? ""}`,
    ),
  );
}

const source = readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
