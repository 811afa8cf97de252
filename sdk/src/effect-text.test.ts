import assert from "node:assert/strict";
import { test } from "node:test";
import { effectText } from "./effect-text.ts";
import type { Effect } from "./wire/effect.ts";

test("an effect is said with how it is known, one row as one, and no number where it is unknown", () => {
  const effect: Effect = {
    basis: "measured",
    rows: 1,
    at: "2026-11-26T08:00:00.000Z",
    reason: null,
    caveat: null,
    sample: null,
  };
  assert.equal(effectText(effect), "1 row, measured");
  assert.equal(effectText({ ...effect, rows: 0 }), "0 rows, measured");
  assert.equal(
    effectText({ ...effect, basis: "estimated", rows: 12_345 }),
    "about 12,345 rows, estimated by the planner",
  );
  assert.equal(
    effectText({ ...effect, basis: "unknown", rows: null, reason: "It has triggers." }),
    "unknown: It has triggers.",
  );
});
