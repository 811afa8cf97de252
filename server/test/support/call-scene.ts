/** Calls of tools that wait, on the pages of the console: the real API, store and console, and a real browser in front. No tool server is behind. */
import type { TestContext } from "node:test";
import { jsonLeaves } from "#/core/json-leaves.ts";
import type { Review } from "#/core/review.ts";
import { consoleBuildOf } from "#/pages/checkout.ts";
import { createConsole } from "#/pages/console.ts";
import { silentLog } from "#/platform/log.ts";
import { startTestApi, type TestApi } from "./api.ts";
import { type PageOptions, startTestBrowser, type WatchedPage } from "./browser.ts";
import { billing, type HeldCall, heldCall } from "./held-call.ts";

export interface CallScene {
  readonly api: TestApi;
  hold(call: HeldCall): Promise<Review>;
  /** A browser in which somebody has signed in: `dana` can decide. */
  signIn(
    test: TestContext,
    person: string,
    options?: Omit<PageOptions, "origin">,
  ): Promise<WatchedPage>;
  close(): Promise<void>;
}

export async function openCallScene(
  options: Parameters<typeof startTestApi>[0] = {},
): Promise<CallScene> {
  const browser = await startTestBrowser();
  let answer: ReturnType<typeof createConsole>["answer"] = () => ({
    status: 404,
    headers: {},
    body: "",
  });
  const api = await startTestApi({
    literalsOf: (_, command) => jsonLeaves(command),
    connections: [billing],
    ...options,
    page: (path, acceptEncoding) => answer(path, acceptEncoding),
  });
  // A browser's clock is the machine's.
  api.clock.advance(Date.now() - api.clock.now());
  const pages = createConsole(consoleBuildOf(api.dir, {}), silentLog);
  await pages.start(() => {});
  answer = pages.answer;
  return {
    api,
    hold: (call) => api.hold(heldCall(call)),
    async signIn(test, person, pageOptions) {
      const watched = await browser.open(test, { ...pageOptions, origin: api.url });
      await watched.page.goto(`${api.url}/sign-in#${await api.linkFor(person)}`);
      await watched.page.getByRole("button", { name: "Sign in" }).click();
      await watched.page.getByRole("heading", { name: "Inbox" }).waitFor();
      return watched;
    },
    async close() {
      await browser.close();
      await api.close();
      await pages.close();
    },
  };
}
