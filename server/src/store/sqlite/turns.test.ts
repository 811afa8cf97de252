import assert from "node:assert/strict";
import { test } from "node:test";
import { draft, pendingReview } from "#/store/conformance/fixtures.ts";
import { askerOf, createTurns } from "./turns.ts";

test("whoever asks once waits behind one of each other, not behind all that one has piled up", () => {
  const turns = createTurns<string>();
  for (const entry of ["a1", "a2", "a3", "a4"]) turns.add("a", entry);
  assert.equal(turns.take(), "a1");
  turns.add("b", "b1");
  turns.add("c", "c1");
  turns.add("b", "b2");
  const rest = Array.from({ length: turns.size }, () => turns.take());
  assert.deepEqual(rest, ["a2", "b1", "c1", "a3", "b2", "a4"]);
  assert.equal(turns.take(), undefined);
  assert.equal(turns.size, 0);
});

test("agents take turns among each other, and what people do with a review has one of its own", () => {
  const review = pendingReview("a");
  const principal = { kind: "agent", name: "importer" } as const;
  const records = [draft("a"), draft("b", { body: { principal } })];
  const opened = askerOf({ verb: "openReview", review, openMax: 1, records: [] });
  assert.equal(askerOf({ verb: "append", records }), opened);
  assert.notEqual(
    askerOf({
      verb: "append",
      records: [draft("c", { body: { principal: { kind: "agent", name: "other" } } })],
    }),
    opened,
  );
  assert.notEqual(askerOf({ verb: "saveReview", review, records }), opened);
  assert.equal(typeof askerOf({ verb: "append", records: [] }), "string");
});
