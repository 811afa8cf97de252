import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createFinder } from "#/masking/finder.ts";
import { parseUserPattern } from "./user-pattern.ts";

function finderOf(...patterns: readonly string[]) {
  const added = patterns.map((pattern, index) => {
    const parsed = parseUserPattern({ name: `pattern-${index}`, pattern });
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
    return parsed.rule;
  });
  return createFinder({ added, entities: new Set(["user_pattern"]) });
}

function matchesOf(pattern: string, text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return finderOf(pattern)
    .find(text)
    .map(({ start, end }) => bytes.subarray(start, end).toString());
}

test("a pattern matches as regular expressions do, the longest counts", () => {
  assert.deepEqual(matchesOf("EMP-\\d{6}", "see EMP-123456 and EMP-12"), ["EMP-123456"]);
  assert.deepEqual(
    matchesOf("(?i)case[- ]?(?:no|number)?[:#]? ?[0-9]+", "CASE no: 4711, case-17"),
    ["CASE no: 4711", "case-17"],
  );
  assert.deepEqual(matchesOf("abc(d|de|def)g?", "abcdefg"), ["abcdefg"]);
  assert.deepEqual(matchesOf("\\bkey_[^ \\t]+", "monkey_x key_a-b c"), ["key_a-b"]);
  assert.deepEqual(matchesOf("größe: \\d+", "größe: 42"), ["größe: 42"]);
});

test("what a pattern finds is what JavaScript's own engine finds at the same places", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "[ab]",
    ".",
    "(a|bb)",
    "a?",
    "b*",
    "(ab)+",
    "c{1,3}",
    "\\d",
  );
  const tails = fc.sample(fc.array(piece, { maxLength: 6 }), { numRuns: 80, seed: 7 });
  const patterns = tails.map(
    (parts, index) => `x${String(index).padStart(2, "0")}${parts.join("")}`,
  );
  // All in one finder: building its automaton takes longer than all of its matches.
  const finder = finderOf(...patterns);
  const rests = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "\n"), maxLength: 20 });
  fc.assert(
    fc.property(fc.nat(patterns.length - 1), rests, (index, rest) => {
      const pattern = patterns[index] ?? "";
      const text = `${pattern.slice(0, 3)}${rest}`;
      const [found] = finder.find(text);
      const ours = found === undefined ? null : text.slice(found.start, found.end);
      const whole = new RegExp(`^(?:${pattern})$`);
      const beginnings = Array.from(text, (_, length) => text.slice(0, length + 1));
      assert.equal(ours, beginnings.findLast((each) => whole.test(each)) ?? null);
    }),
    { numRuns: 2000 },
  );
});

test("a pattern that makes others slow is linear here", () => {
  const finder = finderOf("xyz(a+)+(a|aa)*(a?){30}b");
  const findings = finder.find(`xyz${"a".repeat(100_000)}`);
  assert.ok(findings.length <= 1);
});

test("what can't be run in linear time, or has nothing to be found by, is refused with its reason", () => {
  for (const pattern of [
    "\\d{6}",
    "ab",
    "abc(?=d)",
    "abc\\1",
    "^abcd",
    "abcd$",
    "abc(",
    "abc)",
    "abc[",
    "abc*{2}{600}",
    "abc(a{500}){500}",
    "x".repeat(501),
    "abc[z-a]",
    "abc\\q",
    "abc|",
  ]) {
    const parsed = parseUserPattern({ name: "p", pattern });
    assert.equal(parsed.ok, false, pattern);
    assert.ok(!parsed.ok && parsed.message.length > 5);
  }
});
