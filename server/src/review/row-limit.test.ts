import assert from "node:assert/strict";
import { test } from "node:test";
import { actionDigest } from "#/core/digest.ts";
import type { Review } from "#/core/review.ts";
import {
  action,
  apply,
  caller,
  oneDba,
  openedAt,
  pendingReview,
  people,
  personId,
  twoDbaOneSecurity,
  verdict,
} from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import { approvedSize, rowLimit } from "./row-limit.ts";

const now = openedAt + 1000;
const rows = { max: 10, policy: "small" };

function measured(review: Review, count: number): Review {
  const effect = {
    basis: "measured",
    rows: count,
    at: now,
    reason: null,
    caveat: null,
    sample: null,
  } as const;
  return apply(review, { kind: "effect", digest: review.digest, effect });
}

test("without a rule and without a number nothing is limited", () => {
  const review = pendingReview();
  assert.equal(rowLimit(apply(review, verdict(review, "ada"))), null);
});

test("the least of the rule's number, the approvers' and what they were shown binds, and says whose it is", () => {
  const review = pendingReview({ obligations: { ...twoDbaOneSecurity, rows } });
  const rule = { max: 10, review: review.id, by: { kind: "rule", policy: "small" } };
  assert.deepEqual(rowLimit(review), rule);
  assert.equal(approvedSize(review), null);
  const one = apply(review, verdict(review, "ada", { rowsMax: 20 }));
  assert.deepEqual(rowLimit(one), rule);
  const seen = measured(one, 4);
  const two = apply(seen, verdict(seen, "bob"));
  const byBob = { max: 4, review: review.id, by: { kind: "measured", name: "Ms bob" } };
  assert.deepEqual(rowLimit(two), byBob);
  const three = apply(two, verdict(two, "cy", { rowsMax: 3 }));
  assert.equal(three.state, "approved");
  assert.deepEqual(rowLimit(three)?.by, { kind: "reviewer", name: "Ms cy" });
});

test("an approver's own number stands in for the measured one, and what is only estimated is none", () => {
  const seen = measured(pendingReview(), 4);
  assert.equal(rowLimit(apply(seen, verdict(seen, "ada", { rowsMax: 9 })))?.max, 9);
  const review = pendingReview();
  const effect = {
    basis: "estimated",
    rows: 4,
    at: now,
    reason: null,
    caveat: null,
    sample: null,
  } as const;
  const estimated = apply(review, { kind: "effect", digest: review.digest, effect });
  assert.equal(rowLimit(apply(estimated, verdict(estimated, "ada"))), null);
});

test("what is measured after an approval does not change what was approved", () => {
  const seen = measured(pendingReview({ obligations: twoDbaOneSecurity }), 4);
  const one = apply(seen, verdict(seen, "ada"));
  assert.equal(approvedSize(measured(one, 9))?.max, 4);
});

test("a denial and an approval of an earlier revision have no say", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const one = apply(review, verdict(review, "ada", { rowsMax: 2 }));
  const later = { ...one, digest: "b".repeat(64) as Review["digest"] };
  assert.equal(rowLimit(later), null);
});

test("a number is refused where rows can't be counted, and on anything but an approval it is a mistake", () => {
  const facts = { ...action().facts, uncounted: "It does more." };
  const review = pendingReview({ action: action({ facts }), obligations: oneDba });
  const refused = transition(review, verdict(review, "ada", { rowsMax: 2 }), now, people);
  assert(refused.kind === "refused");
  assert.equal(refused.code, "review.rows_uncounted");
  assert.throws(() =>
    transition(review, verdict(review, "ada", { verdict: "deny", rowsMax: 2 }), now, people),
  );
});

test("an edit that narrows is an approval of no more than its editor was shown", () => {
  const seen = measured(pendingReview(), 4);
  const edited = action({ revision: 2, command: "delete from customers where id = 7 and id = 8" });
  const after = apply(seen, {
    kind: "override",
    person: personId("ada"),
    assurance: "session",
    vouchers: [],
    digest: seen.digest,
    caller,
    edited: { action: edited, digest: actionDigest(edited) },
    terms: seen,
    narrows: true,
    comment: "because",
    content: "c".repeat(64) as Review["digest"],
    idempotencyKey: "edit",
  });
  assert.deepEqual([after.state, after.effect], ["approved", null]);
  assert.equal(rowLimit(after)?.max, 4);
});
