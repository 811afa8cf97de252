import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as assertProperty, jsonValue, property } from "fast-check";
import { canonicalize } from "./canonical.ts";
import type { Json } from "./json.ts";

test("RFC 8785 §3.2.2: the example of the standard", () => {
  const value = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
    literals: [null, true, false],
  };
  assert.equal(
    canonicalize(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test("RFC 8785 §3.2.3: keys are sorted by UTF-16 code units", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const keys = [...canonicalize(value).matchAll(/"([^"]+)":/g)].map(([, key]) => key);
  assert.deepEqual(keys, ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"]);
});

test("RFC 8785 appendix B: numbers have ECMAScript's form", () => {
  const cases: readonly (readonly [number, string])[] = [
    [-0, "0"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [9007199254740992, "9007199254740992"],
    [295147905179352830000, "295147905179352830000"],
    [1e21, "1e+21"],
    [999999999999999900000, "999999999999999900000"],
    [0.000001, "0.000001"],
    [1e-7, "1e-7"],
  ];
  for (const [value, text] of cases) assert.equal(canonicalize(value), text);
});

test("what has no canonical form throws instead of vanishing", () => {
  const unfit: readonly unknown[] = [undefined, Number.NaN, Infinity, "\ud800", 1n, () => 1];
  for (const value of unfit) {
    assert.throws(() => canonicalize(value as Json));
    assert.throws(() => canonicalize({ member: value as Json }));
    assert.throws(() => canonicalize([value as Json]));
  }
});

test("a text that looks like the escape of a lone surrogate is a text, and a lone surrogate beside it throws", () => {
  const text = "\\ud800";
  assert.equal(canonicalize({ a: text, b: 1 }), '{"a":"\\\\ud800","b":1}');
  assert.throws(() => canonicalize({ a: text, b: "\ud800" }));
  assert.throws(() => canonicalize({ "\udc00": text }));
});

test("what is missing from a list is no JSON, though everything else stands in order", () => {
  const holed: Json[] = [1];
  holed[2] = 2;
  assert.throws(() => canonicalize(holed));
});

test("the canonical form reads back as the same value, whatever the order of its keys was", () => {
  assertProperty(
    property(jsonValue(), (value) => {
      const text = canonicalize(value as Json);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalize(shuffled(value as Json)), text);
    }),
  );
});

function shuffled(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}
