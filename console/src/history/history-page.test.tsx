import { type ActionsQuery, ClientError } from "@countersign/sdk/client";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { Page } from "@countersign/sdk/wire/page";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { actionSummary } from "../action.fixture.ts";
import { showConsole, status } from "../console.test-support.tsx";

const none = async () => ({ items: [], next: null });

function showHistory(
  path: string,
  answer: (query: ActionsQuery) => Page<ActionSummary> | Promise<Page<ActionSummary>>,
) {
  const asked: ActionsQuery[] = [];
  const shown = showConsole(path, {
    status: async () => ({ ...status, log: { ...status.log, size: 60_500 } }),
    connections: none,
    agents: none,
    actions: async (query = {}) => {
      asked.push(query);
      return answer(query);
    },
  });
  return { ...shown, asked };
}

const actions = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({
    ...actionSummary,
    id: `act_${from + at}`,
    headline: `Action ${from + at} in shop`,
  }));

const rows = () => screen.findAllByRole("link", { name: /^Action \d+ in shop$/ });

test("the filters of the address are what the gateway is asked for, and what the page shows", async () => {
  const { asked } = showHistory("/history?decision=deny&principal=007", () => ({
    items: actions(1, 2),
    next: null,
  }));
  expect(await rows()).toHaveLength(2);
  expect(asked).toEqual([{ decision: "deny", principal: "007", asker: "clients", limit: 50 }]);
  expect(
    await screen.findByRole("button", { name: /Remove the filter Decision: Denied/ }),
  ).toBeTruthy();
  expect(await screen.findByRole("button", { name: /Remove the filter Agent: 007/ })).toBeTruthy();
});

test("what an address asks for that is no filter's value is not asked from the gateway", async () => {
  const { asked } = showHistory("/history?decision=denied&verb=sql.foo&connection=shop", () => ({
    items: actions(1, 1),
    next: null,
  }));
  await rows();
  expect(asked).toEqual([{ connection: "shop", asker: "clients", limit: 50 }]);
});

test("choosing a filter changes the address, and going back takes it away again", async () => {
  const { asked, router } = showHistory("/history", () => ({ items: actions(1, 1), next: null }));
  await rows();
  fireEvent.change(await screen.findByLabelText("Decision"), { target: { value: "review" } });
  await waitFor(() => expect(router.state.location.href).toBe("/history?decision=review"));
  await waitFor(() =>
    expect(asked.at(-1)).toEqual({ decision: "review", asker: "clients", limit: 50 }),
  );
  router.history.back();
  await waitFor(() => expect(router.state.location.href).toBe("/history"));
  const decision = await screen.findByLabelText<HTMLSelectElement>("Decision");
  await waitFor(() => expect(decision.value).toBe(""));
});

test("a name that is in no list can be typed", async () => {
  const { router } = showHistory("/history", () => ({ items: actions(1, 1), next: null }));
  await rows();
  fireEvent.change(await screen.findByLabelText("Agent"), { target: { value: " other" } });
  const input = await screen.findByLabelText<HTMLInputElement>("Agent");
  expect(document.activeElement).toBe(input);
  fireEvent.change(input, { target: { value: "retired-bot" } });
  fireEvent.keyDown(input, { key: "Enter" });
  await waitFor(() => expect(router.state.location.href).toBe("/history?principal=retired-bot"));
  const select = await screen.findByRole("combobox", { name: "Agent" });
  await waitFor(() => expect(document.activeElement).toBe(select));
});

test("clearing takes every filter away", async () => {
  const { router } = showHistory("/history?decision=deny&verb=sql.read", () => ({
    items: [],
    next: null,
  }));
  fireEvent.click(await screen.findByRole("button", { name: "Clear all" }));
  await waitFor(() => expect(router.state.location.href).toBe("/history"));
});

test("an empty page that goes on is told as how far back it looked, and the button keeps the focus", async () => {
  const pages: Record<string, Page<ActionSummary>> = {
    "": { items: [], next: "40500" },
    "40500": { items: [], next: "20500" },
    "20500": { items: actions(1, 3), next: "900" },
    "900": { items: [], next: null },
  };
  const held = Promise.withResolvers<void>();
  showHistory("/history?decision=deny", async ({ cursor = "" }) => {
    if (cursor === "40500") await held.promise;
    return pages[cursor] ?? { items: [], next: null };
  });
  await screen.findByText("Nothing in the last 20,000 records of the log.");
  const button = await screen.findByRole("button", { name: "Look further back" });
  button.focus();
  fireEvent.click(button);
  await waitFor(() => expect(button.getAttribute("aria-busy")).toBe("true"));
  // A browser takes the focus from what is disabled.
  expect(button.hasAttribute("disabled")).toBe(false);
  held.resolve();
  await screen.findByText("Nothing in the last 40,000 records of the log.");
  expect(document.activeElement).toBe(button);
  fireEvent.click(button);
  expect(await rows()).toHaveLength(3);
  expect(document.activeElement).toBe(button);
  expect(button.textContent).toBe("Show more");
  fireEvent.click(button);
  const end = await screen.findByText("That is all, back to the beginning of the log.");
  // The button is gone; the focus is where it was.
  await waitFor(() => expect(document.activeElement?.contains(end)).toBe(true));
});

test("a page that could not be read says so, keeps what is there, and can be asked for again", async () => {
  let fails = true;
  showHistory("/history", ({ cursor }) => {
    if (cursor === undefined) return { items: actions(1, 2), next: "10" };
    if (fails) return Promise.reject(new ClientError("api.too_many_requests", 429, "Later."));
    return { items: actions(3, 1), next: null };
  });
  fireEvent.click(await screen.findByRole("button", { name: "Show more" }));
  const again = await screen.findByRole(
    "button",
    { name: "It did not work. Try again" },
    { timeout: 10_000 },
  );
  expect(await rows()).toHaveLength(2);
  fails = false;
  fireEvent.click(again);
  await waitFor(async () => expect(await rows()).toHaveLength(3));
}, 20_000);

test("changes that the stream tells of move nothing that is being read", async () => {
  let items = actions(1, 2);
  const { stream, asked } = showHistory("/history", () => ({ items, next: null }));
  await rows();
  const before = asked.length;
  items = actions(1, 5);
  await stream.tell({ event: "changes", reviews: ["rev_1"] });
  expect(asked).toHaveLength(before);
  expect(await rows()).toHaveLength(2);
  fireEvent.click(await screen.findByRole("button", { name: "Refresh" }));
  await waitFor(async () => expect(await rows()).toHaveLength(5));
});
