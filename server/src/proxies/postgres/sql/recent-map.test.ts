import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createRecentMap } from "./recent-map.ts";

test("what was not used for the longest time is forgotten first", () => {
  const map = createRecentMap<number>(30);
  for (const [value, key] of ["a", "b", "c"].entries()) map.set(key, value, 10);
  assert.equal(map.get("a"), 0);
  map.set("d", 3, 10);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((key) => map.get(key)),
    [0, undefined, 2, 3],
  );
});

test("what is larger than the bound is not kept, and takes nothing away", () => {
  const map = createRecentMap<number>(30);
  map.set("a", 1, 10);
  map.set("b", 2, 31);
  assert.deepEqual([map.get("a"), map.get("b")], [1, undefined]);
});

const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];

test("what is kept never weighs more than the bound, and is what was set last", () => {
  const sets = fc.array(fc.tuple(fc.constantFrom(...keys), fc.nat({ max: 40 })));
  fc.assert(
    fc.property(sets, (entries) => {
      const map = createRecentMap<number>(100);
      const last = new Map<string, number>();
      for (const [key, bytes] of entries) {
        map.set(key, bytes, bytes);
        last.set(key, bytes);
        const kept = keys.map((name) => [name, map.get(name)] as const);
        assert.equal(map.get(key), bytes);
        assert.ok(kept.reduce((sum, [, value]) => sum + (value ?? 0), 0) <= 100);
        for (const [name, value] of kept) {
          if (value !== undefined) assert.equal(value, last.get(name));
        }
      }
    }),
  );
});
