import { ClientError } from "@countersign/sdk/client";
import type { MaskedPart } from "@countersign/sdk/wire/content";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { RevealRequest } from "@countersign/sdk/wire/verdict";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";

const command = "delete from customers where email = '<EMAIL_1>' and card = $1";
const part = (changes: Partial<MaskedPart>): MaskedPart => ({
  field: "command/1",
  of: "command",
  path: [],
  start: command.indexOf("<"),
  end: command.indexOf(">") + 1,
  entities: ["email"],
  mayReveal: true,
  revealed: false,
  ...changes,
});
const masked: ReviewDetail = {
  ...review,
  command,
  parameters: [{ type: 25, format: "text", text: "<CREDIT_CARD_1>" }],
  masked: [
    part({}),
    part({
      field: "parameters/1",
      of: "parameters",
      path: [0],
      start: 0,
      end: 15,
      entities: ["credit_card"],
      mayReveal: false,
    }),
  ],
};

function show(first: ReviewDetail, refusal: ClientError | null = null) {
  let latest = first;
  const asked: RevealRequest[] = [];
  const console = showConsole("/reviews/rev_1", {
    review: async () => latest,
    reveal: async (id, request) => {
      asked.push(request);
      if (refusal !== null) throw refusal;
      latest = {
        ...latest,
        version: latest.version + 1,
        view: { ...latest.view, digest: "v2", revealed: ["email"], mustReveal: [] },
        masked: latest.masked.map((each) =>
          each.field === request.field ? { ...each, revealed: true } : each,
        ),
      };
      return { id, ...request, entities: ["email"], text: "ada@example.com" };
    },
  });
  return { ...console, asked };
}

const fields = () => screen.findByRole("region", { name: "Masked in the command" });
const button = (name: string) => screen.findByRole<HTMLButtonElement>("button", { name });

test("a masked value is a chip within the command, which says what it is and is copied as it stands", async () => {
  show(masked);
  const figure = await screen.findByRole("figure", { name: "The command" });
  expect(figure.textContent).toBe(command);
  const chip = figure.querySelector("[data-masked]");
  expect(chip?.textContent).toBe("<EMAIL_1>");
  expect(chip?.getAttribute("title")).toBe("E-mail address, masked");
  const value = screen.getByRole("figure", { name: "Value of parameter 1" });
  expect(value.querySelector("[data-masked]")?.textContent).toBe("<CREDIT_CARD_1>");
});

test("each masked value is listed with its kind and place, and only what may be revealed has a button", async () => {
  show(masked);
  const list = await fields();
  expect(list.textContent).toContain("goes on record with your name");
  const items = within(list).getAllByRole("listitem");
  expect(items.map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/<EMAIL_1>.*E-mail address.*Reveal$/),
    expect.stringMatching(/<CREDIT_CARD_1>.*Payment card in \$1.*not for you to reveal$/),
  ]);
  expect(within(list).getAllByRole("button")).toHaveLength(1);
});

test("one click reveals one value, which is shown beside its chip until it is hidden; the command stays masked", async () => {
  const { asked } = show(masked);
  fireEvent.click(await button("Reveal <EMAIL_1>"));
  const value = await screen.findByRole("figure", { name: "E-mail address, revealed" });
  expect(value.textContent).toBe("ada@example.com");
  expect(asked).toEqual([{ digest: "d1", field: "command/1" }]);
  expect((await fields()).textContent).toContain("revealed by you");
  expect(screen.getByRole("figure", { name: "The command" }).textContent).toBe(command);
  fireEvent.click(await button("Hide <EMAIL_1>"));
  await waitFor(() => expect(document.body.textContent).not.toContain("ada@example.com"));
  await button("Show again <EMAIL_1>");
});

test("whoever may not reveal hears why, and whoever may reveal nothing is told so at once", async () => {
  const words = "You may not see what is masked there.";
  show(masked, new ClientError("review.reveal_refused", 403, words));
  fireEvent.click(await button("Reveal <EMAIL_1>"));
  expect((await screen.findByRole("alert")).textContent).toBe(words);
});

test("where nothing may be revealed there is no button, and a sentence says so", async () => {
  show({ ...masked, masked: masked.masked.map((each) => ({ ...each, mayReveal: false })) });
  const list = await fields();
  expect(list.textContent).toContain("You may not reveal them.");
  expect(within(list).queryAllByRole("button")).toHaveLength(0);
});

test("what has to be revealed before an approval keeps it from being given until it is", async () => {
  const opaque = { ...review.facts, opaque: "a DO block" };
  show({ ...masked, facts: opaque, view: { ...review.view, mustReveal: ["command/1"] } });
  await screen.findByText(
    /can’t tell what this does, and what is masked may be part of it: reveal it/,
  );
  const approve = await button("Approve");
  expect(approve.disabled).toBe(true);
  await waitFor(async () => expect((await button("Deny")).disabled).toBe(false));
  expect((await fields()).textContent).toContain("has to be revealed before an approval");
  fireEvent.click(await button("Reveal <EMAIL_1>"));
  await waitFor(() => expect(approve.disabled).toBe(false));
});

test("whoever may not reveal what has to be revealed is told that somebody else has to approve", async () => {
  const view = { ...review.view, mustReveal: ["parameters/1"] };
  show({ ...masked, view });
  await screen.findByText(/which you may not reveal: somebody else has to approve it/);
  expect((await button("Approve")).disabled).toBe(true);
});

test("of many masked values the first are listed, and all when they are asked for", async () => {
  const many = Array.from({ length: 30 }, (_, at) => part({ field: `command/${at}` }));
  show({ ...masked, masked: many, maskedMore: 12 });
  const list = await fields();
  expect(within(list).getAllByRole("listitem")).toHaveLength(8);
  expect(list.textContent).toContain("12 more are masked, and not listed.");
  fireEvent.click(await button("Show all 30"));
  expect(within(list).getAllByRole("listitem")).toHaveLength(30);
});

test("in the data of a COPY a masked value is a chip in its cell, listed by row and column", async () => {
  const data = {
    format: "csv" as const,
    sha256: "5".repeat(64),
    bytes: 30,
    rows: 1,
    columns: ["id", "email"],
    firstRows: [
      {
        values: [
          { type: 23, format: "text" as const, text: "1" },
          { type: 25, format: "text" as const, text: "to <EMAIL_1>" },
        ],
        isCut: false,
      },
    ],
  };
  const cell = part({ field: "data/1", of: "data", path: [0, 1], start: 3, end: 12 });
  show({ ...review, data, masked: [cell] });
  const section = await screen.findByRole("region", { name: "The data" });
  const [chip] = section.querySelectorAll("td [data-masked]");
  expect(chip?.textContent).toBe("<EMAIL_1>");
  const list = within(section).getByRole("region", { name: "Masked in the data" });
  expect(within(list).getByRole("listitem").textContent).toContain(
    "E-mail address in row 1, email",
  );
});
