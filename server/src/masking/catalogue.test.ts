import assert from "node:assert/strict";
import { test } from "node:test";
import { catalogue } from "./catalogue.ts";
import { createFinder } from "./finder.ts";

const finder = createFinder();

for (const [entity, { examples }] of Object.entries(catalogue)) {
  test(`every example of ${entity} is found as that, and as nothing else`, () => {
    for (const example of examples) {
      assert.deepEqual(
        finder.find(example).map((finding) => finding.entity),
        [entity],
        example,
      );
    }
  });
}
