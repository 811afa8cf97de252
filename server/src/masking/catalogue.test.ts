import assert from "node:assert/strict";
import { test } from "node:test";
import { catalogue } from "./catalogue.ts";
import { finder } from "./finder.test-support.ts";

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
