import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { jsonLeaves, pathText, roundedPaths } from "./json-leaves.ts";

void test("every string and number of a call is told with its place and the keys that lead to it", () => {
  const text =
    '{"method":"tools/call","name":"pay","arguments":{"to":"ada@shop.example","amount":12.50,"notes":[{"text":"für {\\"x\\": 1}, \\\\"}],"a.b":{"":-1e3},"ok":true}}';
  const told = jsonLeaves(text).map(({ start, end, kind, column }) => [
    column,
    kind,
    Buffer.from(text).toString("utf8", start, end),
  ]);
  assert.deepEqual(told, [
    ["method", "string", '"tools/call"'],
    ["name", "string", '"pay"'],
    ["arguments.to", "string", '"ada@shop.example"'],
    ["arguments.amount", "number", "12.50"],
    ["arguments.notes.text", "string", '"für {\\"x\\": 1}, \\\\"'],
    ['arguments."a.b".""', "number", "-1e3"],
  ]);
});

void test("the leaves of any JSON text are its strings and numbers, in their order", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      const bytes = Buffer.from(text);
      const told = jsonLeaves(text).map(({ start, end, column }) => {
        return [column, JSON.parse(bytes.toString("utf8", start, end)) as unknown];
      });
      assert.deepEqual(told, leavesOf(JSON.parse(text), []));
    }),
  );
});

void test("a number whose digits would be lost is told, however it is written", () => {
  const held = [
    "0",
    "-0",
    "0.0",
    "1",
    "1.0",
    "10e-1",
    "12.50",
    "0.1",
    "1e21",
    "-1.5E+3",
    "9007199254740992",
    "123456789012345",
  ];
  const lost = [
    "9007199254740993",
    "100.00000000000000001",
    "1e-400",
    "1e400",
    "0.10000000000000000001",
  ];
  const text = `{"a":[${[...held, ...lost].join()}],"b":[${held.join()}],"c":{"d":${lost[0]}}}`;
  assert.deepEqual(roundedPaths(text, jsonLeaves(text)), ["a", "c.d"]);
  for (const number of lost)
    assert.deepEqual(roundedPaths(number, jsonLeaves(number)), [""], number);
});

void test("no number that JavaScript writes is lost", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = JSON.stringify(number);
      assert.deepEqual(roundedPaths(text, jsonLeaves(text)), []);
    }),
  );
});

function leavesOf(value: unknown, keys: readonly string[]): unknown[] {
  if (typeof value === "string" || typeof value === "number") {
    return [[keys.length === 0 ? null : pathText(keys), value]];
  }
  if (Array.isArray(value)) return value.flatMap((each) => leavesOf(each, keys));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...keys, key]));
}
