/** Texts that were written to deceive, in every field that a stranger fills, in a real browser. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { hostileTexts } from "@countersign/sdk/hostile-texts.test-support";
import { visible } from "@countersign/sdk/visible";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { Page as WirePage } from "@countersign/sdk/wire/page";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import type { Page } from "playwright-core";
import { readAgentReason } from "#/core/agent-reason.ts";
import { browserMissing } from "./support/browser-program.ts";
import { consoleScene, type HeldStatement } from "./support/console-scene.ts";
import { hiddenOnPage, originalTexts } from "./support/page-text.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { reviewPage } from "./support/review-page.ts";

const skip = browserMissing ?? false;
const all = hostileTexts.map(({ text }) => text);
const sqlTexts = hostileTexts.filter(({ isSql }) => isSql).map(({ text }) => text);
/** A policy's reason takes one line without control characters and signs of direction. */
const reasonTexts = sqlTexts.filter(
  (text) =>
    text.length <= 500 &&
    !/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text),
);

const scene = consoleScene(
  { rules: reasonTexts.map(rule).join("\n") },
  // Nobody is asked about names that stand for nothing.
  ({ postgres }) =>
    asSuperuser(postgres, async (superuser) => {
      for (const text of sqlTexts) await superuser.query(tableNamed(text));
    }),
);

test("hostile values and reasons are shown safely and exactly", { skip }, async (context) => {
  const command = `delete from customers where id = 1 and concat(${sqlTexts
    .map((_, at) => `$${at + 1}::text`)
    .join(", ")}) = ''`;
  const said = sqlTexts.join("\n").replaceAll("'", "''");
  const behind = [`set countersign.reason = '${said}'`];
  const held = await scene.hold(context, command, { values: sqlTexts, behind });
  const { agentReason } = await scene.gateway().review(held.review, await bob());
  assert.equal(agentReason, readAgentReason(sqlTexts.join("\n")));
  const { page } = await signIn(context);
  await page.goto(`${scene.wire.origin}/reviews/${held.review}`);
  await reviewPage(page).button("Approve").waitFor();
  await assertNothingHides(page);
  await assertValuesAndReasons(page);
  const reason = 'section[aria-labelledby="agent-reason"] blockquote';
  assertSame(await originalTexts(page, reason), [agentReason ?? ""]);

  await scene.gateway().decide(held.review, await bob(), "deny", "No.");
  await held.answer;
  await page.goto(`${scene.wire.origin}/actions/${(await actionOf(held)).id}`);
  await page.getByRole("heading", { name: "Proof" }).waitFor();
  await assertNothingHides(page);
  await assertValuesAndReasons(page);
  assertSame(await originalTexts(page, reason), [agentReason ?? ""]);
});

test("hostile names, literals and comments are shown safely and exactly, in lists and on pages", {
  skip,
}, async (context) => {
  const groups = inGroups(sqlTexts, 3);
  const held: HeldStatement[] = [];
  for (const texts of groups) held.push(await scene.hold(context, statement(texts)));
  const waiting = await scene.gateway().inbox(await bob());
  assert.equal(waiting.length, groups.length);

  const { page } = await signIn(context);
  const rows = page.locator("a[data-row]");
  await rows.nth(groups.length - 1).waitFor();
  await assertNothingHides(page);
  assertSame(
    (await originalTexts(page, "a[data-row]")).toSorted(),
    waiting.map(({ headline }) => headline).toSorted(),
  );

  for (const [at, review] of waiting.entries()) {
    await page.locator(`a[href="/reviews/${review.id}"]`).click();
    await reviewPage(page).button("Deny").waitFor();
    await assertShown(page, review);
    const comment = comments[at] ?? "No.";
    const verdict = at % 2 === 0 ? "deny" : "request_changes";
    const answer = await scene.gateway().decide(review.id, await bob(), verdict, comment);
    assert.equal(answer.status, 200);
    await reviewPage(page).outcome(/bob/).waitFor();
    await page.getByRole("heading", { name: "Proof" }).waitFor();
    await assertNothingHides(page);
    assertSame(await originalTexts(page, "blockquote"), [comment.toWellFormed()]);
    await page.getByRole("navigation", { name: "Pages" }).getByText("Inbox").click();
  }
  await Promise.all(held.map(({ answer }) => answer));

  await page.getByRole("navigation", { name: "Pages" }).getByText("History").click();
  await rows.nth(groups.length - 1).waitFor();
  // What the gateway itself asked has the same names in it.
  await page.getByLabel("Asked by").selectOption({ label: "Everyone" });
  const ownRows = page.locator("a[data-row]", { hasText: /^Estimate an effect/ });
  await ownRows.nth(groups.length - 1).waitFor();
  await assertNothingHides(page);
  const actions = await actionsOnRecord();
  assertSame(
    await originalTexts(page, "a[data-row]"),
    actions.map(({ headline }) => headline),
  );
  const asked = actions.filter(({ decision, reviewId }) => {
    return decision === "review" && waiting.some((review) => review.id === reviewId);
  });
  assert.equal(asked.length, groups.length);
  for (const { id, headline, reviewId } of asked) {
    const command = waiting.find((review) => review.id === reviewId)?.command;
    await page.locator(`a[href="/actions/${id}"]`).click();
    await page.getByRole("heading", { name: "Proof" }).waitFor();
    await assertNothingHides(page);
    assertSame(await originalTexts(page, "h1"), [headline]);
    assertSame(await originalTexts(page, 'figure[aria-label="The command"]'), [command ?? ""]);
    await page.goBack();
  }
});

