import { ClientError } from "@countersign/sdk/client";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { VerdictRequest } from "@countersign/sdk/wire/verdict";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";
import { shownLinesMax } from "../text/shown-part.ts";

function showReview(first: ReviewDetail) {
  let latest = first;
  const given: { readonly request: VerdictRequest; readonly key: string | undefined }[] = [];
  let answer: "given" | "lost" = "given";
  const console = showConsole("/reviews/rev_1", {
    review: async () => latest,
    preview: async () => {
      const words = "The effect was measured a moment ago.";
      throw new ClientError("review.preview_too_soon", 429, words);
    },
    giveVerdict: async (_id, request, key) => {
      given.push({ request, key });
      if (answer === "lost") throw new ClientError("client.unreachable", 0, "No answer.");
      return { id: "rev_1", actionId: "act_1", state: "approved", digest: request.digest };
    },
  });
  return {
    ...console,
    given,
    loseAnswers: () => {
      answer = "lost";
    },
    change: async (more: Partial<ReviewDetail>) => {
      latest = { ...latest, version: latest.version + 1, ...more };
      await console.stream.tell({ event: "changes", reviews: ["rev_1"] });
    },
  };
}

const button = (name: string | RegExp) => screen.findByRole<HTMLButtonElement>("button", { name });
const isDisabled = async (name: string) => (await button(name)).disabled;
const enabled = (name: string) => waitFor(async () => expect(await isDisabled(name)).toBe(false));
const press = (key: string, more = {}) => fireEvent.keyDown(document.body, { key, ...more });

test("a verdict carries the digest that is on the screen", async () => {
  const { given } = showReview(review);
  await enabled("Approve");
  fireEvent.click(await button("Approve"));
  await waitFor(() =>
    expect(given.map(({ request }) => request)).toEqual([
      { verdict: "approve", digest: "d1", comment: null, maxRows: null, viewDigest: "v1" },
    ]),
  );
});

test("a review that changes while it is read freezes the bar and says what changed, until it is shown", async () => {
  const { change, given } = showReview(review);
  await enabled("Approve");
  await change({ command: "delete from customers", digest: "d2", revision: 2 });
  const notice = await screen.findByRole("region", { name: "The review has changed" });
  expect(notice.textContent).toContain("delete from customers where id = 7");
  for (const name of ["Approve", "Deny", "Request changes"])
    expect(await isDisabled(name)).toBe(true);
  press("A", { shiftKey: true });
  expect(screen.queryByRole("textbox")).toBe(null);
  expect(screen.getByRole("figure", { name: "The command" }).textContent).toContain("id = 7");

  fireEvent.click(await button("Show the changed review"));
  await enabled("Approve");
  expect(screen.getByRole("figure", { name: "The command" }).textContent).not.toContain("id = 7");
  fireEvent.click(await button("Approve"));
  await waitFor(() => expect(given.map(({ request }) => request.digest)).toEqual(["d2"]));
});

test("what changes while the review is read for the first time is read as well", async () => {
  const reads: ((answer: ReviewDetail) => void)[] = [];
  const { stream } = showConsole("/reviews/rev_1", {
    review: () => new Promise((resolve) => reads.push(resolve)),
  });
  await waitFor(() => expect(reads.length).toBe(1));
  await stream.tell({ event: "changes", reviews: ["rev_1"] });
  await stream.tell({ event: "changes", reviews: ["rev_1"] });
  reads[0]?.(review);
  await waitFor(() => expect(reads.length).toBe(2));
  reads[1]?.({ ...review, version: 2, agentReason: "Told meanwhile." });
  await screen.findByText(/Told meanwhile/);
  expect(reads.length).toBe(2);
});

test("another's approval does not freeze the bar", async () => {
  const { change } = showReview({ ...review, quorum: [{ group: "dba", needed: 2, given: [] }] });
  await enabled("Approve");
  await change({ quorum: [{ group: "dba", needed: 2, given: ["bob"] }] });
  await screen.findByText("Needs 1 of dba.");
  expect(await isDisabled("Approve")).toBe(false);
});

