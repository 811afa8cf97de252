/** Whether a value survives the way through JSON text. */
import assert from "node:assert/strict";

/**
 * Throws for what JSON text would drop or turn into null (undefined, NaN, functions, bigint): a record must
 * not lose a value on its way without anybody's notice.
 */
export function assertJson(value: unknown): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      assert(Number.isFinite(value), "a number without a JSON form");
      return;
    case "object":
      if (value === null) return;
      if (Array.isArray(value)) {
        // By index: `for of` skips nothing, but takes four times as long here.
        for (let index = 0; index < value.length; index += 1) assertJson(value[index]);
        return;
      }
      for (const key in value) assertJson((value as Readonly<Record<string, unknown>>)[key]);
      return;
    default:
      assert.fail(`a ${typeof value} has no JSON form`);
  }
}
