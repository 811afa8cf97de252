import { withArguments } from "@countersign/sdk/call-tree";
import { expect, test } from "vitest";
import {
  argumentsOf,
  prettyText,
  readArguments,
  typedArguments,
  withArgument,
  writtenAs,
} from "./call-edit.ts";

const held =
  '{"method":"tools/call","name":"refund","arguments":{"amount":1.50,"ssn":<US_SSN_1>,"to":"<EMAIL_1>"},"_meta":{"a":1}}';

test("one argument is changed, added or left out, and the rest stays as it is written", () => {
  const text = argumentsOf(held) ?? "";
  expect(withArgument(text, "amount", "2")).toBe('{"amount":2,"ssn":<US_SSN_1>,"to":"<EMAIL_1>"}');
  expect(withArgument(text, "note", '"x"')).toBe(
    '{"amount":1.50,"ssn":<US_SSN_1>,"to":"<EMAIL_1>","note":"x"}',
  );
  expect(withArgument(text, "ssn", null)).toBe('{"amount":1.50,"to":"<EMAIL_1>"}');
  expect(withArguments(held, withArgument(text, "amount", "2"))).toBe(held.replace("1.50", "2"));
});

test("a call without arguments gets some in their place", () => {
  const bare = '{"method":"tools/call","name":"refund","_meta":{"a":1}}';
  expect(argumentsOf(bare)).toBe("{}");
  expect(withArguments(bare, '{"a":1}')).toBe(
    '{"method":"tools/call","name":"refund","arguments":{"a":1},"_meta":{"a":1}}',
  );
});

test("what is typed as JSON and is none yet is told apart from what stands around it", () => {
  for (const typed of ['{"amount":', "", '{"amount":1.50,}', '}"}']) {
    expect(typedArguments(withArguments(held, typed), held)).toBe(typed);
  }
});

test("laid out in lines it is the same, masked numbers and digits included", () => {
  const text = argumentsOf(held) ?? "";
  expect(prettyText(text)).toBe(
    '{\n  "amount": 1.50,\n  "ssn": <US_SSN_1>,\n  "to": "<EMAIL_1>"\n}',
  );
  expect(readArguments(prettyText(text))?.map(({ name, text: each }) => [name, each])).toEqual([
    ["amount", "1.50"],
    ["ssn", "<US_SSN_1>"],
    ["to", '"<EMAIL_1>"'],
  ]);
});

test("a field's text is written as its kind, or not yet", () => {
  expect(writtenAs("text", 'a "b"\n')).toBe('"a \\"b\\"\\n"');
  expect(writtenAs("number", "1.")).toBe(null);
  expect(writtenAs("number", " 1.0 ")).toBe("1.0");
  expect(writtenAs("number", "<US_SSN_1>")).toBe("<US_SSN_1>");
  expect(writtenAs("json", "[1,")).toBe(null);
});
