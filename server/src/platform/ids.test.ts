import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "./ids.ts";
import { randomBytes } from "./random.ts";

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
