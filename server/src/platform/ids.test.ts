import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "./ids.ts";
import { randomBytes, randomHex, randomUint } from "./random.ts";

test("identifiers sort by time and never repeat", () => {
  const early = Array.from({ length: 1000 }, () => newId("act", 1_700_000_000_000));
  const late = Array.from({ length: 1000 }, () => newId("act", 1_700_000_000_001));
  assert.equal(new Set([...early, ...late]).size, 2000);
  assert.ok(early.every((id) => /^act_[0-9a-hjkmnp-tv-z]{26}$/.test(id)));
  assert.ok(early.toSorted().at(-1)! < late.toSorted()[0]!);
});

test("an identifier holds its time in its first ten characters", () => {
  assert.ok(newId("rev", 0).startsWith("rev_0000000000"));
  assert.ok(newId("rev", 2 ** 48 - 1).startsWith("rev_7zzzzzzzzz"));
});

test("random bytes that were handed out are never changed or handed out again", () => {
  const draws = Array.from({ length: 2000 }, () => randomBytes(32));
  const seen = draws.map((draw) => draw.toString("hex"));
  randomBytes(100_000);
  assert.deepEqual(
    draws.map((draw) => draw.toString("hex")),
    seen,
  );
  assert.equal(new Set(seen).size, seen.length);
});

test("random text and numbers are drawn from the same bytes, each once, and of their length", () => {
  const texts = Array.from({ length: 2000 }, () => randomHex(32));
  assert.ok(texts.every((text) => /^[0-9a-f]{64}$/.test(text)));
  const numbers = Array.from({ length: 2000 }, () => randomUint(5));
  assert.ok(numbers.every((number) => Number.isInteger(number) && number < 2 ** 40));
  assert.ok(numbers.some((number) => number >= 2 ** 39));
  assert.equal(new Set([...texts, ...numbers]).size, 4000);
});
