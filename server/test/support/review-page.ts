/** What a reader can do and see on the page of a review, by its words. */
import type { Locator, Page } from "playwright-core";

export interface ReviewPage {
  heading(text: RegExp): Locator;
  button(name: VerdictName): Locator;
  /** The command as it is shown. */
  command(): Promise<string>;
  approve(): Promise<void>;
  /** Where an approval takes a second step. */
  confirm(): Promise<void>;
  deny(comment: string): Promise<void>;
  /** Opens the verdict's comment. */
  begin(name: VerdictName): Promise<void>;
  comment(): Locator;
  write(comment: string): Promise<void>;
  send(name: VerdictName): Promise<void>;
  isOpenForVerdicts(): Promise<boolean>;
  mayNotDecide(why: RegExp): Locator;
  state(name: RegExp): Locator;
  /** What the frozen bar says has changed. */
  change(text: RegExp): Locator;
  lookAgain(): Promise<void>;
  outcome(text: RegExp): Locator;
}

export type VerdictName = "Approve" | "Deny" | "Request changes";

export function reviewPage(page: Page): ReviewPage {
  const main = page.getByRole("main");
  const button = (name: VerdictName) => page.getByRole("button", { name, exact: true });
  // An approval asks for a number of rows, too.
  const comment = () => page.getByRole("textbox", { name: /^(?:Comment|Why|What)/ });
  const begin = (name: VerdictName) => button(name).click();
  const send = (name: VerdictName) => button(name).last().click();
  return {
    heading: (name) => page.getByRole("heading", { level: 1, name }),
    button,
    command: () => page.getByRole("figure", { name: "The command" }).innerText(),
    async approve() {
      await button("Approve").click();
    },
    async confirm() {
      await comment().waitFor();
      await button("Approve").click();
    },
    async deny(text) {
      await begin("Deny");
      await comment().fill(text);
      await send("Deny");
    },
    begin,
    comment,
    write: (text) => comment().fill(text),
    send,
    async isOpenForVerdicts() {
      const approve = button("Approve");
      return (await approve.count()) > 0 && (await approve.first().isEnabled());
    },
    mayNotDecide: (why) =>
      page.getByRole("region", { name: "Your decision" }).getByText(why).first(),
    state: (name) => main.locator("header").getByText(name).first(),
    change: (text) =>
      page.getByRole("region", { name: "The review has changed" }).getByText(text).first(),
    async lookAgain() {
      await page.getByRole("button", { name: "Show the changed review" }).click();
    },
    outcome: (text) => page.getByRole("region", { name: "Outcome" }).getByText(text).first(),
  };
}
