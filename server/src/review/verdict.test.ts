import assert from "node:assert/strict";
import test from "node:test";
import type { Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import {
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
import { approved, assertRefused, claimOf, now, types } from "./transitions.test-support.ts";
import { idempotencyKeyBytesMax, verdictCommentBytesMax } from "./verdict.ts";

test("a verdict falls when whoever made its sign-in's link comes to be barred", () => {
  const review = pendingReview();
  const yes = apply(review, verdict(review, "ada", { vouchers: [personId("eve")] }));
  const barred = { ...yes, barred: [...yes.barred, personId("eve")] };
  assert.equal(apply(barred, claimOf(barred)).state, "pending");
});

test("who can't decide on what they are tied to is told what ties them", () => {
  const told = (review: Review, name: string) => {
    const result = transition(review, verdict(review, name), now, people);
    return result.kind === "refused" ? result.message : null;
  };
  const review = pendingReview();
  const { principal } = review.action;
  assert.match(told(review, "owner") ?? "", /^Ms owner answers for agent .+, so Ms owner can't/);
  assert.match(told(review, "requester") ?? "", / acts for Ms requester, so Ms requester can't/);
  const joined = { ...review, barred: [personId("ada")] };
  assert.match(told(joined, "ada") ?? "", /^Ms ada answers for a session that has waited/);
  const user = { ...principal, kind: "user" as const, onBehalfOf: null };
  const own = { ...review, action: { ...review.action, principal: user } };
  assert.match(told(own, "owner") ?? "", /^Ms owner asked for this action/);
});

test("an administrator who is in no group that is asked can't vote", () => {
  const review = pendingReview();
  assertRefused(transition(review, verdict(review, "eve"), now, people), "review.not_eligible");
});

test("an account made after the review opened can't vote on it", () => {
  const review = pendingReview();
  assertRefused(transition(review, verdict(review, "late"), now, people), "review.not_eligible");
  assert.equal(
    apply({ ...review, openedAt: openedAt + 1 }, verdict(review, "late")).state,
    "approved",
  );
});

test("an unknown person can't vote", () => {
  const review = pendingReview();
  assertRefused(
    transition(review, verdict(review, "ada"), now, () => null),
    "review.not_eligible",
  );
});

test("a verdict of weaker assurance than asked is refused, and a stronger one counts", () => {
  const review = pendingReview();
  const weak = verdict(review, "ada", { assurance: "chat" });
  assertRefused(transition(review, weak, now, people), "review.insufficient_assurance");
  assert.equal(apply(review, verdict(review, "ada", { assurance: "passkey" })).state, "approved");
});

// What a verdict does.

test("an approval that completes the quorum approves, and starts the time in which it may be used", () => {
  const review = pendingReview();
  const result = transition(review, verdict(review, "ada"), now, people);
  assert(result.kind === "moved");
  assert.equal(result.review.state, "approved");
  assert.equal(result.review.decidedAt, now);
  assert.equal(result.review.validUntil, now + oneDba.validMs);
  assert.equal(result.review.caller, caller);
  assert.deepEqual(types(result), ["review.verdict", "review.approved"]);
});

test("a quorum takes distinct people, one slot each", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const one = apply(review, verdict(review, "dee"));
  const two = apply(one, verdict(one, "ada"));
  assert.equal(two.state, "pending", "dee can't be both dba and security");
  assert.equal(
    apply(two, verdict(two, "bob")).state,
    "approved",
    "dee is security, ada and bob dba",
  );
  assert.equal(
    apply(two, verdict(two, "cy")).state,
    "approved",
    "dee and ada are dba, cy security",
  );
});

test("any one person who denies or asks for changes ends it, whoever approved before", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const one = apply(review, verdict(review, "ada"));
  for (const [kind, state] of [
    ["deny", "denied"],
    ["request_changes", "changes_requested"],
  ] as const) {
    const result = transition(one, verdict(one, "cy", { verdict: kind }), now, people);
    assert(result.kind === "moved");
    assert.equal(result.review.state, state);
    assert.equal(result.review.caller, null);
    assert.deepEqual(types(result), ["review.verdict", `review.${state}`]);
  }
});

test("who denies or asks for changes says why", () => {
  const review = pendingReview();
  for (const kind of ["deny", "request_changes"] as const) {
    for (const comment of [null, "", " \n"]) {
      const event = verdict(review, "ada", { verdict: kind, comment });
      assertRefused(transition(review, event, now, people), "review.reason_required");
    }
  }
});

test("a comment is bounded in bytes", () => {
  const review = pendingReview();
  const fits = verdict(review, "ada", { comment: "ä".repeat(verdictCommentBytesMax / 2) });
  assert.equal(apply(review, fits).state, "approved");
  const long = verdict(review, "ada", { comment: `${fits.comment}.` });
  assertRefused(transition(review, long, now, people), "review.comment_too_long");
});

test("a comment that is not well-formed text becomes so, because it has to have a canonical form", () => {
  const review = pendingReview();
  const { verdicts } = apply(review, verdict(review, "ada", { comment: "\ud800!" }));
  assert.equal(verdicts[0]?.comment, "\ufffd!");
});

test("a verdict judges the action itself, not the review's id: on another digest it is refused", () => {
  const review = pendingReview();
  const event = verdict(review, "ada", { digest: "b".repeat(64) as Digest });
  assertRefused(transition(review, event, now, people), "review.digest_mismatch");
});

test("the same request again gives the same answer and no second verdict, also when all is decided", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const event = verdict(review, "ada");
  const one = apply(review, event);
  assert.deepEqual(transition(one, event, now, people), { kind: "unchanged", review: one });
  const two = apply(one, verdict(one, "cy", { verdict: "deny" }));
  assert.deepEqual(transition(two, event, now, people), { kind: "unchanged", review: two });
});

test("an idempotency key is good for one content, and each person has their own", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const event = verdict(review, "ada", { idempotencyKey: "key" });
  const one = apply(review, event);
  for (const other of [
    { ...event, verdict: "deny", comment: "because" },
    { ...event, comment: "other" },
    { ...event, digest: "b".repeat(64) as Digest },
  ] as const) {
    assertRefused(transition(one, other, now, people), "review.idempotency_conflict");
  }
  assert.equal(apply(one, verdict(one, "bob", { idempotencyKey: "key" })).verdicts.length, 2);
});

