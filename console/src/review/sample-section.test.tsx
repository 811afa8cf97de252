import type { Effect, Sample } from "@countersign/sdk/wire/effect";
import { render, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { SampleSection } from "./sample-section.tsx";

const plain = (text: string | null) => ({ text, isMasked: false, isCut: false });

const sample: Sample = {
  relation: "public.people",
  columns: [
    { name: "id", type: "integer", isKey: true, sensitive: false },
    { name: "note", type: "text", isKey: false, sensitive: false },
    { name: "iban", type: "text", isKey: false, sensitive: true },
  ],
  columnsMore: 2,
  rows: [
    {
      before: [plain("7"), plain("old"), { text: "<SENSITIVE>", isMasked: true, isCut: false }],
      after: [plain("7"), plain(null), { text: "<SENSITIVE>", isMasked: true, isCut: false }],
      changed: [1],
    },
    {
      before: [plain("8"), { ...plain("a\u202eb"), isCut: true }, plain("")],
      after: null,
      changed: [],
    },
  ],
};

function show(effect: Partial<Effect>) {
  return render(
    <SampleSection
      effect={{
        basis: "measured",
        rows: 9,
        at: "2026-11-26T08:00:00.000Z",
        reason: null,
        caveat: null,
        sample,
        ...effect,
      }}
    />,
  );
}

test("rows stand under their columns, what changes before and after, what is not shown marked", () => {
  show({});
  expect(screen.getByRole("heading", { name: "Rows before and after" })).toBeTruthy();
  expect(screen.getByText(/^2 of 9 rows of public\.people, as measured; masked/)).toBeTruthy();
  const headers = screen.getAllByRole("columnheader").map(({ textContent }) => textContent);
  expect(headers).toEqual(["Row", "idinteger, key", "notetext", "ibantext, sensitive"]);
  const [, first, second] = screen.getAllByRole("row");
  const cells = within(first as HTMLElement).getAllByRole("cell");
  expect(within(first as HTMLElement).getByRole("rowheader").textContent).toBe("changes");
  expect(cells[1]?.querySelector("del")?.textContent).toBe("old");
  expect(cells[1]?.querySelector("ins")?.textContent).toBe("NULL");
  expect(cells[0]?.querySelector("del")).toBe(null);
  expect(cells[2]?.textContent).toContain("<SENSITIVE>");
  expect(second?.textContent).toContain("goes");
  expect(second?.textContent).toContain("… cut");
  expect(second?.textContent).toContain("empty");
});

test("what could deceive in a value is spelled out and said", () => {
  const { container } = show({});
  expect(container.textContent).not.toContain("\u202e");
  expect(container.textContent).toContain("U+202E");
  expect(container.textContent).toContain("1 hidden or control character is shown by its code");
});

test("an effect without rows shows none", () => {
  const { container } = show({ sample: null });
  expect(container.textContent).toBe("");
});
