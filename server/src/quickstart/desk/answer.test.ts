import assert from "node:assert/strict";
import { test } from "node:test";
import { answerLine } from "./answer.ts";
import { deskTools } from "./tools.ts";

function ask(...messages: readonly object[]) {
  const tools = deskTools();
  return messages.map((message) => {
    const answer = answerLine(JSON.stringify({ jsonrpc: "2.0", ...message }), tools);
    return answer === null ? null : (JSON.parse(answer) as Answer);
  });
}

interface Answer {
  readonly id: unknown;
  readonly result?: {
    readonly protocolVersion?: string;
    readonly isError?: boolean;
    readonly content?: readonly { readonly text: string }[];
    readonly tools?: readonly { readonly name: string }[];
  };
  readonly error?: { readonly code: number };
}

const call = (name: string, args: object) => {
  return { id: 1, method: "tools/call", params: { name, arguments: args } };
};
const said = (answer: Answer | null | undefined) => answer?.result?.content?.[0]?.text;

test("the desk speaks the revision that it is asked for, or its newest", () => {
  const version = (asked: string) =>
    ask({ id: 1, method: "initialize", params: { protocolVersion: asked } })[0]?.result;
  assert.equal(version("2025-03-26")?.protocolVersion, "2025-03-26");
  assert.equal(version("2026-07-28")?.protocolVersion, "2025-11-25");
});

test("a refund adds up, and what is called wrongly is said to the model", () => {
  const [first, second, none, half] = ask(
    call("refund", { ticket: 1, amount: 40 }),
    call("refund", { ticket: 1, amount: 2 }),
    call("refund", { ticket: 9, amount: 2 }),
    call("refund", { ticket: 1, amount: 0.5 }),
  );
  assert.match(said(first) ?? "", /40 EUR in all/);
  assert.match(said(second) ?? "", /42 EUR in all/);
  assert.deepEqual([none?.result?.isError, said(none)], [true, "There is no ticket #9."]);
  assert.equal(half?.result?.isError, true);
});

test("what is no request gets no answer, and what is not known an error", () => {
  const [notification, unknown, tool] = ask(
    { method: "notifications/initialized" },
    { id: 2, method: "resources/list" },
    call("drop", {}),
  );
  assert.equal(notification, null);
  assert.deepEqual([unknown?.id, unknown?.error?.code], [2, -32_601]);
  assert.equal(tool?.error?.code, -32_602);
  assert.match(answerLine("no JSON", deskTools()) ?? "", /-32700/);
  assert.match(answerLine("null", deskTools()) ?? "", /-32700/);
});