test("what a read touches is told, with what is marked, and what is not known stands out", async () => {
  const relation = {
    name: "public.customers",
    isView: false,
    columns: [
      { name: "email", sensitive: true },
      { name: "id", sensitive: false },
    ],
    columnsMore: 0,
  };
  const touched = { relations: [relation], relationsMore: 0, besides: [], at: review.openedAt };
  const { change } = showReview({ ...review, touched });
  expect((await screen.findByText(/email \(sensitive\)/)).tagName).toBe("STRONG");
  await change({ touched: { ...touched, relations: null, besides: ["It has a view."] } });
  await screen.findByText("It is not known what it touches. It has a view.");
  expect(await isDisabled("Approve")).toBe(false);
});

test("the agent's reason stands apart as its claim, with what is masked in it", async () => {
  const part = { field: "agentReason/1", of: "agentReason", path: [], start: 0, end: 9 } as const;
  const masked = [{ ...part, entities: ["email"], mayReveal: true, revealed: false }];
  showReview({ ...review, agentReason: "<EMAIL_1> asked\u202efor it", masked });
  const claim = await screen.findByRole("region", { name: "Why, in the agent’s words" });
  expect(claim.querySelector("blockquote [data-masked]")?.textContent).toBe("<EMAIL_1>");
  expect(claim.querySelector("blockquote")?.textContent).toContain("U+202E");
  expect(claim.textContent).toContain("Nothing has checked it");
  await within(claim).findByRole("button", { name: "Reveal <EMAIL_1>" });
});

test("an open transaction says what it costs, stands out where others wait for it, and freezes nothing", async () => {
  const locks = [{ on: "public.orders", mode: "RowExclusiveLock" }];
  const at = review.openedAt;
  const transaction = { since: at, locks, locksMore: 0, blocks: 0, at };
  const { change } = showReview({ ...review, transaction });
  await screen.findByText(/it locks public.orders \(RowExclusiveLock\); no other session waits/);
  expect(screen.getByText("Waits in a transaction").closest("[data-loud]")).toBe(null);
  await change({ transaction: { ...transaction, blocks: 2 } });
  await screen.findByText(/2 other sessions wait for it/);
  expect(screen.getByText("Waits in a transaction").closest("[data-loud]")).not.toBe(null);
  expect(await isDisabled("Approve")).toBe(false);
});

test("an answer that was overtaken does not bring an older version back", async () => {
  const { change } = showReview({ ...review, version: 5 });
  await enabled("Approve");
  await change({ version: 4, digest: "d0" });
  expect(screen.queryByRole("region", { name: "The review has changed" })).toBe(null);
  expect(await isDisabled("Approve")).toBe(false);
});

test("nothing can be approved that is not wholly shown, and a no is always possible", async () => {
  const { change } = showReview({ ...review, command: "select 1;\n".repeat(shownLinesMax + 1) });
  await enabled("Deny");
  expect(await isDisabled("Approve")).toBe(true);
  press("A", { shiftKey: true });
  expect(screen.queryByRole("textbox")).toBe(null);
  fireEvent.click(await button(/^Show all 402 lines/));
  await enabled("Approve");
  // Another command has to be shown anew.
  await change({ command: "select 2;\n".repeat(shownLinesMax + 1), digest: "d2" });
  fireEvent.click(await button("Show the changed review"));
  await enabled("Deny");
  expect(await isDisabled("Approve")).toBe(true);
});

test("the time runs out on the screen, and with it every verdict", async () => {
  const { clock } = showReview(review);
  await enabled("Approve");
  clock.passTo("2026-11-26T11:59:30.000Z");
  expect(await screen.findByText(/^0:30 left/)).toBeTruthy();
  expect(await isDisabled("Deny")).toBe(false);
  clock.passTo("2026-11-26T12:00:00.000Z");
  expect(await screen.findByText("time is up")).toBeTruthy();
  for (const name of ["Approve", "Deny", "Request changes"])
    expect(await isDisabled(name)).toBe(true);
});

test("while the stream is lost nothing can be decided", async () => {
  const { stream } = showReview(review);
  await enabled("Approve");
  await stream.lose();
  for (const name of ["Approve", "Deny", "Request changes"])
    expect(await isDisabled(name)).toBe(true);
  expect(screen.getByText("Not connected.")).toBeTruthy();
});

