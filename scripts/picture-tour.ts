/**
 * The way through the quickstart on which the pictures of the documentation are taken: the same data and the
 * same statements each time, in the bundled browser with the console's own fonts.
 *
 * Pictures differ in times, ids and ports from one tour to the next, so they are never compared pixel by
 * pixel. A picture is fresh as long as the page still reads the same, by its accessibility tree without what
 * varies, and still looks the same from afar, by the mean colours of a grid.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { Status } from "@countersign/sdk/wire/status";
import { Client } from "pg";
import type { Browser, Page } from "playwright-core";
import {
  launchBrowser,
  openPage,
  type PageOptions,
  phone,
} from "../server/test/support/browser.ts";

import { takeCalls } from "./picture-calls.ts";

export const picturesFolder = path.join(import.meta.dirname, "../docs/pictures");

export interface Picture {
  readonly name: string;
  readonly png: Buffer;
  /** What a reader of the page reads, without what varies. */
  readonly text: string;
}

/** Everything it starts has ended when it returns. */
export async function takePictures(): Promise<readonly Picture[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "countersign-pictures-"));
  const { child, printed } = startQuickstart(folder);
  const browser = await launchBrowser();
  try {
    await printed("is running");
    return await tour(browser, folder);
  } finally {
    await browser.close();
    child.kill();
    if (child.exitCode === null) await once(child, "exit");
    await rm(folder, { recursive: true });
  }
}

const buildMs = 120_000;

async function tour(browser: Browser, folder: string): Promise<readonly Picture[]> {
  const status = await readStatus(folder);
  const origin = status.console.url;
  const pictures: Picture[] = [];
  const { page, context } = await openPage(browser, { origin });
  const take = async (name: string, from: Page = page) => {
    pictures.push(await pictureOf(from, name));
  };
  await page.goto(status.console.signIn ?? origin);
  const signIn = page.getByRole("button", { name: "Sign in" });
  // The console is built while its first visitor waits.
  await signIn.waitFor({ timeout: buildMs });
  await signIn.click();
  await page.waitForURL(`${origin}/`);
  await page.getByText("psql").first().waitFor();
  await take("first-screen");

  const first = await connect(status);
  const others = await Promise.all(statements.map(() => connect(status)));
  await first.query("select count(*) from customers");
  await first.query("drop table customers").catch(() => {});
  const approved = hold(first, "delete from customers where id = 12");
  await effectKnown(folder, await approved.review);
  await page.goto(`${origin}/reviews/${await approved.review}`);
  await approve(page);
  await approved.answer;

  const held: string[] = [];
  for (const [index, agent] of others.entries()) {
    const sql = statements[index] ?? "";
    const id = await hold(agent, sql).review;
    held.push(id);
    if (!sql.startsWith("alter")) await effectKnown(folder, id);
  }
  await page.goto(`${origin}/`);
  await page
    .getByRole("link", { name: /Delete/ })
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Put the first steps away" }).click();
  await take("inbox");

  const review = `${origin}/reviews/${held.at(-1)}`;
  const ready = (at: Page) => at.getByRole("button", { name: "Approve" }).waitFor();
  const visit = async (name: string, options: Partial<PageOptions>) => {
    const other = await openPage(browser, { origin, ...options });
    await other.context.addCookies(await context.cookies());
    await other.page.goto(review);
    await ready(other.page);
    await take(name, other.page);
    await other.context.close();
  };
  await visit("review", {});
  await visit("review-dark", { colorScheme: "dark" });
  await visit("review-phone", { width: phone });
  await page.goto(`${origin}/history`);
  await page.getByRole("link", { name: "Drop table customers" }).waitFor();
  await take("history");
  await Promise.all([first, ...others].map((agent) => agent.end()));
  await takeCalls(browser, take);
  return pictures;
}

const statements = [
  "update products set price_cents = price_cents * 2 where id = 3",
  "alter table orders add column note text",
  `delete from customers
where created_at < '2024-01-01'
  and not exists (select from orders where customer_id = customers.id)`,
];

async function approve(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Approve" }).click();
}

async function connect(status: Status): Promise<Client> {
  const client = new Client({ connectionString: status.connections[0]?.agents[0]?.url ?? "" });
  // The gateway ends it at the end of the tour.
  client.on("error", () => {});
  await client.connect();
  return client;
}

function hold(agent: Client, sql: string) {
  const answer = agent.query(sql).catch(() => null);
  const review = once(agent, "notice").then(([notice]) => {
    const { detail = "{}" } = notice as { readonly detail?: string };
    return (JSON.parse(detail) as { readonly review: string }).review;
  });
  return { answer, review };
}

/** It comes beside the wait, and no picture is taken before. */
async function effectKnown(folder: string, id: string): Promise<void> {
  const { url, token } = await readAccess(folder);
  for (;;) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/v1/reviews/${id}`, { headers });
    if (((await response.json()) as ReviewDetail).effect !== null) return;
  }
}

async function pictureOf(page: Page, name: string): Promise<Picture> {
  await page.evaluate("document.fonts.ready.then(() => null)");
  return {
    name,
    png: await page.screenshot(),
    text: withoutVarying(await page.locator("body").ariaSnapshot()),
  };
}

export function withoutVarying(text: string): string {
  return varying.reduce((left, [pattern, name]) => left.replaceAll(pattern, name), text);
}

const varying: readonly (readonly [RegExp, string])[] = [
  [/\b(rev|act|csa|csl)_[\w-]+…?/g, "$1_…"],
  [/\b[0-9a-f]{10,64}\b…?/g, "DIGEST"],
  [/(127\.0\.0\.1|localhost):\d+/g, "$1:PORT"],
  [/\d{4}-\d\d-\d\d|\d\d? (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*( \d{4})?/g, "DATE"],
  [/\d\d?:\d\d(:\d\d)?/g, "TIME"],
  [/\b\d+ ?(ms|s|sec|seconds?|min|minutes?|m|h|hours?)\b/g, "SPAN"],
  [/SPAN( SPAN)+/g, "SPAN"],
  [/SPAN ago/g, "just now"],
  // Which rows a plan comes upon first.
  [/- (row "goes|cell) [^\n]*/g, "- $1 …"],
];

function startQuickstart(folder: string) {
  const main = path.join(import.meta.dirname, "../server/src/main.ts");
  const child: ChildProcess = spawn(process.execPath, [main], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      COUNTERSIGN_DATA: path.join(folder, "data"),
      COUNTERSIGN_CONSOLE_PORT: "0",
      COUNTERSIGN_POSTGRES_PORT: "0",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (more: string) => {
      output += more;
    });
  }
  const printed = async (words: string) => {
    while (!output.includes(words)) {
      if (child.exitCode !== null) throw new Error(`the quickstart ended:\n${output}`);
      await Promise.race([once(child.stdout ?? child, "data"), once(child, "exit")]);
    }
  };
  return { child, printed };
}

async function readStatus(folder: string): Promise<Status> {
  const { url, token } = await readAccess(folder);
  const headers = { authorization: `Bearer ${token}` };
  return (await (await fetch(`${url}/api/v1/status`, { headers })).json()) as Status;
}

async function readAccess(folder: string) {
  const data = path.join(folder, "data");
  const { url } = JSON.parse(await readFile(path.join(data, "gateway.json"), "utf8")) as {
    readonly url: string;
  };
  const token = (await readFile(path.join(data, "operator.token"), "utf8")).trim();
  return { url, token };
}
