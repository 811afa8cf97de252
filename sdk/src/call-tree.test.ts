import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { callLine, callLines, parseCallTree, readCall } from "./call-tree.ts";
import { hostileTexts } from "./hostile-texts.test-support.ts";

test("a call is read with its name, its arguments and what goes with it", () => {
  const command =
    '{"method":"tools/call","name":"refund","arguments":{"amount":12345678901234567890,"to":["a"]},"_meta":{"x":1}}';
  const call = readCall(command);
  assert.equal(call?.name.value, "refund");
  assert.equal(call?.arguments?.kind, "object");
  assert.deepEqual(
    call?.besides.map(({ key }) => key),
    ["_meta"],
  );
  assert.deepEqual(callLines(command), [
    "{",
    '  "method": "tools/call",',
    '  "name": "refund",',
    '  "arguments": {',
    '    "amount": 12345678901234567890,',
    '    "to": [',
    '      "a"',
    "    ]",
    "  },",
    '  "_meta": {',
    '    "x": 1',
    "  }",
    "}",
  ]);
});

test("a masked number is a number, and each value says where it stands", () => {
  const command =
    '{"method":"tools/call","name":"a","arguments":{"ssn":<US_SSN_1>,"b":"<EMAIL_2>"}}';
  const args = readCall(command)?.arguments;
  assert.ok(args?.kind === "object");
  assert.deepEqual(
    args.items.map(({ kind, start, end }) => [kind, command.slice(start, end)]),
    [
      ["number", "<US_SSN_1>"],
      ["text", '"<EMAIL_2>"'],
    ],
  );
  const keys = args.items.map(({ keyStart }) => command.slice(keyStart ?? 0, (keyStart ?? 0) + 3));
  assert.deepEqual(keys, ['"ss', '"b"']);
  assert.equal(args.keyStart, command.indexOf('"arguments"'));
});

test("what is not wholly understood is no call, and is left to be shown as text", () => {
  for (const command of [
    "",
    "select 1",
    "{",
    '{"method":"tools/call"}',
    '{"method":"tools/call","name":1}',
    '{"name":"a","method":"tools/call"}',
    '{"method":"tools/call","name":"a","arguments":{},"arguments":{}}',
    '{"method":"tools/call","name":"a"} x',
    '{"method":"tools/call","name":"a","arguments":{"a":01}}',
    '{"method":"tools/call","name":"a","arguments":{"a":1,}}',
    `{"method":"tools/call","name":"a","arguments":${"[".repeat(200)}${"]".repeat(200)}}`,
  ]) {
    assert.equal(readCall(command), null, command);
  }
});

test("any JSON is read as it is: same values, same order, same keys", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const lines = callLines(text);
      const whole = lines?.join("").replaceAll(/(?<=\\n)"\s+"/g, "");
      assert.deepEqual(JSON.parse(whole ?? "!"), JSON.parse(text));
    }),
  );
});

test("a text of several lines is a string for each, which nothing in it can pass for another value", () => {
  assert.deepEqual(callLines(JSON.stringify({ body: 'Dear Ada,\n"amount": 1\n', a: 1 })), [
    "{",
    '  "body":',
    '    "Dear Ada,\\n"',
    '    "\\"amount\\": 1\\n",',
    '  "a": 1',
    "}",
  ]);
});

test("in a list a call is told by what follows its name", () => {
  const call = (rest: object) => JSON.stringify({ method: "tools/call", name: 'a"b', ...rest });
  assert.equal(
    callLine(call({ arguments: { to: ["x", "y"], a: { "b.c": 7, d: [{ e: null }] } } })),
    'to: "x", "y"; a."b.c": 7; a.d.e: null',
  );
  assert.equal(callLine(call({ arguments: { to: "x".repeat(99) } })), `to: "${"x".repeat(60)}…"`);
  assert.equal(callLine(call({ arguments: {} })), "without arguments");
  assert.equal(callLine(call({})), "without arguments");
  assert.equal(callLine(call({ arguments: { to: "x" } }).slice(0, -5)), '{"to":');
  assert.equal(callLine("select 1"), "select 1");
});

test("keys that stand twice stand twice", () => {
  assert.deepEqual(callLines('{"a":1,"a":2}'), ["{", '  "a": 1,', '  "a": 2', "}"]);
});

test("a hostile text stays one value in one line", () => {
  for (const { name, text } of hostileTexts) {
    const command = JSON.stringify({
      method: "tools/call",
      name: text,
      arguments: { [text]: text },
    });
    assert.equal(readCall(command)?.name.value, text, name);
    const lines = text.split(/(?<=\n)/).length;
    assert.equal(callLines(command)?.length, lines === 1 ? 7 : 7 + 2 * lines - 0, name);
  }
});

test("a long text with many escapes is read in one go", () => {
  const long = JSON.stringify({ a: '"\\\n'.repeat(300_000) });
  assert.equal(parseCallTree(long)?.kind, "object");
});
