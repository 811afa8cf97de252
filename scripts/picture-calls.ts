/** The pictures of a call of a tool that waits, and of a tool whose definition has changed: no tool server has to run for them. */
import { type Browser, type Page } from "playwright-core";
import { openPage } from "../server/test/support/browser.ts";
import { openCallScene } from "../server/test/support/call-scene.ts";
import { knownTools } from "../server/test/support/known-tools.ts";

export async function takeCalls(
  browser: Browser,
  take: (name: string, page: Page) => Promise<void>,
): Promise<void> {
  const tools = knownTools();
  const scene = await openCallScene({
    tools: () => tools,
    revealRights: () => [{ groups: ["dba"], entities: ["email"] }],
  });
  try {
    const now = Date.now();
    const read = { since: now - 5 * 60_000, at: now - 5 * 60_000 };
    const { id } = await scene.hold({
      tool: "send_invoice_mail",
      args: {
        to: ["ada.lovelace@example.com"],
        subject: "Your refund",
        body: "Dear Ada,\n\nwe have refunded 120 EUR.",
        amount: 120,
      },
      reads: {
        from: [
          {
            connection: "crm",
            data: "confidential",
            tools: ["get_contact"],
            toolsMore: 0,
            ...read,
          },
          { connection: "inbox", data: "untrusted", tools: ["read_mail"], toolsMore: 0, ...read },
        ],
        fromMore: 0,
        masked: ["email"],
        isMore: false,
      },
    });
    const { page } = await openPage(browser, { origin: scene.api.url });
    await page.goto(`${scene.api.url}/sign-in#${await scene.api.linkFor("dana")}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    await page.goto(`${scene.api.url}/reviews/${id}`);
    await page.getByRole("button", { name: "Approve" }).waitFor();
    await take("call", page);
    await page.goto(`${scene.api.url}/connections/billing/tool?tool=send_invoice_mail`);
    await page.getByRole("heading", { name: "What has changed" }).waitFor();
    await page.getByText("An administrator who is signed in").waitFor();
    await take("tool", page);
    await page.context().close();
  } finally {
    await scene.close();
  }
}
