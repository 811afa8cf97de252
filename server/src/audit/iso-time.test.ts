import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createIsoTime } from "./iso-time.ts";

test("times are spelled as Date does, whatever was spelled before", () => {
  const time = fc.oneof(
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
    fc.integer({ min: -3000, max: 3000 }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constantFrom(8.64e15, 8.64e15 + 1, -8.64e15 - 1, Number.NaN, Number.POSITIVE_INFINITY),
  );
  const spelled = (spell: () => string) => {
    try {
      return spell();
    } catch {
      return "none";
    }
  };
  fc.assert(
    fc.property(fc.array(time, { minLength: 1 }), (times) => {
      const isoTime = createIsoTime();
      for (const at of times) {
        assert.equal(
          spelled(() => isoTime(at)),
          spelled(() => new Date(at).toISOString()),
        );
      }
    }),
    { numRuns: 1000 },
  );
});
