import assert from "node:assert/strict";
import test from "node:test";
import type { Effect } from "#/core/effect.ts";
import type { Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import type { NamedView } from "#/core/view.ts";
import { apply, openedAt, pendingReview, people, verdict } from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import { rowLimit } from "./row-limit.ts";

const now = openedAt + 1000;
const seen = "5".repeat(64) as Digest;

function noted(review: Review, rows: number | null, basis: Effect["basis"] = "measured"): Review {
  const effect: Effect = { basis, rows, at: now, reason: null, caveat: null, sample: null };
  return apply(review, { kind: "effect", digest: review.digest, effect });
}

const viewOf = ({ effect }: Review): NamedView => ({
  digest: seen,
  effect: effect === null ? null : { basis: effect.basis, rows: effect.rows },
});

test("an approval binds the number that its giver was shown, and the record names the view", () => {
  const review = noted(pendingReview(), 3);
  const result = transition(review, verdict(review, "ada", { view: viewOf(review) }), now, people);
  assert(result.kind === "moved");
  const { state, verdicts } = result.review;
  assert.deepEqual([state, verdicts[0]?.view, verdicts[0]?.rowsMeasured], ["approved", seen, 3]);
  assert.equal(rowLimit(result.review)?.max, 3);
  assert.equal(result.records[0]?.body["view"], seen);
});

test("an approval of a view whose number has changed since is refused, and says what it was and is", () => {
  const before = noted(pendingReview(), 3);
  const changes: readonly (readonly [Review, RegExp])[] = [
    [noted(before, 700), /shown as 3 rows \(measured\), and is 700 rows \(measured\) by now/],
    [noted(before, 1), /is 1 row \(measured\)/],
    [noted(before, null, "unknown"), /is unknown by now/],
    [noted(before, 3, "estimated"), /is 3 rows \(estimated\)/],
  ];
  for (const [after, words] of changes) {
    const event = verdict(after, "ada", { view: viewOf(before) });
    const result = transition(after, event, now, people);
    assert(result.kind === "refused" && result.code === "review.view_changed");
    assert.match(result.message, words);
  }
  const unmeasured = verdict(before, "ada", { view: viewOf(pendingReview()) });
  const result = transition(before, unmeasured, now, people);
  assert(result.kind === "refused" && /shown as not known yet/.test(result.message));
});

test("a view that nobody knows any more is approved by nobody, and still denied", () => {
  const review = noted(pendingReview(), 3);
  const view: NamedView = { digest: seen, effect: "unknown" };
  const yes = transition(review, verdict(review, "ada", { view }), now, people);
  assert(yes.kind === "refused" && yes.code === "review.view_changed");
  const no = apply(review, verdict(review, "ada", { verdict: "deny", view }));
  assert.deepEqual([no.state, no.verdicts[0]?.view], ["denied", null]);
});

test("whoever names no view approves the least that they can have been shown", () => {
  for (const numbers of [
    [3, 700],
    [700, 3],
    [700, 3, 900],
  ]) {
    const review = numbers.reduce((one, rows) => noted(one, rows), pendingReview());
    const yes = apply(review, verdict(review, "ada"));
    assert.equal(rowLimit(yes)?.max, 3, numbers.join());
  }
  const estimated = noted(pendingReview(), 2, "estimated");
  assert.equal(rowLimit(apply(estimated, verdict(estimated, "ada"))), null);
});

test("the least that was measured is of exactly this action: what waits anew begins anew", () => {
  const review = noted(noted(pendingReview(), 3), 700);
  const action = { ...review.action, revision: 2 };
  const effect: Effect = {
    basis: "measured",
    rows: 700,
    at: now,
    reason: null,
    caveat: null,
    sample: null,
  };
  const digest = "7".repeat(64) as Digest;
  const note = "It has grown.";
  const grown = apply(review, { kind: "reopen", action, digest, terms: review, effect, note });
  assert.equal(rowLimit(apply(grown, verdict(grown, "ada")))?.max, 700);
  const anew = apply(review, { kind: "reopen", action, digest, terms: review, note });
  assert.equal(anew.measuredLeast, null);
});

test("the same key gives the same answer, also once the view has changed", () => {
  const review = noted(pendingReview(), 3);
  const event = verdict(review, "ada", { view: viewOf(review) });
  const yes = apply(review, event);
  const again = transition(
    yes,
    { ...event, view: { digest: seen, effect: "unknown" } },
    now,
    people,
  );
  assert(again.kind === "unchanged");
});
