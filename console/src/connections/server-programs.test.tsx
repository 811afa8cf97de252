import type { Connection } from "@countersign/sdk/wire/connection";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { connection } from "../connection.fixture.ts";
import { showConsole } from "../console.test-support.tsx";

const desk: Connection = {
  ...connection,
  name: "desk",
  kind: "mcp",
  upstream: { endpoint: "stdio:node#1", database: null, role: null },
  programs: {
    running: 0,
    startsAgainAt: "2026-11-26T08:00:20.000Z",
    lastEnd: { at: "2026-11-26T07:59:50.000Z", code: 3, signal: null },
    said: [{ at: "2026-11-26T07:59:50.000Z", text: "no such \u202etable" }],
  },
};
const show = (shown: Connection) =>
  showConsole(`/connections/${shown.name}`, {
    connection: async () => shown,
    tools: async () => ({ items: [], next: null }),
    reviews: async () => ({ items: [], next: null }),
  });

test("a program that keeps ending says how, when it is started again, and what it complained of", async () => {
  show(desk);
  const about = await screen.findByRole("region", { name: "Its program" });
  expect(about.textContent).toContain("Running nownone");
  expect(about.textContent).toContain("by itself, with exit code 3");
  expect(about.textContent).toContain("It keeps ending by itself");
  const said = screen.getByRole("region", { name: "What it wrote to standard error" });
  expect(said.textContent).toContain("no such U+202E");
});

test("a server that is no program says nothing of one", async () => {
  show({ ...desk, programs: null });
  await screen.findByRole("region", { name: "How it is" });
  expect(screen.queryByRole("region", { name: /program|standard error/ })).toBeNull();
});
