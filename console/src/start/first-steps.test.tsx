import type { Status } from "@countersign/sdk/wire/status";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole, status } from "../console.test-support.tsx";

const sample = (url: string) => [{ name: "demo-agent", url, token: "csa_demo" }];

function showFirst(connections: Status["connections"]) {
  showConsole("/", {
    status: async () => ({ ...status, quickstart: true, connections }),
    reviews: async () => ({ items: [], next: null }),
  });
}

test("a newcomer is told what to paste, at the database and at the desk, for agents of their own too", async () => {
  const of = { environment: "sample", health: null };
  showFirst([
    { name: "shop", kind: "postgres", ...of, agents: sample("postgres://x@127.0.0.1/shop") },
    { name: "desk", kind: "mcp", ...of, agents: sample("http://127.0.0.1/mcp/desk") },
  ]);
  await screen.findByText("npm run demo:agent");
  screen.getByText("npm run demo:desk");
  const own = screen.getByText(/^Or with a client of yours/).closest("details");
  expect(own?.textContent).toContain("psql 'postgres://x@127.0.0.1/shop'");
  expect(own?.textContent).toContain(
    'claude mcp add --transport http desk http://127.0.0.1/mcp/desk --header "Authorization: Bearer csa_demo"',
  );
});

test("where there is no desk nothing is said of one", async () => {
  showFirst([]);
  await screen.findByText("npm run demo:agent");
  expect(screen.queryByText("npm run demo:desk")).toBeNull();
  expect(screen.queryByText(/client of yours/)).toBeNull();
});