test("after an outage the connection is said to be back, to those too who can't see it", async () => {
  const { stream } = showReview(review);
  await enabled("Approve");
  await stream.lose();
  await screen.findByText(/The connection to the gateway is lost/);
  fireEvent.click(await button("Try now"));
  await screen.findByText("Connected to the gateway again.");
  expect(screen.queryByText(/The connection to the gateway is lost/)).toBe(null);
});

test("an approval that is not the last one needed is not said to run at once", async () => {
  const quorum = [{ group: "dba", needed: 2, given: [] }];
  showReview({ ...review, environment: "production", quorum });
  await enabled("Approve");
  fireEvent.click(await button("Approve"));
  await screen.findByText(/It runs once all who are needed have approved/);
});

test("a number in binary form is shown with what it is", async () => {
  showReview({ ...review, parameters: [{ type: 21, format: "binary", text: "\\x0032" }] });
  await screen.findByText("50 as smallint");
});

test("production and what has no filter is approved in two steps, the second restating it", async () => {
  const { given } = showReview({ ...review, environment: "production" });
  await enabled("Approve");
  fireEvent.click(await button("Approve"));
  const bar = await screen.findByRole("region", { name: "Your decision" });
  expect(bar.textContent).toContain(review.headline);
  expect(bar.textContent).toContain("This is production.");
  expect(given).toEqual([]);
  fireEvent.click(within(bar).getByRole("button", { name: "Approve" }));
  await waitFor(() => expect(given).toHaveLength(1));
});

test("an approval that was about to be confirmed when the review changed has to be begun again", async () => {
  const { change } = showReview({ ...review, environment: "production" });
  await enabled("Approve");
  press("A", { shiftKey: true });
  await screen.findByRole("textbox", { name: /Comment/ });
  await change({ digest: "d2" });
  fireEvent.click(await button("Show the changed review"));
  await enabled("Approve");
  expect(screen.queryByRole("textbox")).toBe(null);
});

const measured = {
  basis: "measured",
  rows: 3,
  at: "2026-11-26T08:01:00.000Z",
  reason: null,
  caveat: null,
  sample: null,
} as const;

test("an approval proposes what was measured as its limit, and takes another number", async () => {
  const { given } = showReview({ ...review, effect: measured, rowLimit: null });
  fireEvent.click(await button("Limit its rows"));
  const rows = await screen.findByRole("textbox", { name: "At most" });
  expect((rows as HTMLInputElement).value).toBe("3");
  fireEvent.change(rows, { target: { value: "a few" } });
  fireEvent.submit(rows);
  expect(given).toEqual([]);
  expect(screen.getByText(/a number from 1, or nothing/)).toBeTruthy();
  fireEvent.change(rows, { target: { value: "2" } });
  expect(screen.getByText(/Fewer than were measured/)).toBeTruthy();
  fireEvent.change(rows, { target: { value: "5" } });
  expect(screen.queryByText(/Fewer than were measured/)).toBe(null);
  fireEvent.submit(rows);
  await waitFor(() =>
    expect(given.map(({ request }) => request)).toEqual([
      { verdict: "approve", digest: "d1", comment: null, maxRows: 5, viewDigest: "v1" },
    ]),
  );
});

test("where rows can't be counted no limit is asked for, and a limit that is passed already is loud", async () => {
  showReview({ ...review, environment: "production", uncounted: "It does more." });
  await enabled("Approve");
  press("A", { shiftKey: true });
  await screen.findByRole("textbox", { name: /Comment/ });
  expect(screen.queryByRole("textbox", { name: "At most" })).toBe(null);
});

test("a review that waits again says why, also to whoever was reading it", async () => {
  const note = "It would now touch 14 rows, and 3 were approved, so it needs a new look.";
  const { change } = showReview(review);
  await enabled("Approve");
  await change({ revision: 2, digest: "d2", note });
  const changed = await screen.findByRole("region", { name: "The review has changed" });
  expect(changed.textContent).toContain(note);
  fireEvent.click(await button("Show the changed review"));
  const again = await screen.findByRole("region", { name: "Why it waits again" });
  expect(again.textContent).toContain(note);
});

