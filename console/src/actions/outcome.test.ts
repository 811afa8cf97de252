import { expect, test } from "vitest";
import { outcomeWords } from "./outcome.ts";

test.each([
  ["execution.completed", "DELETE 1", 1, "DELETE 1"],
  ["execution.completed", "SELECT 10", 10, "10 rows"],
  ["execution.completed", "SELECT 1", 1, "1 row"],
  ["execution.completed", null, 1200, "1,200 rows"],
  ["execution.completed", "CREATE TABLE", null, "CREATE TABLE"],
  ["execution.completed", null, null, "ran"],
  ["execution.committed", "UPDATE 3", 3, "UPDATE 3, committed"],
  ["execution.rolled_back", "UPDATE 3", 3, "UPDATE 3, rolled back"],
  ["execution.failed", "42501", null, "failed, 42501"],
  ["execution.failed", null, null, "failed"],
  ["execution.unknown", "DELETE 1", 1, "outcome unknown"],
  ["execution.claimed", null, null, "running"],
  ["execution.moved_on", null, null, "moved on"],
])("%s with %s and %s rows is told as “%s”", (type, detail, rows, _text) => {
  expect(outcomeWords({ decision: "allow", outcome: { type, detail, rows } }).text).toBe(_text);
});

test("an unknown or failed outcome is never told quietly", () => {
  for (const type of ["execution.failed", "execution.unknown"]) {
    expect(
      outcomeWords({ decision: "review", outcome: { type, detail: null, rows: null } }).tone,
    ).toBe("red");
  }
});

test("what never ran is not told as if it had", () => {
  expect(outcomeWords({ decision: "deny", outcome: null }).text).toBe("did not run");
  expect(outcomeWords({ decision: "review", outcome: null }).text).toBe("has not run");
  expect(outcomeWords({ decision: "allow", outcome: null }).text).toBe("no outcome on record");
});
