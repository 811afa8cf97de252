import { ClientError } from "@countersign/sdk/client";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { OverrideAnswer, OverrideRequest } from "@countersign/sdk/wire/verdict";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole, status } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";
import { shownLinesMax } from "../text/shown-part.ts";

const reason = "Only without a note.";
const edited = "delete from customers where id = 7 and note is null";

function showReview(first: ReviewDetail = review, isQuickstart = false) {
  let latest = first;
  const sent: { readonly request: OverrideRequest; readonly key: string | undefined }[] = [];
  let answer = async (): Promise<OverrideAnswer> => ({
    id: "rev_1",
    actionId: "act_1",
    state: latest.state,
    digest: latest.digest,
    counted: latest.overrides.at(-1)?.narrows === true,
  });
  const console = showConsole("/reviews/rev_1", {
    status: async () => ({ ...status, quickstart: isQuickstart }),
    review: async () => latest,
    override: async (_id, request, key) => {
      sent.push({ request, key });
      return answer();
    },
  });
  const set = (more: Partial<ReviewDetail>) => {
    latest = { ...latest, version: latest.version + 1, ...more };
  };
  return {
    ...console,
    sent,
    set,
    answerBy(made: () => Promise<OverrideAnswer>) {
      answer = made;
    },
    change: async (more: Partial<ReviewDetail>) => {
      set(more);
      await console.stream.tell({ event: "changes", reviews: ["rev_1"] });
    },
  };
}

/** What the review is once the edit has taken effect. */
const after = (more: Partial<ReviewDetail["overrides"][number]> = {}): Partial<ReviewDetail> => ({
  command: edited,
  digest: "d2",
  revision: 2,
  asked: { command: review.command, parameters: [] },
  overrides: [
    {
      person: "ada",
      comment: reason,
      at: "2026-11-26T08:01:00.000Z",
      revision: 2,
      narrows: false,
      ...more,
    },
  ],
});

const button = (name: string) => screen.findByRole<HTMLButtonElement>("button", { name });
const isDisabled = async (name: string) => (await button(name)).disabled;
const enabled = (name: string) => waitFor(async () => expect(await isDisabled(name)).toBe(false));
const press = (key: string) => fireEvent.keyDown(document.body, { key });
const field = (name: string | RegExp) => screen.findByLabelText<HTMLTextAreaElement>(name);
const command = () => field("The command to run instead");
const why = () => field(/^Why\?/);
const write = async (target: Promise<HTMLElement>, value: string) =>
  fireEvent.change(await target, { target: { value } });

async function openEditor() {
  await enabled("Edit");
  press("e");
  const opened = await command();
  expect(document.activeElement).toBe(opened);
}

async function toDifference(text = edited) {
  await openEditor();
  await write(command(), text);
  await write(why(), reason);
  fireEvent.keyDown(await why(), { key: "Enter", ctrlKey: true });
  return screen.findByRole("heading", { name: "The difference" });
}

test("an edit is sent from its difference alone, with the digest that is on the screen", async () => {
  const { sent } = showReview();
  await toDifference();
  expect(sent).toEqual([]);
  const difference = screen.getByRole("figure", { name: "The command, before and after" });
  expect(difference.querySelector("ins mark")?.textContent).toBe(" and note is null");
  fireEvent.click(await button("Send the edit"));
  await waitFor(() =>
    expect(sent.map(({ request }) => request)).toEqual([
      { digest: "d1", command: edited, parameters: null, comment: reason },
    ]),
  );
});

test("in the quickstart, which has one person, it is said that nobody else could approve", async () => {
  showReview(review, true);
  await toDifference();
  await screen.findByText(/The quickstart has nobody else/);
});

test("what is not complete goes no further, by no key", async () => {
  showReview();
  await openEditor();
  for (const [text, words] of [
    [review.command, reason],
    [edited, " "],
    [" ", reason],
  ] as const) {
    await write(command(), text);
    await write(why(), words);
    expect(await isDisabled("See the difference")).toBe(true);
    fireEvent.keyDown(await command(), { key: "Enter", ctrlKey: true });
    expect(screen.queryByRole("heading", { name: "The difference" })).toBe(null);
  }
});

test("who may not decide, where nobody waits, and what is not wholly shown is not edited", async () => {
  const many = "select 1;\n".repeat(shownLinesMax + 1);
  for (const more of [
    { mayDecide: { allowed: false, refuse: false, reason: "Not you." } },
    { attached: false },
    { command: many },
  ] satisfies readonly Partial<ReviewDetail>[]) {
    const { router } = showReview({ ...review, ...more });
    await screen.findAllByRole("button", { name: "Edit" });
    for (const each of screen.getAllByRole<HTMLButtonElement>("button", { name: "Edit" })) {
      expect(each.disabled).toBe(true);
    }
    press("e");
    expect(screen.queryByLabelText("The command to run instead")).toBe(null);
    await act(() => router.navigate({ to: "/history" }));
  }
});

test("a hidden character in an edit is warned of, and spelled out beside the field and in the difference", async () => {
  showReview();
  await toDifference(`${edited} -- \u202e`);
  const difference = screen.getByRole("figure", { name: "The command, before and after" });
  expect(difference.textContent).toContain("U+202E right-to-left override");
  expect(screen.getByText(/hidden or control character/)).toBeTruthy();
  fireEvent.click(await button("Go on editing"));
  await command();
  expect(screen.getByText(/hidden or control character/)).toBeTruthy();
  const shown = screen.getByRole("figure", { name: "Your command, with hidden characters" });
  expect(shown.textContent).toContain("U+202E");
});

