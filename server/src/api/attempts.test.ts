import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import {
  addressKey,
  attemptKeysMax,
  attemptsMax,
  attemptsWindowMs,
  createAttempts,
} from "./attempts.ts";

test("a key is exhausted after its failures, alone, and until the window ends", () => {
  const clock = manualClock(0);
  const attempts = createAttempts(clock);
  for (let count = 1; count < attemptsMax; count += 1) attempts.failed("a");
  assert.equal(attempts.exhausted("a"), false);
  attempts.failed("a");
  assert.equal(attempts.exhausted("a"), true);
  assert.equal(attempts.exhausted("b"), false);
  clock.advance(attemptsWindowMs - 1);
  assert.equal(attempts.exhausted("a"), true);
  clock.advance(1);
  assert.equal(attempts.exhausted("a"), false);
});

test("memory is bounded: the key that has failed least lately is forgotten", () => {
  const attempts = createAttempts(manualClock(0));
  const exhaust = (key: string) => {
    for (let count = 0; count < attemptsMax; count += 1) attempts.failed(key);
  };
  exhaust("first");
  exhaust("second");
  for (let count = 0; count < attemptKeysMax - 2; count += 1) attempts.failed(`other ${count}`);
  attempts.failed("first");
  attempts.failed("one more");
  assert.equal(attempts.exhausted("second"), false);
  assert.equal(attempts.exhausted("first"), true);
});

test("one host is one key, however it is written and whichever of its addresses it uses", () => {
  const same: readonly (readonly [string, string])[] = [
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:0:1::1", "2001:db8:0:1:ffff:2:3:4"],
    ["2001:DB8::1", "2001:db8:0:0:9::"],
    ["::1", "0:0:0:0:0:0:0:1"],
    ["fe80::1%eth0", "fe80::2"],
  ];
  for (const [one, other] of same) assert.equal(addressKey(one), addressKey(other), one);
  assert.notEqual(addressKey("2001:db8:0:1::1"), addressKey("2001:db8:0:2::1"));
  assert.notEqual(addressKey("10.0.0.1"), addressKey("10.0.0.2"));
});
