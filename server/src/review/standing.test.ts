import assert from "node:assert/strict";
import test from "node:test";
import {
  apply,
  caller,
  otherCaller,
  pendingReview,
  people,
  personId,
  twoDbaOneSecurity,
  verdict,
} from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import {
  approved,
  assertRefused,
  claimed,
  claimOf,
  edited,
  now,
  outcome,
  types,
} from "./transitions.test-support.ts";

test("a verdict after the time is none, even if nobody has noted the expiry yet", () => {
  const review = pendingReview();
  const event = verdict(review, "ada");
  assertRefused(transition(review, event, review.expiresAt, people), "review.expired");
  assert.equal(apply(review, event, review.expiresAt - 1).state, "approved");
});

test("a timer left over from an earlier stretch of waiting does nothing to the next one", () => {
  const first = approved();
  const late = first.validUntil ?? 0;
  const again = apply(first, edited(first), late - 1);
  const leftover = { kind: "expire" } as const;
  for (const review of [again, claimed(), apply(claimed(), outcome("executed"))]) {
    assert.deepEqual(transition(review, leftover, late, people), { kind: "unchanged", review });
  }
});

// Callers.

test("the client cancels by leaving, but only the caller that waits", () => {
  const review = pendingReview();
  const foreign = transition(review, { kind: "cancel", caller: otherCaller }, now, people);
  assertRefused(foreign, "review.not_caller");
  const result = transition(review, { kind: "cancel", caller }, now, people);
  assert(result.kind === "moved");
  assert.equal(result.review.state, "cancelled");
  assert.deepEqual(types(result), ["review.cancelled"]);
  assert.equal(apply(approved(), { kind: "cancel", caller }).state, "cancelled");
  assertRefused(
    transition(claimed(), { kind: "cancel", caller }, now, people),
    "review.already_claimed",
  );
});

test("a caller whose wait ends decides nothing: people still can, and it can come back and claim", () => {
  const review = pendingReview();
  const alone = apply(review, { kind: "detach", caller });
  assert.deepEqual([alone.state, alone.caller], ["pending", null]);
  const yes = apply(alone, verdict(alone, "ada"));
  assertRefused(transition(yes, claimOf(yes), now, people), "review.not_caller");
  const back = apply(yes, { kind: "attach", caller: otherCaller, people: [], unknownBefore: null });
  assert.equal(apply(back, claimOf(back, { caller: otherCaller })).execution?.state, "claimed");
});

test("a departure that comes late or from somebody else changes nothing", () => {
  for (const review of [
    pendingReview(),
    claimed(),
    apply(pendingReview(), { kind: "cancel", caller }),
  ]) {
    const event = {
      kind: "detach",
      caller: review.state === "pending" ? otherCaller : caller,
    } as const;
    assert.deepEqual(transition(review, event, now, people), { kind: "unchanged", review });
  }
});

test("a caller joins only what nobody waits on and what can still run", () => {
  const join = { kind: "attach", caller: otherCaller, people: [], unknownBefore: null } as const;
  const alone = apply(pendingReview(), { kind: "detach", caller });
  const aloneYes = apply(approved(), { kind: "detach", caller });
  assert.equal(apply(alone, join).caller, otherCaller);
  assert.equal(apply(aloneYes, join).caller, otherCaller);
  for (const [review, at] of [
    [pendingReview(), now],
    [approved(), now],
    [alone, alone.expiresAt],
    [aloneYes, aloneYes.validUntil ?? 0],
    [claimed(), now],
    [apply(claimed(), outcome("executed")), now],
    [apply(alone, verdict(alone, "ada", { verdict: "deny" })), now],
  ] as const) {
    assertRefused(transition(review, join, at, people), "review.not_joinable");
  }
});

test("the caller that waits can't join a second time: twins do not collapse", () => {
  const again = { kind: "attach", caller, people: [], unknownBefore: null } as const;
  assertRefused(transition(pendingReview(), again, now, people), "review.not_joinable");
});

test("whoever answers for a caller that joins can't have approved, nor approve", () => {
  const alone = apply(approved(), { kind: "detach", caller });
  const joined = apply(alone, {
    kind: "attach",
    caller,
    people: [personId("ada")],
    unknownBefore: null,
  });
  const reopened = apply(joined, claimOf(joined));
  assert.deepEqual([reopened.state, reopened.execution], ["pending", null]);
  assertRefused(transition(reopened, verdict(reopened, "ada"), now, people), "review.requester");
});

// Reopening.

test("earlier verdicts do not count for an edited action, and their digest is stale", () => {
  for (const before of [
    approved(),
    apply(pendingReview({ obligations: twoDbaOneSecurity }), verdict(pendingReview(), "ada")),
  ]) {
    const result = transition(before, edited(before), now, people);
    assert(result.kind === "moved");
    const { review } = result;
    assert.deepEqual([review.state, review.decidedAt, review.validUntil], ["pending", null, null]);
    assert.equal(review.action.revision, 2);
    assert.equal(review.verdicts.length, 1);
    assert.equal(review.caller, caller);
    assert.deepEqual(types(result), ["review.reopened"]);
    assertRefused(transition(review, claimOf(review), now, people), "review.not_approved");
    const stale = verdict(review, "bob", { digest: before.digest });
    assertRefused(transition(review, stale, now, people), "review.digest_mismatch");
    assert.equal(
      apply(review, verdict(review, "ada")).verdicts.length,
      2,
      "ada may judge the edit",
    );
  }
});
