/** One page as it stands, in every look that people have: everybody can read it, and nothing scrolls sideways. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { accessibilityProblems } from "./accessibility.ts";
import { desk, phone } from "./browser.ts";

/** WCAG 1.4.10: 320 CSS pixels. */
const narrow = 320;
/** A menu finds its new place in the frame after the one that the window was resized in. */
const laidOut =
  "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))))";
const schemes = { light: "all", dark: "of colours" } as const;

/**
 * axe finds nothing in either theme on a desk and a phone, and nothing makes the page wider than its window,
 * down to 320 pixels. The page is left as it was.
 */
export async function assertRight(page: Page, state: string): Promise<void> {
  const problems: string[] = [];
  const height = page.viewportSize()?.height ?? 800;
  const debug = await page.context().newCDPSession(page);
  for (const width of [narrow, phone, desk]) {
    await page.setViewportSize({ width, height });
    // A finger is what `pointer: coarse` asks for.
    await debug.send("Emulation.setTouchEmulationEnabled", { enabled: width !== desk });
    await page.evaluate(laidOut);
    const wider = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
    if (wider > 0) problems.push(`at ${width}: ${wider} pixels too wide`);
    if (width === narrow) continue;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`:root[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
      const found = await accessibilityProblems(page, schemes[colorScheme]);
      problems.push(...found.map((problem) => `${colorScheme} at ${width}: ${problem}`));
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await debug.detach();
  assert.equal(problems.length, 0, `${state}, ${page.url()}:\n${problems.join("\n")}`);
}
