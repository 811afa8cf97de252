/** The console as a browser holds it: elements, attributes, addresses and what is kept of them. */
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import type { CreatedLink } from "@countersign/sdk/wire/sign-in";
import type { Page } from "playwright-core";
import { desk, launchBrowser, openPage } from "./browser.ts";
import type { PlantedScene } from "./planted-scene.ts";

const listPages: readonly string[] = [
  "/",
  "/?state=decided",
  "/history",
  "/connections",
  "/connections/shop",
  "/connections/desk",
  "/connections/local",
  "/agents",
  "/agents/bot",
];

export interface Everything {
  readonly reviews: readonly ReviewSummary[];
  readonly actions: readonly ActionSummary[];
}

/** Every page that there is, of everything that was decided or waits. */
export async function openPages(
  scene: PlantedScene,
  { reviews, actions }: Everything,
): Promise<string> {
  const { apiUrl, call, operatorToken, printed } = scene.gateway();
  await printed("The console is ready.");
  const browser = await launchBrowser();
  try {
    const { page, context } = await openPage(browser, { origin: apiUrl, width: desk });
    const { body } = await call("/people/ada/links", operatorToken, {});
    await page.goto((body as CreatedLink).url);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${apiUrl}/`);
    const unheld = actions.filter(({ reviewId }) => reviewId === null);
    const paths = [
      ...listPages,
      ...reviews.map(({ id }) => `/reviews/${id}`),
      ...unheld.map(({ id }) => `/actions/${id}`),
    ];
    const texts: string[] = [];
    for (const path of paths) {
      await page.goto(`${apiUrl}${path}`);
      await settled(page);
      texts.push(page.url(), await page.content());
    }
    const kept = await page.evaluate<string>(
      "JSON.stringify([{ ...localStorage }, { ...sessionStorage }])",
    );
    texts.push(kept, JSON.stringify((await context.storageState()).origins));
    return texts.join("\n");
  } finally {
    await browser.close();
  }
}

/** Until it has shown what it asked for. */
async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.getByRole("status", { name: /loading/ }).waitFor({ state: "detached" });
}
