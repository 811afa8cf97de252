import assert from "node:assert/strict";
import { test } from "node:test";
import { healthDetail } from "./health-text.ts";
import type { Health } from "./wire/connection.ts";

test("a connection that fails says why, and one that is reached what is there", () => {
  const health: Health = {
    state: "reachable",
    since: "2026-11-26T08:00:00.000Z",
    heardAt: "2026-11-26T08:00:00.000Z",
    failure: null,
    serverVersion: "18.1",
  };
  assert.equal(healthDetail(health), "PostgreSQL 18.1");
  const failure = { code: "upstream.unreachable", message: "It can't be reached." };
  assert.equal(healthDetail({ ...health, state: "failing", failure }), "It can't be reached.");
  assert.equal(healthDetail({ ...health, state: "unknown", serverVersion: null }), null);
});
