import { expect, test } from "vitest";
import { actionSummary } from "../action.fixture.ts";
import { outcomeAdvice, outcomeWords } from "./outcome.ts";

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
  expect(
    outcomeWords({ ...actionSummary, decision: "allow", outcome: { type, detail, rows } }).text,
  ).toBe(_text);
});

test.each([
  ["execution.completed", null, "ran"],
  ["execution.completed", "tool_error", "ran, its tool reports an error"],
  ["execution.completed", "input_required", "ran, its server asks for more before it goes on"],
  ["execution.failed", "-32602", "failed, its server refused it with error -32602"],
  ["execution.unknown", null, "outcome unknown"],
])("%s with %s of a call is told as “%s”", (type, detail, text) => {
  const outcome = { type, detail, rows: null };
  const call = { ...actionSummary, verb: "mcp.call", decision: "allow", outcome } as const;
  expect(outcomeWords(call).text).toBe(text);
  expect(outcomeAdvice(call)).not.toMatch(/upstream|transaction|commit/);
});

test("an unknown or failed outcome is never told quietly", () => {
  for (const type of ["execution.failed", "execution.unknown"]) {
    expect(
      outcomeWords({
        ...actionSummary,
        decision: "review",
        reviewState: "approved",
        outcome: { type, detail: null, rows: null },
      }).tone,
    ).toBe("red");
  }
});

test("what never ran is not told as if it had", () => {
  const words = (changes: Partial<typeof actionSummary>) =>
    outcomeWords({ ...actionSummary, ...changes, outcome: null }).text;
  expect(words({ decision: "deny" })).toBe("did not run");
  expect(words({ decision: "review" })).toBe("has not run");
  expect(words({ decision: "allow" })).toBe("no outcome on record");
});

test("what is held is told by how its review stands: waiting, approved, or over", () => {
  const words = (reviewState: typeof actionSummary.reviewState) =>
    outcomeWords({ ...actionSummary, decision: "review", reviewState, outcome: null }).text;
  expect(words("pending")).toBe("waits for people");
  expect(words("approved")).toBe("has not run yet");
  for (const state of ["denied", "changes_requested", "expired", "cancelled", "voided"] as const) {
    expect(words(state)).toBe("did not run");
  }
});

test("what the gateway looked up itself is told as such, and not as if its outcome were missing", () => {
  const principal = { kind: "gateway", name: "gateway" };
  const look = { ...actionSummary, decision: "allow", principal, outcome: null } as const;
  expect(outcomeWords(look).text).toBe("a look of the gateway");
  expect(outcomeAdvice(look)).toMatch(/looked this up itself/);
  const measured = { type: "execution.rolled_back", detail: "preview", rows: 1 };
  expect(outcomeWords({ ...look, outcome: measured }).text).toMatch(/rolled back/);
});
