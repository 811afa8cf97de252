import type { LoadedData } from "@countersign/sdk/wire/content";
import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";

const value = (text: string | null, type = 25) => ({ type, format: "text" as const, text });

const data: LoadedData = {
  format: "csv",
  sha256: "5".repeat(64),
  bytes: 1_234,
  rows: 100,
  columns: ["id", "name"],
  firstRows: [
    { values: [value("1", 23), value("ada\u202e")], isCut: false },
    { values: [value("2", 23), value(null)], isCut: true },
    { values: [value("3", 23)], isCut: false },
  ],
};

test("the data of a COPY is shown with its size, its digest and its first rows, and what is missing is said", async () => {
  showConsole("/reviews/rev_1", { review: async () => ({ ...review, data }) });
  const section = await screen.findByRole("region", { name: "The data" });
  expect(section.textContent).toContain("100 rows, 1,234 bytes of CSV");
  expect(section.textContent).toContain(data.sha256);
  expect(section.textContent).toContain(
    "Only its first 3 rows can be shown. Some of them are cut.",
  );
  const rows = within(within(section).getByRole("table")).getAllByRole("row");
  expect(rows.map(({ textContent }) => textContent)).toEqual([
    "idname",
    expect.stringMatching(/^1adaU\+202E/),
    "2NULL … cut",
    "3missing",
  ]);
  // What could deceive is noted once more in words.
  expect(section.textContent).toMatch(/U\+202E/);
});

test("what loads data can’t be edited, and the bar says why", async () => {
  showConsole("/reviews/rev_1", { review: async () => ({ ...review, data }) });
  await screen.findByText(/it loads the data that came with it, which nothing else could use/);
  expect((await screen.findByRole<HTMLButtonElement>("button", { name: "Edit" })).disabled).toBe(
    true,
  );
});

test("where no data comes with a command there is nothing of it on the page", async () => {
  showConsole("/reviews/rev_1", { review: async () => review });
  await screen.findByRole("heading", { name: "The command" });
  expect(screen.queryByRole("region", { name: "The data" })).toBeNull();
});
