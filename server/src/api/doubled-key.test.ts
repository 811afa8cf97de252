import assert from "node:assert/strict";
import { test } from "node:test";
import { hasDoubledKey } from "./doubled-key.ts";

const doubled = [
  '{"verdict": "deny", "verdict": "approve"}',
  '{"verdict": "deny", "verd\\u0069ct" : "approve"}',
  '{"a": {"b": [1, {"c": 1, "c": 2}]}}',
  '{"a": "}", "b": "{\\"a\\": 1", "a": 1}',
  '{"": 1, "": 2}',
  '{"a": [{}], "a": 1}',
];

const distinct = [
  "",
  "[]",
  '{"a": {"a": [{"a": 1}, {"a": 1}]}, "b": "a"}',
  '{"a": "\\"a\\": 1", "b": "\\\\"}',
  '["a", "a"]',
  '{"a": "b", "b": "a"}',
  '{"a": "x\\" : ", "x": 1}',
];

test("two values under one name are found, however the name is spelt and wherever it stands", () => {
  for (const text of doubled) {
    assert.doesNotThrow(() => JSON.parse(text), text);
    assert.equal(hasDoubledKey(text), true, text);
  }
});

test("the same name in two objects, in a list or in a text is no double", () => {
  for (const text of distinct) assert.equal(hasDoubledKey(text), false, text);
});

test("no part of a text without an end is looked at again and again", () => {
  assert.equal(hasDoubledKey(`{"a": "${'\\"'.repeat(100_000)}`), false);
  assert.equal(hasDoubledKey(`{"a": "${"\\\\".repeat(100_000)}`), false);
});