test("an idempotency key without bounds is a programmer's mistake", () => {
  const review = pendingReview();
  for (const idempotencyKey of ["", "k".repeat(idempotencyKeyBytesMax + 1)]) {
    const event = verdict(review, "ada", { idempotencyKey });
    assert.throws(() => transition(review, event, now, people), { code: "ERR_ASSERTION" });
  }
});

test("a person has one verdict on one action", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const one = apply(review, verdict(review, "ada"));
  for (const kind of ["approve", "deny"] as const) {
    const event = verdict(one, "ada", { verdict: kind });
    assertRefused(transition(one, event, now, people), "review.duplicate_verdict");
  }
});

test("a decided review refuses verdicts and says who decided what", () => {
  const review = pendingReview();
  const yes = apply(review, verdict(review, "ada"));
  const no = apply(review, verdict(review, "bob", { verdict: "deny" }));
  const change = apply(review, verdict(review, "bob", { verdict: "request_changes" }));
  const gone = apply(review, { kind: "cancel", caller });
  const late = apply(review, { kind: "expire" }, review.expiresAt);
  for (const [decided, words] of [
    [yes, "It was approved by Ms ada."],
    [no, "It was denied by Ms bob."],
    [change, "Changes were requested by Ms bob."],
    [gone, "It was cancelled by its caller."],
    [late, "It expired."],
  ] as const) {
    const result = transition(decided, verdict(decided, "dee"), now, people);
    assert.deepEqual(result, { kind: "refused", code: "review.already_decided", message: words });
  }
});

// Time.

test("expiry never approves and never speaks for a person: it has its own state, and no verdict", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const one = apply(review, verdict(review, "ada"));
  const result = transition(one, { kind: "expire" }, one.expiresAt, people);
  assert(result.kind === "moved");
  assert.equal(result.review.state, "expired");
  assert.equal(result.review.verdicts.length, 1);
  assert.equal(result.review.validUntil, null);
  assert.equal(result.review.caller, null);
  assert.deepEqual(types(result), ["review.expired"]);
});

test("nothing expires before its time", () => {
  const review = pendingReview();
  const yes = approved();
  for (const [one, at] of [
    [review, review.expiresAt - 1],
    [yes, (yes.validUntil ?? 0) - 1],
  ] as const) {
    assert.deepEqual(transition(one, { kind: "expire" }, at, people), {
      kind: "unchanged",
      review: one,
    });
  }
  assert.equal(apply(yes, { kind: "expire" }, yes.validUntil ?? 0).state, "expired");
});
