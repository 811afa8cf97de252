import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { Tool } from "@countersign/sdk/wire/tool";
import type { OverrideRequest } from "@countersign/sdk/wire/verdict";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { showConsole } from "../console.test-support.tsx";
import { review } from "../review.fixture.ts";

const call: ReviewDetail = {
  ...review,
  headline: "Call refund, which changes data, in billing, test",
  verb: "mcp.call",
  verbs: ["mcp.call"],
  connection: "billing",
  command:
    '{"method":"tools/call","name":"refund","arguments":{"amount":500,"currency":"EUR","lines":[1]}}',
  facts: {
    family: "mcp",
    method: "tools/call",
    name: "refund",
    claims: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
    definition: "pinned",
    toolClass: "write",
  },
};

const tool: Tool = {
  name: "refund",
  connection: "billing",
  state: "pinned",
  toolClass: "write",
  why: "Its name says so.",
  title: null,
  description: "Pays money back.",
  flags: 0,
  claims: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  found: [],
  offered: {
    digest: "a".repeat(64),
    content: {
      inputSchema: {
        type: "object",
        properties: {
          amount: { type: "number", description: "In the currency's unit" },
          currency: { enum: ["EUR", "USD"] },
          note: { type: "string" },
        },
        required: ["amount"],
      },
    },
  },
  pinned: null,
  rejected: null,
  differences: [],
};

const customer = {
  type: "object",
  properties: {
    name: { type: "string" },
    address: {
      type: "object",
      properties: { city: { type: "string" }, floor: { type: "integer" } },
    },
    note: { type: ["string", "null"] },
  },
  required: ["name"],
};
const nested: ReviewDetail = {
  ...call,
  command:
    '{"method":"tools/call","name":"refund","arguments":{"customer":{"name":"<PERSON_1>","address":{"city":"Bern","floor":12345678901234567890},"note":null}}}',
};

function showCall(shown = call, properties: object | null = null) {
  const sent: OverrideRequest[] = [];
  showConsole("/reviews/rev_1", {
    review: async () => shown,
    tool: async () =>
      properties === null
        ? tool
        : {
            ...tool,
            offered: { ...tool.offered, content: { inputSchema: { type: "object", properties } } },
          },
    override: async (_id, request) => {
      sent.push(request);
      return { id: "rev_1", actionId: "act_1", state: "pending", digest: "d2", counted: false };
    },
  });
  return sent;
}

const button = (name: string) => screen.findByRole<HTMLButtonElement>("button", { name });

test("arguments are edited in fields by the tool's schema, looked at as a difference, and sent as a call", async () => {
  const sent = showCall();
  fireEvent.click(await button("Edit"));
  const amount = await screen.findByRole("textbox", { name: "amount number" });
  fireEvent.change(amount, { target: { value: "1." } });
  await screen.findByText("What is typed for amount is no value of its kind yet.");
  fireEvent.change(amount, { target: { value: "100" } });
  fireEvent.change(screen.getByRole("combobox"), { target: { value: '"USD"' } });
  fireEvent.click(await button("Add note"));
  fireEvent.change(await screen.findByRole("textbox", { name: "note text" }), {
    target: { value: "less" },
  });
  fireEvent.click(await button("Leave out lines"));
  fireEvent.change(screen.getByRole("textbox", { name: /^Why/ }), {
    target: { value: "Too much." },
  });
  fireEvent.click(await button("See the difference"));
  const difference = await screen.findByRole("figure", { name: "The command, before and after" });
  expect(difference.textContent).toContain('"amount": 100');
  fireEvent.click(await button("Send the edit"));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.command).toBe(
    '{"method":"tools/call","name":"refund","arguments":{"amount":100,"currency":"USD","note":"less"}}',
  );
});

test("all arguments can be edited as JSON, and what is none yet can't be sent", async () => {
  const sent = showCall();
  fireEvent.click(await button("Edit"));
  fireEvent.click(await button("Edit as JSON"));
  const field = await screen.findByRole("textbox", { name: "Arguments as JSON" });
  fireEvent.change(field, { target: { value: '{"amount": ' } });
  await screen.findByText("Its arguments are no JSON yet.");
  fireEvent.change(field, { target: { value: '{"amount": 7}' } });
  fireEvent.change(screen.getByRole("textbox", { name: /^Why/ }), { target: { value: "Less." } });
  fireEvent.click(await button("See the difference"));
  fireEvent.click(await button("Send the edit"));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.command).toBe(
    '{"method":"tools/call","name":"refund","arguments":{"amount": 7}}',
  );
});

test("what stands in an object has fields of its own, what is not touched stays as it is written, and null is a choice", async () => {
  const sent = showCall(nested, { customer });
  fireEvent.click(await button("Edit"));
  const address = await screen.findByRole("group", { name: "address fields" });
  fireEvent.change(within(address).getByRole("textbox", { name: "city text" }), {
    target: { value: "Basel" },
  });
  fireEvent.click(screen.getByRole("checkbox", { name: "customer › note is null" }));
  fireEvent.change(await screen.findByRole("textbox", { name: "note text or null" }), {
    target: { value: "moved" },
  });
  const floor = within(address).getByRole("textbox", { name: "floor whole number" });
  fireEvent.change(floor, { target: { value: "1." } });
  await screen.findByText(
    "What is typed for customer › address › floor is no value of its kind yet.",
  );
  fireEvent.click(await button("Leave out customer › address › floor"));
  fireEvent.change(screen.getByRole("textbox", { name: /^Why/ }), { target: { value: "Moved." } });
  fireEvent.click(await button("See the difference"));
  fireEvent.click(await button("Send the edit"));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.command).toBe(
    '{"method":"tools/call","name":"refund","arguments":{"customer":{"name":"<PERSON_1>","address":{"city":"Basel"},"note":"moved"}}}',
  );
});

test("what the tool does not take is said beside its field, and can't be looked at as a difference", async () => {
  const sent = showCall(
    { ...call, command: call.command.replace('"amount":500,', "") },
    { amount: { type: "number", maximum: 1000 }, currency: { enum: ["EUR", "USD"] } },
  );
  fireEvent.click(await button("Edit"));
  fireEvent.change(await screen.findByRole("combobox"), { target: { value: '"USD"' } });
  fireEvent.change(screen.getByRole("textbox", { name: /^Why/ }), { target: { value: "Less." } });
  expect((await button("See the difference")).disabled).toBe(false);
  fireEvent.click(await button("Add amount"));
  const amount = await screen.findByRole("textbox", { name: /^amount/ });
  fireEvent.change(amount, { target: { value: "2000" } });
  await screen.findByText("Is out of bounds (it takes: number, to 1000).");
  await screen.findByText("amount is out of bounds (it takes: number, to 1000).");
  expect((await button("See the difference")).disabled).toBe(true);
  fireEvent.click(await button("Edit as JSON"));
  const field = await screen.findByRole("textbox", { name: "Arguments as JSON" });
  fireEvent.change(field, { target: { value: '{"currency":"GBP"}' } });
  expect(
    await screen.findAllByText("currency is none of what it takes: one of EUR, USD."),
  ).toHaveLength(2);
  fireEvent.change(field, { target: { value: '{"amount":7}' } });
  fireEvent.click(await button("See the difference"));
  fireEvent.click(await button("Send the edit"));
  await waitFor(() => expect(sent).toHaveLength(1));
});

test("an argument that is missing says so where it is to be added", async () => {
  showCall({ ...call, command: call.command.replace('"amount":500,', "") });
  fireEvent.click(await button("Edit"));
  await screen.findByText("Is missing (it takes: number).");
});
