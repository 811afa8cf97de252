import type { Connection } from "@countersign/sdk/wire/connection";
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { connection } from "../connection.fixture.ts";
import { showConsole } from "../console.test-support.tsx";

const failing: Connection["health"] = {
  ...connection.health,
  state: "failing",
  failure: { code: "upstream.unreachable", message: "The upstream database can't be reached." },
};

function show(path: string) {
  let { health } = connection;
  let tests = 0;
  showConsole(path, {
    connection: async () => ({ ...connection, health }),
    connections: async () => ({ items: [{ ...connection, health: failing }], next: null }),
    agents: async () => ({ items: [], next: null }),
    reviews: async () => ({ items: [], next: null }),
    testConnection: async () => {
      tests += 1;
      health = failing;
      return health;
    },
  });
  return { tests: () => tests };
}

test("a connection says how it is, and a test asked for here shows what it found", async () => {
  const { tests } = show("/connections/shop");
  await screen.findByText("Reachable");
  await screen.findByText("18.1");
  fireEvent.click(await screen.findByRole("button", { name: "Test now" }));
  await screen.findByText("Not usable");
  await screen.findByText("The upstream database can't be reached.");
  await waitFor(() => expect(tests()).toBe(1));
});

test("a server that clients start is come to by the command that starts it, and nobody is told that its credential is here", async () => {
  const upstream = { endpoint: "stdio:client", database: null, role: null };
  const url = "https://gateway.example/mcp/files";
  const files: Connection = { ...connection, name: "files", kind: "mcp", url, upstream };
  showConsole("/connections/files", {
    connection: async () => files,
    reviews: async () => ({ items: [], next: null }),
    tools: async () => ({ items: [], next: null }),
  });
  const entry = await screen.findByText(/"args":\["mcp","--connection","files","--url"/);
  expect(entry.textContent).toContain('"https://gateway.example","--","COMMAND"]');
  expect(screen.queryByText(/claude mcp add/)).toBeNull();
  expect(screen.queryByText(/never holds/)).toBeNull();
});

test("the list says which connection is not usable, in words", async () => {
  show("/connections");
  await screen.findByText("Not usable");
});
