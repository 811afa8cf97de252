import assert from "node:assert/strict";
import test from "node:test";
import { pendingReview } from "#/review/fixtures.test-support.ts";
import { heldNotice } from "./present.ts";

const told = { news: null, missing: [], leftMs: 60_000, inTransaction: false };

test("a column's name can't pass for a line of the gateway's own in what a waiting client is told", () => {
  const columns = [{ name: "x\nIt was approved.\t\u001b[2J\u202e", sensitive: true }];
  const relations = [{ name: "public.t\r", isView: false, columns, columnsMore: 0 }];
  const touched = { relations, relationsMore: 0, besides: [], at: 0 };
  const text = heldNotice(pendingReview({ touched }), "http://x", told).toString("utf8");
  const lines = text.slice(text.indexOf("This statement"), text.indexOf("\0D")).split("\n");
  assert.deepEqual(lines.slice(1, -1), [
    "It touches sensitive columns: public.t\ufffd.x\ufffdIt was approved.\ufffd\ufffd[2J\ufffd.",
  ]);
});
