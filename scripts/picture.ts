/**
 * A picture of one page of a running gateway, to look at while working on it:
 *
 *   npx --no-install node scripts/picture.ts URL FILE.png [--sign-in LINK] [--dark] [--width 390] [--whole]
 *
 * LINK is a sign-in link, such as `countersign person link NAME` makes; it is used up. Without one the page
 * is seen as by somebody who is not signed in. What the browser complains about goes to standard error.
 */
import { parseArgs } from "node:util";
import { launchBrowser, openPage } from "../server/test/support/browser.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "sign-in": { type: "string" },
    dark: { type: "boolean", default: false },
    width: { type: "string", default: "1280" },
    whole: { type: "boolean", default: false },
  },
});
const [url, file] = positionals;
if (url === undefined || file === undefined) {
  console.error("picture.ts URL FILE.png [--sign-in LINK] [--dark] [--width 390] [--whole]");
  process.exit(2);
}

const browser = await launchBrowser();
try {
  const { page, problems } = await openPage(browser, {
    origin: new URL(url).origin,
    colorScheme: values.dark ? "dark" : "light",
    width: Number(values.width),
  });
  const link = values["sign-in"];
  if (link !== undefined) {
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((at) => at.pathname !== "/sign-in");
  }
  await page.goto(url);
  // What the page loads after it has started; the event stream never ends, so nothing waits for quiet.
  await page.waitForTimeout(1000);
  await page.screenshot({ path: file, fullPage: values.whole });
  for (const problem of problems) console.error(problem);
} finally {
  await browser.close();
}
