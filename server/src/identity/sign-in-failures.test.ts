import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordDraft } from "#/core/record.ts";
import { manualClock } from "#/platform/clock.ts";
import { aggregateMs, countSignInFailures } from "./sign-in-failures.ts";

test("failed sign-ins become one record for each listener and minute, however many there are", () => {
  const records: RecordDraft[] = [];
  const clock = manualClock(1000);
  const failures = countSignInFailures((record) => records.push(record), clock);
  for (let count = 0; count < 10_000; count += 1) failures.note("postgres");
  failures.note("api");
  assert.deepEqual(records, []);
  clock.advance(aggregateMs);
  const since = new Date(1000).toISOString();
  assert.deepEqual(
    records.map(({ type, body }) => [type, body]),
    [
      ["sign_in.failed", { listener: "postgres", count: 10_000, since }],
      ["sign_in.failed", { listener: "api", count: 1, since }],
    ],
  );
  clock.advance(aggregateMs);
  assert.equal(records.length, 2, "without a failure there is no record");
  failures.note("api");
  clock.advance(aggregateMs);
  assert.equal(records.length, 3);
});

test("what was counted when the gateway stops is recorded before it has, once", async () => {
  const records: RecordDraft[] = [];
  const clock = manualClock(1000);
  const failures = countSignInFailures((record) => records.push(record), clock);
  for (const listener of ["mcp", "mcp", "api"] as const) failures.note(listener);
  await failures.close();
  assert.deepEqual(
    records.map(({ body }) => [body["listener"], body["count"]]),
    [
      ["mcp", 2],
      ["api", 1],
    ],
  );
  clock.advance(aggregateMs);
  assert.equal(records.length, 2);
});
