/**
 * A real browser for tests: headless Chromium with pages that are watched.
 *
 * A page fails its test by whatever a user's console would show in red, by a request to anywhere but the
 * page's own origin, and by anything that the content security policy stops. A test that brings such a
 * thing about says so, with the pattern of what it expects.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  type Browser,
  type BrowserContext,
  type ConsoleMessage,
  chromium,
  type Page,
  type Request,
} from "playwright-core";
import { findBrowserProgram } from "./browser-program.ts";

export const desk = 1280;
export const phone = 390;

export interface PageOptions {
  /** The only origin that the page may speak to. */
  readonly origin: string;
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  /** Problems that the test brings about itself. */
  readonly expects?: readonly RegExp[];
  /** Pixels of a picture for each of the page's; default 1. */
  readonly deviceScaleFactor?: number;
}

export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong so far and was not expected. */
  readonly problems: readonly string[];
}

export interface TestBrowser {
  /** A page of a person who is not signed in yet; closed, and judged, when the test ends. */
  readonly open: (test: TestContext, options: PageOptions) => Promise<WatchedPage>;
  readonly close: () => Promise<void>;
}

export async function startTestBrowser(): Promise<TestBrowser> {
  const browser = await launchBrowser();
  return {
    async open(test, options) {
      const watched = await openPage(browser, options);
      test.after(async () => {
        await watched.context.close();
        assert.deepEqual(watched.problems, []);
      });
      return watched;
    },
    close: () => browser.close(),
  };
}

export async function launchBrowser(): Promise<Browser> {
  const { path, environment } = await findBrowserProgram();
  return chromium.launch({
    executablePath: path,
    // Never the package's own list of arguments: it switches web security off.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
    env: environment,
    timeout: launchMs,
  });
}

export async function openPage(browser: Browser, options: PageOptions): Promise<WatchedPage> {
  const { colorScheme = "light", width = desk, deviceScaleFactor = 1 } = options;
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height: width === phone ? 844 : 800 },
    deviceScaleFactor,
    hasTouch: width === phone,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    serviceWorkers: "block",
  });
  context.setDefaultTimeout(waitMs);
  const problems: string[] = [];
  const note = (problem: string) => {
    if (options.expects?.some((pattern) => pattern.test(problem)) !== true) problems.push(problem);
  };
  // Also what the policy stops without a word in the console; the script runs outside of the policy.
  await context.addInitScript(`document.addEventListener("securitypolicyviolation", (event) =>
    console.error("stopped by the policy:", event.violatedDirective, event.blockedURI))`);
  context.on("request", (request) => noteForeign(request, options.origin, note));
  context.on("requestfailed", (request) => noteFailed(request, note));
  context.on("console", (message) => noteMessage(message, note));
  context.on("weberror", (error) => note(`uncaught: ${String(error.error())}`));
  return { page: await context.newPage(), context, problems };
}

const launchMs = 60_000;
/** How long a locator waits for what it names: less than a test may take, so that it says what that was. */
const waitMs = 90_000;

function noteForeign(request: Request, origin: string, note: (problem: string) => void): void {
  const url = new URL(request.url());
  if (url.protocol === "data:" || url.protocol === "blob:" || url.origin === origin) return;
  note(`a request to elsewhere: ${request.url()}`);
}

function noteFailed(request: Request, note: (problem: string) => void): void {
  const reason = request.failure()?.errorText ?? "failed";
  // The page's own doing: it went on, or no longer wants the answer.
  if (reason === "net::ERR_ABORTED") return;
  note(`${request.method()} ${new URL(request.url()).pathname}: ${reason}`);
}

function noteMessage(message: ConsoleMessage, note: (problem: string) => void): void {
  const type = message.type();
  if (type !== "error" && type !== "warning") return;
  const { url } = message.location();
  note(`${type} in the console: ${message.text()} (${url === "" ? "no address" : url})`);
}