test("the least limit stands beside the effect, with whose it is", async () => {
  const rowLimit = { max: 2, by: "rule", name: "small" } as const;
  showReview({ ...review, effect: measured, rowLimit });
  const found = await screen.findByText(/At most 2 rows, by rule small/);
  expect(found.textContent).toContain("it would be undone");
});

test("a no needs a comment, which Ctrl and Enter send", async () => {
  const { given } = showReview(review);
  await enabled("Deny");
  press("D", { shiftKey: true });
  const field = await screen.findByRole("textbox");
  expect(document.activeElement).toBe(field);
  fireEvent.keyDown(field, { key: "Enter", ctrlKey: true });
  expect(given).toEqual([]);
  fireEvent.change(field, { target: { value: " Which customer? " } });
  fireEvent.keyDown(field, { key: "Enter", ctrlKey: true });
  await waitFor(() =>
    expect(given.map(({ request }) => request)).toEqual([
      {
        verdict: "deny",
        digest: "d1",
        comment: "Which customer?",
        maxRows: null,
        viewDigest: "v1",
      },
    ]),
  );
});

test("no bare key approves, and with keys switched off none does anything", async () => {
  const { given } = showReview(review);
  await enabled("Approve");
  for (const key of ["a", "Enter", "y", " "]) press(key);
  expect(screen.queryByRole("textbox")).toBe(null);
  press("A", { shiftKey: true });
  await screen.findByRole("textbox", { name: /Comment/ });
  expect(document.activeElement?.textContent).toContain("Approve");
  expect(given).toEqual([]);
});

test("a verdict whose answer was lost is sent again under the same key", async () => {
  const { given, loseAnswers } = showReview(review);
  loseAnswers();
  await enabled("Approve");
  fireEvent.click(await button("Approve"));
  await screen.findByText(/it counts once/);
  await enabled("Approve");
  fireEvent.click(await button("Approve"));
  await waitFor(() => expect(given).toHaveLength(2));
  expect(given[1]?.key).toBe(given[0]?.key);
});

test("who may not decide is told why", async () => {
  const reason = "ada answers for agent crm-agent, so ada can't decide on what it asks for.";
  showReview({ ...review, mayDecide: { allowed: false, reason, refuse: false } });
  expect(await screen.findByText(reason)).toBeTruthy();
  expect(await isDisabled("Approve")).toBe(true);
  expect(await isDisabled("Deny")).toBe(true);
});

test("an edit of a reviewer freezes the bar; then it says whose it is and what the agent had sent", async () => {
  const { change } = showReview(review);
  await enabled("Approve");
  await change({
    command: "delete from customers where id = 7 and note is null",
    digest: "d2",
    revision: 2,
    asked: { command: review.command, parameters: [] },
    overrides: [
      {
        person: "bob",
        comment: "Only without a note.",
        at: "2026-11-26T08:01:00.000Z",
        revision: 2,
        narrows: true,
      },
    ],
  });
  fireEvent.click(await button("Show the changed review"));
  const edits = await screen.findByRole("region", { name: "Edited by a reviewer" });
  expect(edits.textContent).toContain("bob edited it");
  expect(edits.textContent).toContain(review.command);
});

test("a verdict given elsewhere says whose it is, and keeps what was half written", async () => {
  const { change } = showReview(review);
  await enabled("Deny");
  fireEvent.click(await button("Deny"));
  fireEvent.change(await screen.findByRole("textbox"), { target: { value: "half a rea" } });
  await change({
    state: "denied",
    decidedAt: "2026-11-26T08:01:00.000Z",
    verdicts: [
      {
        kind: "deny",
        person: "bob",
        assurance: "session",
        comment: "Not today.",
        maxRows: null,
        measuredRows: null,
        viewDigest: null,
        revealed: [],
        at: "2026-11-26T08:01:00.000Z",
        counts: true,
      },
    ],
  });
  const outcome = await screen.findByRole("region", { name: "Outcome" });
  expect(outcome.textContent).toContain("Denied by bob.");
  expect(screen.getByRole("region", { name: "Your comment" }).textContent).toContain("half a rea");
  expect(screen.queryByRole("region", { name: "Your decision" })).toBe(null);
});

