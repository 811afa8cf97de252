import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { dotted, lastPart, partsOfName } from "./dotted-name.ts";

test("two names never look alike", () => {
  assert.equal(dotted(["public", "customers"]), "public.customers");
  assert.equal(dotted(["public.customers"]), '"public.customers"');
  assert.equal(dotted(['a"b', "C d"]), '"a""b".C d');
});

test("a name has the parts that it was made of, whatever is in them", () => {
  const part = fc.string({
    minLength: 1,
    maxLength: 5,
    unit: fc.constantFrom(".", '"', "a", "B ", "é"),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
      assert.deepEqual(partsOfName(dotted(parts)), parts);
      assert.equal(lastPart(dotted(parts)), parts.at(-1));
    }),
  );
});
