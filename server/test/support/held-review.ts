/** A statement that waits, on its page in a browser. */
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { ConsoleScene, HeldHow, HeldStatement } from "./console-scene.ts";
import { type ReviewPage, reviewPage } from "./review-page.ts";

export interface HeldReview {
  readonly page: Page;
  readonly review: ReviewPage;
  readonly held: HeldStatement;
  readonly id: string;
}

/** Read by `ada`, who can decide on it, or by another person. */
export async function openHeld(
  scene: ConsoleScene,
  test: TestContext,
  sql: string,
  { person = "ada", ...how }: HeldHow & { readonly person?: string } = {},
): Promise<HeldReview> {
  const { page } = await scene.signIn(test, person);
  const held = await scene.hold(test, sql, how);
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  const review = reviewPage(page);
  const approve = review.button("Approve");
  await (person === "ada" ? approve.and(page.locator(":enabled")) : approve).waitFor();
  return { page, review, held, id: held.review };
}

/** Until its records are on the page. */
export async function proved(page: Page): Promise<void> {
  await page.getByRole("heading", { name: "Proof" }).waitFor();
  await page.getByText("Held for people").waitFor();
}
