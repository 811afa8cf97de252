import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { objectOf } from "#/proxies/mcp/json/json-value.ts";
import { isSameId, type Message, MessageProblem, parseMessage } from "./codec.ts";

const bytesOf = (text: string) => Buffer.from(text, "utf8");
const read = (text: string): Message => parseMessage(bytesOf(text));

function refused(bytes: Uint8Array): { readonly code: number; readonly id: string | null } {
  try {
    parseMessage(bytes);
  } catch (error) {
    assert.ok(error instanceof MessageProblem, String(error));
    return { code: error.code, id: error.id };
  }
  throw new Error("it was taken");
}

test("a request is read with its id as it was written", () => {
  const message = read(
    '{"jsonrpc":"2.0","id":"a\\u0062","method":"tools/call","params":{"name":"x"}}',
  );
  assert.ok(message.kind === "request");
  assert.equal(message.id, '"a\\u0062"');
  assert.equal(message.method, "tools/call");
  assert.deepEqual(message.params && objectOf(message.params), { name: "x" });
});

test("what has no id is a notification, and what has no method an answer", () => {
  assert.equal(read('{"jsonrpc":"2.0","method":"notifications/initialized"}').kind, "notification");
  assert.equal(read('{"jsonrpc":"2.0","id":1,"result":{}}').kind, "response");
  assert.equal(read('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}').kind, "response");
});

const hostile: readonly (readonly [what: string, text: string, code: number])[] = [
  ["no JSON", "{", -32_700],
  ["something behind the message", '{"jsonrpc":"2.0","method":"ping"} {}', -32_700],
  ["a byte order mark", '\uFEFF{"jsonrpc":"2.0","method":"ping"}', -32_700],
  ["a number with a leading zero", '{"jsonrpc":"2.0","id":01,"method":"ping"}', -32_700],
  ["a line break within a text", '{"jsonrpc":"2.0","method":"pi\nng"}', -32_700],
  ["an unknown escape", '{"jsonrpc":"2.0","method":"pi\\xng"}', -32_700],
  ["a comma too many", '{"jsonrpc":"2.0","method":"ping",}', -32_700],
  [
    "a key that stands twice",
    '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
    -32_600,
  ],
  [
    "a key that stands twice in two spellings",
    '{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":1,"\\u0061":2}}',
    -32_600,
  ],
  ["half a surrogate pair", '{"jsonrpc":"2.0","method":"\\ud800"}', -32_600],
  ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32_600],
  ["an empty batch", "[]", -32_600],
  ["no object", '"ping"', -32_600],
  ["another version of JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32_600],
  ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32_600],
  ["an id that is not whole", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32_600],
  [
    "an id that no double holds",
    '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}',
    -32_600,
  ],
  ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":7}', -32_600],
  ["params that are a list", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32_600],
  ["a member that nobody knows", '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"x"}', -32_600],
  ["an answer with both", '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', -32_600],
  ["an answer to nothing", '{"jsonrpc":"2.0","result":{}}', -32_600],
];

for (const [what, text, code] of hostile) {
  test(`${what} is refused`, () => {
    assert.equal(refused(bytesOf(text)).code, code);
  });
}

test("what is no UTF-8 is refused", () => {
  const bytes = Buffer.concat([
    bytesOf('{"jsonrpc":"2.0","method":"'),
    Buffer.of(0xc3, 0x28),
    bytesOf('"}'),
  ]);
  assert.equal(refused(bytes).code, -32_700);
});

test("a message that is wrong behind its id is refused under its id", () => {
  assert.equal(refused(bytesOf('{"id":7,"jsonrpc":"2.0","method":1}')).id, "7");
});

test("nothing is read that is nested deeper, or has more values, than the bound", () => {
  const nested = (depth: number) =>
    `{"jsonrpc":"2.0","method":"x","params":{"a":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
  assert.equal(read(nested(62)).kind, "notification");
  assert.equal(refused(bytesOf(nested(63))).code, -32_600);
  assert.equal(refused(bytesOf(nested(1_000_000))).code, -32_600);
  const many = (count: number) =>
    `{"jsonrpc":"2.0","method":"x","params":{"a":[${Array.from({ length: count }, () => 0).join()}]}}`;
  assert.equal(read(many(249_990)).kind, "notification");
  assert.equal(refused(bytesOf(many(250_000))).code, -32_600);
});

test("an object of thousands of keys is read, and a second one of them found", () => {
  const keys = Array.from({ length: 5_000 }, (_, at) => `"k${at}":${at}`).join();
  const message = (more: string) => `{"jsonrpc":"2.0","method":"x","params":{${keys}${more}}}`;
  assert.equal(read(message("")).kind, "notification");
  assert.equal(refused(bytesOf(message(',"k4999":0'))).code, -32_600);
});

test("what ECMAScript's JSON reads, this reads to the same", () => {
  const parameters = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(parameters, fc.constantFrom(0, 1, 2), (params, indent) => {
      const text = JSON.stringify({ jsonrpc: "2.0", method: "x", params }, null, indent);
      const meant = (JSON.parse(text) as { readonly params: unknown }).params;
      if (!JSON.stringify(meant).isWellFormed() || /\\ud[89a-f]/i.test(text)) return;
      const message = read(text);
      assert.ok(message.kind === "notification" && message.params !== null);
      assert.deepEqual(JSON.parse(JSON.stringify(objectOf(message.params))), meant);
    }),
  );
});

test("what ECMAScript's JSON does not read, this does not read either", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('{}[]:,"\\ \n01-.eE+tfn\u0007x')) }),
      (text) => {
        const isJson = (() => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        if (!isJson) assert.equal(refused(bytesOf(text)).code, -32_700);
      },
    ),
  );
});

test("an id is the same in both its spellings, and a number is no text", () => {
  assert.ok(isSameId('"a"', '"\\u0061"'));
  assert.ok(isSameId("1", "1.0"));
  assert.ok(!isSameId("1", '"1"'));
});