test("a hostile name that a program gives itself is in the history alone, safely", {
  skip,
}, async (context) => {
  const { client } = await scene.gateway().connect();
  for (const text of sqlTexts) {
    await client.query(`${beginning}${text.replaceAll("'", "''")}'`);
  }
  await client.end();
  const { page } = await signIn(context);
  await page.goto(`${scene.wire.origin}/history`);
  await page
    .locator("a[data-row]")
    .nth(sqlTexts.length - 1)
    .waitFor();
  await assertNothingHides(page);
  // A row has the beginning of its command's first line, and says where there is more.
  const shown = (await originalTexts(page, "main li code")).slice(0, sqlTexts.length);
  const commands = (await actionsOnRecord("?asker=clients")).slice(0, sqlTexts.length);
  assertSame(
    shown.map((text) => text.replace(/ …$/, "")),
    commands.map(({ command }, at) =>
      (command ?? "").slice(0, shown[at]?.replace(/ …$/, "").length),
    ),
  );
  assert.equal(Math.min(...shown.map((text) => text.length)) > beginning.length, true);
});

const beginning = "set application_name = '";

async function signIn(context: TestContext) {
  const signedIn = await scene.signIn(context, "ada");
  signedIn.page.on("dialog", (dialog) => {
    void dialog.dismiss();
    assert.fail(`a script asks: ${dialog.message()}`);
  });
  return signedIn;
}

function tableNamed(text: string): string {
  const name = `"${text.replaceAll('"', '""')}"`;
  return `create table if not exists ${name} (note text); alter table ${name} owner to ${scene.postgres.user}`;
}

/** One statement for each, so that the first three names are in its headline. */
function statement(texts: readonly string[]): string {
  return texts
    .map(
      (text) =>
        `delete from "${text.replaceAll('"', '""')}" where note = '${text.replaceAll("'", "''")}';`,
    )
    .join("\n");
}

/** All texts, those that PostgreSQL could not carry too. */
const comments = inGroups(all, 3).map((texts) => texts.join("\n").trim());

function rule(reason: string, at: number): string {
  const text = reason.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `@id("hostile-${at}") @review("1 of dba") @reason("${text}")
    permit (principal, action == Countersign::Action::"sql.write", resource)
    when { context.writes.contains("public.customers") };`;
}

function inGroups(texts: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(texts.length / size) }, (_, at) =>
    texts.slice(at * size, (at + 1) * size),
  );
}

async function assertValuesAndReasons(page: Page): Promise<void> {
  assertSame(await originalTexts(page, 'figure[aria-label^="Value of"]'), sqlTexts);
  const reasons = (await originalTexts(page, "main li"))
    .filter((text) => / Rule hostile-\d+$/.test(text))
    .map((text) => text.replace(/ Rule hostile-\d+$/, ""));
  assertSame(reasons.toSorted(), reasonTexts.toSorted());
}

async function assertShown(page: Page, review: ReviewSummary): Promise<void> {
  const showAll = page.getByRole("button", { name: /^Show all/ });
  if (await showAll.isVisible()) {
    assert.equal(await reviewPage(page).isOpenForVerdicts(), false);
    await showAll.click();
  }
  await assertNothingHides(page);
  // Of several blanks a document's title has one.
  const title = `${visible(review.headline)} · Countersign`.replaceAll(/ +/g, " ");
  assert.equal(await page.title(), title);
  assertSame(await originalTexts(page, "h1"), [review.headline]);
  const command = 'figure[aria-label="The command"]';
  assertSame(await originalTexts(page, command), [review.command]);
  const { facts } = await scene.gateway().review(review.id, await bob());
  assert(facts.family === "sql");
  const shown = await originalTexts(page, 'section[aria-labelledby="facts"] dl > div');
  assertSame(
    shown.filter((text) => text.startsWith("Changes")),
    [`Changes${facts.writes.join(", ")}`],
  );
  // As they are laid out, several blanks do not become one.
  const [heading, ...changes] = await page
    .locator('h1, [aria-labelledby="facts"] dd')
    .allInnerTexts();
  assert.equal(longestBlank(heading ?? ""), longestBlank(review.headline));
  assert.equal(longestBlank(changes.join("\n")), longestBlank(facts.writes.join("\n")));
}

async function assertNothingHides(page: Page): Promise<void> {
  assert.deepEqual(await hiddenOnPage(page), []);
}

/** In words that a terminal can show. */
function assertSame(actual: readonly string[], expected: readonly string[]): void {
  assert.deepEqual(actual.map(visible), expected.map(visible));
}

function longestBlank(text: string): number {
  return Math.max(1, ...Array.from(text.matchAll(/ +/g), ([blank]) => blank.length));
}

function bob(): Promise<string> {
  session ??= scene.gateway().signIn("bob");
  return session;
}
let session: Promise<string> | undefined;

async function actionsOnRecord(query = ""): Promise<readonly ActionSummary[]> {
  const { body } = await scene.gateway().call(`/actions${query}`, scene.gateway().operatorToken);
  return (body as WirePage<ActionSummary>).items;
}

async function actionOf({ review }: HeldStatement): Promise<ActionSummary> {
  const found = (await actionsOnRecord()).find(
    ({ decision, reviewId }) => decision === "review" && reviewId === review,
  );
  assert(found !== undefined);
  return found;
}
