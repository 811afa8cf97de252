import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { digitsOfNumber } from "./number-text.ts";
import { mayBeLong } from "./value-bytes.ts";

test("a number of which nothing can be made is told by its bytes, and no other is", () => {
  const digits = fc.stringMatching(/^-?\d{0,12}(?:[.,]\d{0,4}){0,3}(?:e[+-]?\d{1,2})?$/);
  fc.assert(
    fc.property(digits, fc.constantFrom("", "$", "€ "), (number, currency) => {
      const text = currency + number;
      const bytes = Buffer.from(text);
      if (!mayBeLong(bytes, 0, bytes.length)) assert.equal(digitsOfNumber(text), null, text);
    }),
    { numRuns: 5000 },
  );
  for (const text of ["19.99", "-123456", "123456.789", "0.4111111111111111"])
    assert.equal(mayBeLong(Buffer.from(text), 0, text.length), false, text);
});