test("a session that ends keeps the page and the half-written comment behind the notice", async () => {
  const { session, stream, router } = showReview(review);
  await enabled("Deny");
  fireEvent.click(await button("Deny"));
  fireEvent.change(await screen.findByRole("textbox"), { target: { value: "half a rea" } });
  await stream.tell({ event: "bye" });
  expect(await screen.findByRole("heading", { name: "You are signed out" })).toBeTruthy();
  expect(router.state.location.pathname).toBe("/reviews/rev_1");
  expect(session.takeWanted(Date.parse(review.openedAt))).toBe("/reviews/rev_1");
  fireEvent.click(await button("I have signed in"));
  await waitFor(() =>
    expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("half a rea"),
  );
});

test("an effect that arrives is shown with how it is known, and freezes nothing", async () => {
  const { change, given } = showReview(review);
  await enabled("Approve");
  expect(screen.queryByText("Effect")).toBe(null);
  const effect = {
    basis: "measured",
    rows: 1,
    at: review.openedAt,
    reason: null,
    caveat: "Rows that change with it by foreign keys are not counted.",
    sample: null,
  } as const;
  await change({
    effect,
    mayPreview: true,
    headline: "Delete 1 row of customers in shop, staging",
  });
  expect((await screen.findByText("Effect")).parentElement?.textContent).toContain(
    "1 row, measured",
  );
  expect(screen.getByRole("heading", { level: 1 }).textContent).toContain("Delete 1 row");
  expect(screen.queryByRole("region", { name: "The review has changed" })).toBe(null);
  fireEvent.click(await button("Measure again"));
  expect(await screen.findByText("The effect was measured a moment ago.")).toBeTruthy();
  fireEvent.click(await button("Approve"));
  await waitFor(() => expect(given.map(({ request }) => request.digest)).toEqual(["d1"]));
});

test("an approval of a view that has changed is refused with what changed, and can then be given of what is there", async () => {
  const effect = { basis: "measured", reason: null, caveat: null, sample: null } as const;
  const at = "2026-11-26T08:00:00.000Z";
  let latest: ReviewDetail = { ...review, effect: { ...effect, rows: 3, at } };
  const given: (string | null)[] = [];
  showConsole("/reviews/rev_1", {
    review: async () => latest,
    giveVerdict: async (id, { digest, viewDigest }) => {
      given.push(viewDigest);
      if (given.length > 1) return { id, actionId: "act_1", state: "approved", digest };
      latest = {
        ...latest,
        version: latest.version + 1,
        effect: { ...effect, rows: 5, at },
        view: { ...review.view, digest: "v2" },
      };
      throw new ClientError("review.view_changed", 409, "It is no longer what you were shown.");
    },
  });
  await enabled("Approve");
  fireEvent.click(await button("Approve"));
  const alert = await screen.findByRole("alert");
  await waitFor(() => expect(alert.textContent).toMatch(/3 rows.*becomes.*5 rows/));
  expect(alert.textContent).toContain("It is no longer what you were shown.");
  fireEvent.click(await button("Approve"));
  await waitFor(() => expect(given).toEqual(["v1", "v2"]));
});

test("a verdict says what its giver had revealed", async () => {
  const verdict = {
    kind: "approve",
    person: "ada",
    assurance: "session",
    comment: null,
    maxRows: null,
    measuredRows: null,
    viewDigest: "v1",
    revealed: ["email", "iban"],
    at: "2026-11-26T08:10:00.000Z",
    counts: true,
  } as const;
  showReview({ ...review, verdicts: [verdict] });
  await screen.findByText(/approved it, having revealed: e-mail address and IBAN/);
});

test("what rules mask in the result is said in words", async () => {
  const masks = [{ target: "email", masker: "redact" }] as const;
  showReview({ ...review, masks, reasons: [{ policy: "customers-masked", text: "Masked." }] });
  await screen.findByText("Every e-mail address is masked by policy.");
});
