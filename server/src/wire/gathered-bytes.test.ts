import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { GatheredBytes } from "./gathered-bytes.ts";

test("however bytes are cut, they are whole and in order, and the pieces stay as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 }), (cut) => {
      const pieces = cut.map((bytes) => Buffer.from(bytes));
      const gathered = new GatheredBytes();
      for (const piece of pieces) gathered.add(piece);
      assert.equal(gathered.length, Buffer.concat(pieces).length);
      assert.deepEqual(gathered.take(), Buffer.concat(pieces));
      assert.deepEqual(
        pieces,
        cut.map((bytes) => Buffer.from(bytes)),
      );
      assert.equal(gathered.take().length, 0);
    }),
  );
});

test("what was taken is not written to by what comes next", () => {
  const gathered = new GatheredBytes();
  for (const letter of "whole") gathered.add(Buffer.from(letter));
  const whole = gathered.take();
  for (const letter of "other") gathered.add(Buffer.from(letter));
  assert.equal(whole.toString(), "whole");
});
