import type { ActionDetail } from "@countersign/sdk/wire/action";
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { actionDetail } from "../action.fixture.ts";
import { showConsole } from "../console.test-support.tsx";

const show = (more: Partial<ActionDetail> = {}) =>
  showConsole("/actions/act_1", { action: async () => ({ ...actionDetail, ...more }) });

test("a denial is explained by its cause and by the rule's own words", async () => {
  show();
  const why = await screen.findByRole("region", { name: "Why it was denied" });
  expect(why.textContent).toContain("nobody can approve it");
  expect(why.textContent).toContain("A person does that by hand.");
  expect(why.textContent).toContain("agents-never-drop");
});

test("an erased payload is told plainly, and shows neither a command nor a name", async () => {
  show({
    command: null,
    facts: null,
    upstream: null,
    onBehalfOf: null,
    principal: { kind: "user", name: "" },
  });
  await screen.findByText(/was erased for good/);
  expect(screen.queryByRole("figure", { name: "The command" })).toBe(null);
  await screen.findByText(/Somebody whose name was erased/);
});

test("hidden characters of a command are spelled out", async () => {
  show({ command: "select \u202e1" });
  const command = await screen.findByRole("figure", { name: "The command" });
  expect(command.textContent).toContain("U+202E");
  expect(command.textContent).not.toContain("\u202e");
});

test("rules that are no longer in force are told", async () => {
  show({ policySet: { digest: "p0", inForce: false } });
  await screen.findByText(/no longer in force/);
});

test("what is masked in a command is a chip, and nothing of it can be revealed here", async () => {
  const command = "delete from customers where email = '<EMAIL_1>'";
  const start = command.indexOf("<");
  const place = { field: "command/1", of: "command", path: [], start, end: start + 9 } as const;
  const masked = [{ ...place, entities: ["email"], mayReveal: false, revealed: false }];
  show({ command, masked });
  const figure = await screen.findByRole("figure", { name: "The command" });
  expect(figure.querySelector("[data-masked]")?.textContent).toBe("<EMAIL_1>");
  await screen.findByText("Sensitive values are masked.");
  expect(screen.queryByRole("button", { name: /Reveal/ })).toBe(null);
});

test("what rules masked in the result is said in words", async () => {
  show({ masks: [{ target: "public.customers.phone", masker: "partial" }] });
  await screen.findByText(
    "All of public.customers.phone (all but its last four characters) is masked by policy.",
  );
});

test("a held action leads to its review", async () => {
  show({
    decision: "review",
    cause: null,
    reviewId: "rev_1",
    quorum: [{ group: "dba", needed: 1 }],
  });
  const link = await screen.findByRole("link", { name: "See its review" });
  expect(link.getAttribute("href")).toBe("/reviews/rev_1");
});

test("an action that the log does not know is no failure of the page", async () => {
  showConsole("/actions/act_2", {});
  await screen.findByRole("heading", { name: "There is no such action" });
});
