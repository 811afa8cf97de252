/** A browser that comes before the console is there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildOptions } from "#/pages/build.ts";
import { createConsole } from "#/pages/console.ts";
import { silentLog } from "#/platform/log.ts";
import { startTestApi } from "./support/api.ts";
import { startTestBrowser } from "./support/browser.ts";

test("a sign-in link that is opened while the console is built leads there by itself, whole", async (context) => {
  // Never started: it waits for its console for as long as the test wants.
  const waiting = createConsole({} as BuildOptions, silentLog);
  let isBuilt = false;
  const api = await startTestApi({
    page: (path, acceptEncoding) =>
      isBuilt
        ? {
            status: 200,
            headers: { "content-type": "text/html" },
            body: "<!doctype html><title>Console</title><h1>Ready</h1>",
          }
        : waiting.answer(path, acceptEncoding),
  });
  context.after(api.close);
  const browser = await startTestBrowser();
  context.after(browser.close);
  const { page } = await browser.open(context, { origin: api.url, expects: [/ 503 /] });
  const link = `${api.url}/sign-in#csl_code`;
  await page.goto(link);
  assert.match(await page.title(), /is being built/);
  // It has looked again, and waits still.
  await page.waitForEvent("load");
  assert.match(await page.title(), /is being built/);
  isBuilt = true;
  await page.getByRole("heading", { name: "Ready" }).waitFor();
  assert.equal(page.url(), link);
});
