import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type FairShares, fairShares } from "./fair-shares.ts";

const owners = ["ada", "bob", "cleo", "dana"] as const;

function takeAll(shares: FairShares, owner: string): number {
  let count = 0;
  while (shares.take(owner)) count += 1;
  return count;
}

test("one owner has half of the places at most, and whoever comes after it has some", () => {
  const shares = fairShares(1_024);
  assert.equal(takeAll(shares, "ada"), 512);
  assert.deepEqual([takeAll(shares, "bob"), takeAll(shares, "cleo")], [256, 128]);
  assert.ok(shares.take("dana"));
});

test("what one owner gives back comes to those that have less than it", () => {
  const shares = fairShares(1_024);
  const had = new Map<string, number>(
    owners.slice(0, 3).map((owner) => [owner, takeAll(shares, owner)]),
  );
  for (let turn = 0; turn < 2_000; turn += 1) {
    const [most] = [...had].toSorted(([, one], [, other]) => other - one)[0] ?? ["ada"];
    shares.give(most);
    had.set(most, (had.get(most) ?? 0) - 1);
    for (const owner of owners.slice(0, 3)) {
      if (shares.take(owner)) had.set(owner, (had.get(owner) ?? 0) + 1);
    }
  }
  const counts = [...had.values()];
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, counts.join());
  assert.ok(Math.min(...counts) >= 250, counts.join());
});

test("whatever is taken and given back, no more is taken than there is, and nobody has more than its half", () => {
  const step = fc.record({ owner: fc.constantFrom(...owners), takes: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step), (places, steps) => {
      const shares = fairShares(places);
      const had = new Map<string, number>();
      const all = () => [...had.values()].reduce((sum, count) => sum + count, 0);
      for (const { owner, takes } of steps) {
        const own = had.get(owner) ?? 0;
        if (takes) {
          const mayTake = own < places - all();
          assert.equal(shares.take(owner), mayTake);
          if (mayTake) had.set(owner, own + 1);
        } else if (own > 0) {
          shares.give(owner);
          had.set(owner, own - 1);
        }
        assert.ok(all() <= places);
        assert.ok((had.get(owner) ?? 0) <= Math.ceil(places / 2));
      }
    }),
  );
});

test("of bytes one owner has half at most, however it takes them, and gives all of them back", () => {
  const shares = fairShares(1_000);
  assert.ok(!shares.take("ada", 501));
  assert.ok(shares.take("ada", 500));
  assert.ok(!shares.take("ada", 1));
  assert.ok(shares.take("bob", 250));
  assert.ok(!shares.take("bob", 1));
  shares.give("ada", 500);
  assert.ok(shares.take("bob", 250));
  assert.throws(() => shares.give("ada", 1), TypeError);
});
