import type { Agent } from "@countersign/sdk/wire/agent";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { connection } from "../connection.fixture.ts";
import { showConsole, status } from "../console.test-support.tsx";

const agent: Agent = {
  name: "importer",
  owner: "bob",
  groups: [],
  tokenSince: "2026-11-20T08:00:00.000Z",
  token: null,
  pending: 0,
};

function showAgent({
  isAdministrator = true,
  ...more
}: Partial<Agent> & { isAdministrator?: boolean } = {}) {
  const made: string[] = [];
  const shown = showConsole("/agents/importer", {
    status: async () => ({
      ...status,
      caller: { ...status.caller, administrator: isAdministrator },
    }),
    agent: async (name) => ({ ...agent, name, ...more }),
    agents: async () => ({ items: [agent], next: null }),
    connections: async () => ({ items: [connection], next: null }),
    reviews: async () => ({ items: [], next: null }),
    createToken: async (name) => {
      made.push(name);
      return { name, token: "csa_secret", urls: [] };
    },
  });
  return { ...shown, made };
}

const page = () => document.body.textContent;
const button = (name: string) => screen.findByRole("button", { name });

test("the owner is named as one who can never approve", async () => {
  showAgent();
  await screen.findByText(/can never approve what it asks for/);
  expect(page()).toContain("bob");
});

test("no token is made without a second step that says that the old one ends", async () => {
  const { made } = showAgent();
  fireEvent.click(await button("New token"));
  await screen.findByText(/stops working at once/);
  expect(made).toEqual([]);
  // A second press of the same key leaves everything as it is.
  expect(document.activeElement).toBe(await button("Leave it as it is"));
  fireEvent.click(await button("Leave it as it is"));
  expect(document.activeElement).toBe(await button("New token"));
  expect(made).toEqual([]);
});

test("a token that was made is shown once, and is gone from the page and every cache when it is left", async () => {
  const { made, router } = showAgent();
  fireEvent.click(await button("New token"));
  fireEvent.click(await button("Make it, and end the old one"));
  await screen.findByText(/it is shown this once/);
  expect(made).toEqual(["importer"]);
  expect(page()).toContain("postgres://importer:csa_secret@127.0.0.1:7432/shop");
  await router.navigate({ to: "/agents" });
  await screen.findByRole("heading", { name: "Agents" });
  router.history.back();
  await screen.findByRole("heading", { name: "importer" });
  await screen.findByText(/It was shown once/);
  expect(page()).not.toContain("csa_secret");
  expect(page()).toContain("postgres://importer:TOKEN@127.0.0.1:7432/shop");
});

test("a token that was made for one agent does not stand on another's page", async () => {
  const { router } = showAgent();
  fireEvent.click(await button("New token"));
  fireEvent.click(await button("Make it, and end the old one"));
  await waitFor(() => expect(page()).toContain("csa_secret"));
  await router.navigate({ to: "/agents/$name", params: { name: "reporter" } });
  await screen.findByRole("heading", { name: "reporter" });
  expect(page()).not.toContain("csa_secret");
});

test("who is no administrator is shown the command, and no button that would be refused", async () => {
  showAgent({ isAdministrator: false });
  await screen.findByText("npx --no-install countersign agent create importer");
  expect(screen.queryByRole("button", { name: "New token" })).toBe(null);
});

test("an agent that nobody has declared is no failure of the page", async () => {
  showConsole("/agents/nobody", {});
  await screen.findByRole("heading", { name: "There is no such agent" });
  const link = await screen.findByRole("link", { name: "Its history" });
  expect(link.getAttribute("href")).toBe("/history?principal=nobody");
});