test("a refusal is said in place, nothing typed is lost, and the same edit again has the same key", async () => {
  const { sent, answerBy } = showReview();
  answerBy(async () => {
    throw new ClientError("review.override_denied", 403, "Policy denies the edited command.");
  });
  await toDifference();
  fireEvent.click(await button("Send the edit"));
  expect((await screen.findByRole("alert")).textContent).toBe("Policy denies the edited command.");
  await enabled("Send the edit");
  fireEvent.click(await button("Send the edit"));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[1]?.key).toBe(sent[0]?.key);
  await enabled("Go on editing");
  fireEvent.click(await button("Go on editing"));
  expect((await command()).value).toBe(edited);
  expect((await why()).value).toBe(reason);
});

test("what is closed half written is there again when it is opened, and the focus is back on Edit", async () => {
  showReview();
  await openEditor();
  await write(command(), edited);
  fireEvent.keyDown(await command(), { key: "Escape" });
  await enabled("Edit");
  expect(document.activeElement).toBe(await button("Edit"));
  expect(await isDisabled("Approve")).toBe(false);
  press("e");
  expect((await command()).value).toBe(edited);
  fireEvent.click(await button("Put back what waits"));
  expect((await command()).value).toBe(review.command);
});

test("a review that changes meanwhile freezes the edit; the difference to what waits now is looked at anew", async () => {
  const { change, sent } = showReview();
  await toDifference();
  await change({ command: "delete from customers where id = 8", digest: "d2", revision: 2 });
  await screen.findByRole("region", { name: "The review has changed" });
  expect(await isDisabled("Send the edit")).toBe(true);
  fireEvent.click(await button("Show the changed review"));
  expect((await command()).value).toBe(edited);
  expect((await why()).value).toBe(reason);
  await enabled("See the difference");
  fireEvent.click(await button("See the difference"));
  fireEvent.click(await button("Send the edit"));
  await waitFor(() => expect(sent.map(({ request }) => request.digest)).toEqual(["d2"]));
});

test("one's own edit is no change that freezes, even if it is there before its answer", async () => {
  const { change, answerBy } = showReview();
  const { promise, resolve } = Promise.withResolvers<OverrideAnswer>();
  answerBy(() => promise);
  await toDifference();
  fireEvent.click(await button("Send the edit"));
  await change(after());
  const own = await screen.findByRole("region", { name: "Your edit" });
  expect(own.textContent).toContain("no approval of yours");
  expect(own.textContent).toContain("1 of dba");
  expect(screen.queryByRole("region", { name: "The review has changed" })).toBe(null);
  expect(screen.getByRole("figure", { name: "The command" }).textContent).toContain("note is null");
  resolve({ id: "rev_1", actionId: "act_1", state: "pending", digest: "d2", counted: false });
  await enabled("Edit");
  press("e");
  expect((await command()).value).toBe(edited);
  expect((await why()).value).toBe("");
});

test("one's own edit whose answer was lost is known by what it says, and nothing is called unsent", async () => {
  const { set, answerBy } = showReview();
  answerBy(async () => {
    set({ ...after({ narrows: true }), state: "approved" });
    throw new ClientError("client.unreachable", 0, "No answer.");
  });
  await toDifference();
  fireEvent.click(await button("Send the edit"));
  const own = await screen.findByRole("region", { name: "Your edit" });
  expect(own.textContent).toContain("provably does no more");
  expect(screen.queryByRole("region", { name: "The review has changed" })).toBe(null);
  expect(screen.queryByRole("region", { name: "Your unsent edit" })).toBe(null);
});

test("the edit of another is a change, also while one's own is on its way", async () => {
  const { change, answerBy } = showReview();
  answerBy(() => new Promise(() => {}));
  await toDifference();
  fireEvent.click(await button("Send the edit"));
  await change(after({ person: "bob" }));
  await screen.findByRole("region", { name: "The review has changed" });
  expect(screen.queryByText(/no approval of yours/)).toBe(null);
});

test("a verdict given elsewhere keeps the edit that was half written", async () => {
  const { change } = showReview();
  await openEditor();
  await write(command(), edited);
  await change({ state: "denied", decidedAt: "2026-11-26T08:01:00.000Z" });
  const unsent = await screen.findByRole("region", { name: "Your unsent edit" });
  expect(unsent.textContent).toContain("note is null");
});

test("NULL stays NULL until somebody says otherwise, and a binary value has no field", async () => {
  const { sent } = showReview({
    ...review,
    command: "update customers set name = $1, note = $2 where id = $3",
    parameters: [
      { type: 25, format: "text", text: "ada" },
      { type: 25, format: "text", text: null },
      { type: 23, format: "binary", text: "\\x00000007" },
    ],
  });
  await openEditor();
  expect(screen.queryByLabelText(/^\$2 text/, { selector: "textarea" })).toBe(null);
  expect(screen.queryByLabelText(/^\$3/)).toBe(null);
  expect(screen.getByText(/Sent in a binary form/)).toBeTruthy();
  await write(field(/^\$1 text/), "bob");
  await write(why(), reason);
  fireEvent.click(await button("See the difference"));
  fireEvent.click(await button("Send the edit"));
  await waitFor(() =>
    expect(sent.map(({ request }) => request.parameters)).toEqual([["bob", null, "\\x00000007"]]),
  );
});
