import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { canonicalize } from "#/core/canonical.ts";
import type { Json } from "#/core/json.ts";
import { type Mask, noObligations, type Obligations } from "#/core/obligation.ts";
import { maskTargetsOfSetMax } from "#/policy/set-problems.ts";
import { pendingReview, policySet } from "#/review/fixtures.test-support.ts";
import { leafBytesMax, parseLeaf } from "./leaf.ts";
import { seal } from "./log.test-support.ts";
import { readRecordedAction } from "./recorded-action.ts";
import { actionRecord } from "./records.ts";
import { reviewOpenedRecords } from "./review-records.ts";

const columns = (count: number, name = "c"): readonly Mask[] =>
  Array.from({ length: count }, (_, n) => ({
    target: { kind: "column", schema: "crm", table: "people", column: `${name}${n}` },
    masker: "tokenise",
  }));

function allowed(masks: readonly Mask[]) {
  const { action, digest } = pendingReview();
  const obligations = { ...noObligations, masks };
  const decision = { effect: "allow", reasons: [], obligations, policySet } as const;
  const draft = actionRecord(action, digest, decision, null, 0);
  const { leaf } = seal(draft);
  const parsed = parseLeaf(leaf) ?? assert.fail("a leaf");
  return { leaf, draft, read: readRecordedAction(parsed, draft.payload).masks };
}

const masksOf = (body: Readonly<Record<string, Json>>) =>
  (body["obligations"] as Readonly<Record<string, Json>>)["masks"];

test("few masks stand in the leaf itself, and not in the payload", () => {
  const { draft, read } = allowed(columns(2));
  const list = [
    { masker: "tokenise", target: "crm.people.c0" },
    { masker: "tokenise", target: "crm.people.c1" },
  ];
  assert.deepEqual(masksOf(draft.body), list);
  assert.deepEqual(read, list);
  assert.equal(draft.payload?.["masks"], undefined);
});

test("as many masks as a set may have are recorded: the leaf has their digest, the payload the list", () => {
  for (const count of [20, maskTargetsOfSetMax]) {
    const { leaf, draft, read } = allowed(columns(count, "é".repeat(60)));
    assert.ok(leaf.length < leafBytesMax / 2, String(leaf.length));
    assert.equal(read.length, count);
    const digest = hash("sha256", canonicalize(read as unknown as Json), "hex");
    assert.deepEqual(masksOf(draft.body), { count, digest });
  }
});

test("a review under as many masks and rules as there may be is recorded, too", () => {
  const groups = Array.from({ length: 10 }, (_, n) => ({
    group: `${n}${"g".repeat(40)}`,
    needed: 2,
  }));
  const obligations: Obligations = { ...noObligations, quorum: groups, masks: columns(500) };
  const rules = Array.from({ length: 1000 }, (_, n) => ({
    policy: `${n}`.padEnd(64, "p"),
    text: "It waits.",
  }));
  const review = pendingReview({ obligations, reasons: rules });
  for (const draft of reviewOpenedRecords(review, { ...review, effect: "review" })) {
    assert.ok(seal(draft).leaf.length <= leafBytesMax, draft.type);
  }
});
