import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";

function showInbox(first: readonly ReviewDetail[]) {
  const all = new Map(first.map((each) => [each.id, each]));
  const console = showConsole("/", {
    reviews: async ({ state } = {}) => ({
      items: [...all.values()]
        .filter((each) => state === undefined || each.state === state)
        .toSorted((a, b) => (a.id < b.id ? 1 : -1)),
      next: null,
    }),
    review: async (id) => all.get(id) ?? review,
  });
  return {
    ...console,
    put: async (each: ReviewDetail) => {
      all.set(each.id, each);
      await console.stream.tell({ event: "changes", reviews: [each.id] });
    },
  };
}

const named = (id: string, headline: string): ReviewDetail => ({ ...review, id, headline });
const headlines = () =>
  screen.queryAllByRole("link", { name: /^Delete/ }).map((link) => link.textContent);

test("a review that arrives waits behind the pill, and comes first when it is asked for", async () => {
  const { put } = showInbox([named("r1", "Delete one")]);
  await screen.findByRole("link", { name: "Delete one" });
  await put(named("r2", "Delete two"));
  const pill = await screen.findByRole("button", { name: "1 new" });
  expect(headlines()).toEqual(["Delete one"]);
  fireEvent.click(pill);
  await waitFor(() => expect(headlines()).toEqual(["Delete two", "Delete one"]));
  expect(screen.queryByRole("button", { name: /new$/ })).toBe(null);
});

test("a review that is decided meanwhile stays where it is, and says so", async () => {
  const { put } = showInbox([named("r2", "Delete two"), named("r1", "Delete one")]);
  await screen.findByRole("link", { name: "Delete two" });
  await put({ ...named("r2", "Delete two"), state: "denied" });
  await screen.findByText("Denied");
  expect(headlines()).toEqual(["Delete two", "Delete one"]);
});

test("an inbox in which nothing waits says so, and shows at once what arrives", async () => {
  const { put } = showInbox([]);
  await screen.findByRole("heading", { name: "Nothing waits" });
  await put(named("r1", "Delete one"));
  await waitFor(() => expect(headlines()).toEqual(["Delete one"]));
});

test("j and k go from row to row", async () => {
  showInbox([named("r2", "Delete two"), named("r1", "Delete one")]);
  await screen.findByRole("link", { name: "Delete two" });
  const focused = () => document.activeElement?.textContent;
  fireEvent.keyDown(document.body, { key: "j" });
  expect(focused()).toBe("Delete two");
  fireEvent.keyDown(document.activeElement ?? document.body, { key: "j" });
  expect(focused()).toBe("Delete one");
  fireEvent.keyDown(document.activeElement ?? document.body, { key: "k" });
  expect(focused()).toBe("Delete two");
});

test("a row says what to look out for, with a sign and in words", async () => {
  showInbox([{ ...review, id: "r1", signs: ["may_leak", "tool_changed"] }]);
  const list = await screen.findByRole("list", { name: "Look out" });
  expect(list.textContent).toContain("May carry confidential data out");
  expect(list.textContent).toContain("Its tool has changed");
  expect(list.querySelectorAll("svg")).toHaveLength(2);
});
