import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidUnder } from "./input-schema.ts";

const isRefused = (schema: object, value: unknown) =>
  invalidUnder(
    { type: "object", properties: { a: schema as never } },
    JSON.stringify({ a: value }),
  ) !== null;

test("an amount in parts of one is refused only where it surely is no multiple", () => {
  for (const [limit, values] of [
    [0.01, [0.07, 1.1, 19.99, 4.35, 1e15, 0]],
    [0.0001, [0.0075]],
    [1e-8, [12_391_239_123]],
    [5, [10, -15, 0]],
  ] as const) {
    for (const value of values) assert.equal(isRefused({ multipleOf: limit }, value), false);
  }
  assert.equal(isRefused({ multipleOf: 5 }, 12), true);
  assert.equal(isRefused({ multipleOf: 7 }, Number.MAX_SAFE_INTEGER - 1), true);
});
