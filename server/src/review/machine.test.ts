import assert from "node:assert/strict";
import test from "node:test";
import { actionDigest } from "#/core/digest.ts";
import type { ErrorCode } from "#/core/errors.ts";
import type { Digest } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import type { ClaimEvent, OutcomeEvent, ReopenEvent, Transition } from "./event.ts";
import { outcomeDetailCharsMax } from "./execution.ts";
import {
  action,
  apply,
  caller,
  hour,
  lookup,
  oneDba,
  openedAt,
  otherCaller,
  pendingReview,
  people,
  person,
  personId,
  policySet,
  twoDbaOneSecurity,
  verdict,
} from "./fixtures.test-support.ts";
import { transition } from "./machine.ts";
import { idempotencyKeyBytesMax, verdictCommentBytesMax } from "./verdict.ts";

const now = openedAt + 1000;

function assertRefused(result: Transition, code: ErrorCode): void {
  assert.equal(result.kind, "refused");
  assert.equal(result.kind === "refused" && result.code, code);
}

function types(result: Transition): readonly string[] {
  return result.kind === "moved" ? result.records.map(({ type }) => type) : [];
}

const approved = (changes: Partial<Review> = {}): Review => {
  const review = pendingReview(changes);
  return apply(review, verdict(review, "ada"));
};

const claimOf = (review: Review, changes: Partial<ClaimEvent> = {}): ClaimEvent => ({
  kind: "claim",
  caller,
  digest: review.digest,
  terms: review,
  ...changes,
});

const claimed = (): Review => {
  const review = approved();
  return apply(review, claimOf(review));
};

const outcome = (state: OutcomeEvent["state"], detail: string | null = null): OutcomeEvent => ({
  kind: "outcome",
  state,
  detail,
  rows: 1,
});

const edited = (review: Review): ReopenEvent => {
  const changed = {
    ...review.action,
    command: "delete from orders",
    revision: review.action.revision + 1,
  };
  return {
    kind: "reopen",
    action: changed,
    digest: actionDigest(changed),
    terms: review,
    note: "The session changed.",
  };
};

const stricter = (review: Review, obligations: Review["obligations"]): ReopenEvent => ({
  kind: "reopen",
  action: review.action,
  digest: review.digest,
  terms: { ...review, obligations },
  note: "The rules changed.",
});

// Who may vote.

test("a requester can never approve their own action, nor can the agent's owner, administrator or not", () => {
  const review = pendingReview();
  for (const name of ["requester", "owner"]) {
    for (const kind of ["approve", "deny", "request_changes"] as const) {
      const event = verdict(review, name, { verdict: kind });
      assertRefused(transition(review, event, now, people), "review.requester");
    }
  }
});

test("nobody decides in another's name on what they can't decide on in their own", () => {
  const review = pendingReview();
  for (const vouchers of [[personId("owner")], [personId("eve"), personId("requester")]]) {
    const event = verdict(review, "ada", { vouchers });
    assertRefused(transition(review, event, now, people), "review.requester");
  }
  const byOthers = verdict(review, "ada", { vouchers: [personId("eve")] });
  assert.equal(apply(review, byOthers).state, "approved");
});

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

test("a verdict of the edited action's digest but an earlier revision does not count", () => {
  const before = approved();
  const review = apply(before, edited(before));
  const forged = review.verdicts.map((one) => ({ ...one, digest: review.digest }));
  const yes = apply(
    { ...review, obligations: twoDbaOneSecurity, verdicts: forged },
    verdict(review, "dee"),
  );
  assert.equal(apply(yes, verdict(yes, "bob")).state, "pending");
});

test("a changed session moves the key under which its caller finds the review, an edit does not", () => {
  const review = pendingReview();
  assert.equal(apply(review, edited(review)).joinKey, review.joinKey);
  assert.equal(apply(review, { ...edited(review), joinKey: "moved" }).joinKey, "moved");
});

test("who approved at the last minute has the whole time to look again", () => {
  const yes = apply(pendingReview(), verdict(pendingReview(), "ada"), openedAt + 4 * hour - 1);
  const review = apply(yes, edited(yes), openedAt + 4 * hour + 1);
  assert.equal(review.expiresAt, openedAt + 8 * hour + 1);
});

test("under stricter terms the verdicts that still count are kept, and are enough if they are", () => {
  const review = pendingReview();
  const yes = apply(review, verdict(review, "dee"));
  const shorter = {
    ...oneDba,
    validMs: 1000,
    quorum: [...oneDba.quorum, { group: "security", needed: 1 }],
  };
  const result = transition(yes, stricter(yes, shorter), now, people);
  assert(result.kind === "moved");
  assert.deepEqual(types(result), ["review.reopened"]);
  const more = result.review;
  assert.equal(more.state, "pending");
  assert.equal(apply(more, verdict(more, "ada")).state, "approved", "dee moves to security");

  const enough = apply(yes, stricter(yes, { ...oneDba, validMs: 1000 }));
  assert.deepEqual([enough.state, enough.validUntil], ["approved", now + 1000]);
});

test("a person whose verdict is too weak for stricter terms may give a stronger one", () => {
  const review = pendingReview();
  const yes = apply(review, verdict(review, "ada"));
  const more = apply(yes, stricter(yes, { ...oneDba, assurance: "passkey" }));
  assert.equal(more.state, "pending");
  assert.equal(apply(more, verdict(more, "ada", { assurance: "passkey" })).state, "approved");
});

test("stricter terms give a pending review no more time", () => {
  const review = pendingReview();
  const same = apply(review, stricter(review, twoDbaOneSecurity), now + 1000);
  assert.equal(same.expiresAt, review.expiresAt);
  const less = apply(review, stricter(review, { ...twoDbaOneSecurity, ttlMs: 10 }), now);
  assert.equal(less.expiresAt, now + 10);
});

test("terms never loosen under an approval, nor while people judge", () => {
  const yes = approved();
  for (const changes of [
    { quorum: [{ group: "security", needed: 5 }] },
    { validMs: oneDba.validMs + 1 },
    { ttlMs: oneDba.ttlMs + 1 },
    { assurance: "chat" },
  ] as const) {
    const obligations = { ...oneDba, ...changes };
    const claim = claimOf(yes, { terms: { ...yes, obligations } });
    for (const [review, event] of [
      [yes, claim],
      [yes, stricter(yes, obligations)],
      [pendingReview(), stricter(pendingReview(), obligations)],
    ] as const) {
      assertRefused(transition(review, event, now, people), "review.terms_changed");
    }
  }
});

test("a review never asks nobody", () => {
  const review = pendingReview();
  for (const quorum of [[], [{ group: "dba", needed: 0 }], [{ group: "dba", needed: 1.5 }]]) {
    const terms = { ...review, obligations: { ...oneDba, quorum } };
    for (const event of [stricter(review, terms.obligations), { ...edited(review), terms }]) {
      assert.throws(() => transition(review, event, now, people), { code: "ERR_ASSERTION" });
    }
  }
});

test("whoever edited an action can still deny it or send it back, and never approve it", () => {
  const before = pendingReview();
  const after = {
    ...before,
    barred: [...before.barred, personId("ada")],
    overrides: [
      {
        person: { id: personId("ada"), name: "Ms ada" },
        assurance: "session" as const,
        comment: "Only one.",
        digest: before.digest,
        content: before.digest,
        revision: 2,
        narrows: false,
        at: now,
        idempotencyKey: "edit",
      },
    ],
  };
  assertRefused(transition(after, verdict(after, "ada"), now, people), "review.requester");
  for (const kind of ["deny", "request_changes"] as const) {
    const ended = apply(after, verdict(after, "ada", { verdict: kind }));
    assert.equal(ended.state, kind === "deny" ? "denied" : "changes_requested");
    const own = {
      ...after,
      overrides: [{ ...after.overrides[0], person: { id: personId("owner"), name: "" } }],
    };
    const refused = transition(
      own as Review,
      verdict(own as Review, "owner", { verdict: kind }),
      now,
      people,
    );
    assertRefused(refused, "review.requester");
  }
});

test("of two edits of the same action the second is refused, because its author saw another one", () => {
  const review = pendingReview();
  const first = apply(review, edited(review));
  const second = edited(review);
  const other = { ...second.action, command: "delete from baskets" };
  const event = { ...second, action: other, digest: actionDigest(other) };
  assertRefused(transition(first, event, now, people), "review.digest_mismatch");
});

test("what has ended, lapsed or begun to run is never reopened", () => {
  const yes = approved();
  for (const [review, at, code] of [
    [claimed(), now, "review.already_claimed"],
    [yes, yes.validUntil ?? 0, "review.expired"],
    [pendingReview(), pendingReview().expiresAt, "review.expired"],
    [apply(yes, { kind: "cancel", caller }), now, "review.already_decided"],
  ] as const) {
    assertRefused(transition(review, edited(review), at, people), code);
  }
});

test("whoever answers for the edited action is barred from judging it", () => {
  const review = pendingReview();
  const event = edited(review);
  const principal = { ...event.action.principal, people: [personId("ada")] };
  const after = apply(review, { ...event, action: { ...event.action, principal } });
  assertRefused(transition(after, verdict(after, "ada"), now, people), "review.requester");
  assertRefused(transition(after, verdict(after, "owner"), now, people), "review.requester");
});

test("a policy that denies by now ends it, approved or not", () => {
  const denial = {
    kind: "void",
    decision: { effect: "deny", cause: "forbidden", reasons: [], policySet },
  } as const;
  for (const before of [pendingReview(), approved()]) {
    const result = transition(before, denial, now, people);
    assert(result.kind === "moved");
    assert.equal(result.review.state, "voided");
    assert.deepEqual(types(result), ["review.voided"]);
    assertRefused(
      transition(result.review, claimOf(result.review), now, people),
      "review.not_approved",
    );
  }
  assertRefused(transition(claimed(), denial, now, people), "review.already_claimed");
});

// The claim.

test("an approval is claimed once, whatever became of the execution", () => {
  const result = transition(approved(), claimOf(approved()), now, people);
  assert(result.kind === "moved");
  assert.deepEqual(types(result), ["execution.claimed"]);
  assert.deepEqual(result.review.execution, {
    state: "claimed",
    claimedAt: now,
    finishedAt: null,
    detail: null,
  });
  for (const review of [
    result.review,
    ...(["executed", "executed_uncommitted", "failed", "outcome_unknown"] as const).map((state) =>
      apply(result.review, outcome(state)),
    ),
  ]) {
    assertRefused(transition(review, claimOf(review), now, people), "review.already_claimed");
  }
});

test("only what is approved, by the caller that waits, with the approved digest, in time, is claimed", () => {
  const yes = approved();
  const late = yes.validUntil ?? 0;
  const digest = "b".repeat(64) as Digest;
  for (const [review, event, at, code] of [
    [pendingReview(), claimOf(yes), now, "review.not_approved"],
    [yes, claimOf(yes, { caller: otherCaller }), now, "review.not_caller"],
    [yes, claimOf(yes, { digest }), now, "review.digest_mismatch"],
    [yes, claimOf(yes), late, "review.expired"],
    [
      yes,
      claimOf(yes, { terms: { ...yes, obligations: { ...oneDba, validMs: 10 } } }),
      now + 10,
      "review.expired",
    ],
  ] as const) {
    assertRefused(transition(review, event, at, people), code);
  }
  assert.equal(apply(yes, claimOf(yes), late - 1).execution?.state, "claimed");
});

test("at the claim those who approved must still be known, in their group and unbarred", () => {
  const yes = approved();
  const changed: readonly (readonly Person[])[] = [
    [],
    [person("ada", ["security"])],
    [person("ada", ["dba"], { since: openedAt + 1 })],
  ];
  for (const known of changed) {
    const result = transition(yes, claimOf(yes), now, lookup(known));
    assert(result.kind === "moved");
    assert.deepEqual([result.review.state, result.review.execution], ["pending", null]);
    assert.deepEqual(types(result), ["review.reopened"]);
  }
  const barred = { ...yes, barred: [...yes.barred, personId("ada")] };
  assert.equal(apply(barred, claimOf(barred)).state, "pending");
});

const dbaAndSecurity = {
  ...oneDba,
  quorum: [
    { group: "dba", needed: 1 },
    { group: "security", needed: 1 },
  ],
};

test("nobody can be made to have approved for a group that they joined afterwards", () => {
  const review = pendingReview({ obligations: dbaAndSecurity });
  const one = apply(review, verdict(review, "ada"));
  const two = apply(one, verdict(one, "bob"));
  const moved = lookup([
    person("ada", ["dba"]),
    person("bob", ["dba", "security"]),
    person("fay", ["dba"]),
    person("cy", ["security"]),
  ]);
  const three = apply(two, verdict(two, "fay"), now, moved);
  assert.equal(three.state, "pending", "bob spoke before he was in security");
  assert.equal(apply(three, verdict(three, "cy"), now, moved).state, "approved");
});

test("nobody counts for a group that they have left, also where they are still in another one", () => {
  const review = pendingReview({ obligations: dbaAndSecurity });
  const one = apply(review, verdict(review, "dee"));
  const yes = apply(one, verdict(one, "ada"));
  assert.equal(yes.state, "approved");
  const left = lookup([person("ada", ["dba"]), person("dee", ["dba"])]);
  assert.equal(apply(yes, claimOf(yes), now, left).state, "pending");
});

test("a claim under stricter terms runs under them, or reopens and keeps the verdicts that count", () => {
  const yes = approved();
  const terms = { ...yes, obligations: { ...oneDba, quorum: [{ group: "dba", needed: 2 }] } };
  const reopened = apply(yes, claimOf(yes, { terms }));
  assert.deepEqual([reopened.state, reopened.action.revision], ["pending", 1]);
  assert.equal(reopened.note, "The approvals that still count are too few for what is asked now.");
  assertRefused(
    transition(reopened, verdict(reopened, "ada"), now, people),
    "review.duplicate_verdict",
  );
  const again = apply(reopened, verdict(reopened, "bob"));
  assert.equal(again.state, "approved");
  assert.deepEqual(apply(again, claimOf(again)).obligations, terms.obligations);
});

// Outcomes.

test("outcomes follow one another only as an execution can, and the last is final", () => {
  const states = [
    "executed",
    "executed_uncommitted",
    "rolled_back",
    "failed",
    "outcome_unknown",
  ] as const;
  const allowed = new Set([
    "claimed executed",
    "claimed executed_uncommitted",
    "claimed failed",
    "claimed outcome_unknown",
    "executed_uncommitted executed",
    "executed_uncommitted rolled_back",
    "executed_uncommitted outcome_unknown",
  ]);
  for (const from of ["claimed", ...states] as const) {
    const execution = { state: from, claimedAt: now, finishedAt: null, detail: null };
    const review = { ...approved(), execution };
    for (const to of states) {
      const result = transition(review, outcome(to), now, people);
      if (from === to) assert.equal(result.kind, "unchanged");
      else if (!allowed.has(`${from} ${to}`)) assertRefused(result, "review.not_claimed");
      else assert(result.kind === "moved" && result.review.execution?.state === to);
    }
  }
  for (const review of [pendingReview(), approved()]) {
    assertRefused(transition(review, outcome("executed"), now, people), "review.not_claimed");
  }
});

test("the log tells running, committing and rolling back apart", () => {
  const open = transition(claimed(), outcome("executed_uncommitted", "DELETE 1"), now, people);
  assert(open.kind === "moved");
  assert.deepEqual(types(open), ["execution.completed"]);
  assert.equal(open.review.caller, caller);
  const typesAfter = (review: Review, state: OutcomeEvent["state"]) =>
    types(transition(review, outcome(state), now, people));
  assert.deepEqual(typesAfter(open.review, "executed"), ["execution.committed"]);
  assert.deepEqual(typesAfter(open.review, "rolled_back"), ["execution.rolled_back"]);
  assert.deepEqual(typesAfter(open.review, "outcome_unknown"), ["execution.unknown"]);
  assert.deepEqual(typesAfter(claimed(), "executed"), ["execution.completed"]);
  assert.deepEqual(typesAfter(claimed(), "failed"), ["execution.failed"]);
  const done = apply(open.review, outcome("executed"), now + 5);
  assert.deepEqual(done.execution, {
    state: "executed",
    claimedAt: now,
    finishedAt: now + 5,
    detail: "DELETE 1",
  });
  assert.equal(done.caller, null);
});

test("the log says whose approvals filled which slot, under which terms it ran, and what was judged", () => {
  const review = pendingReview({ obligations: twoDbaOneSecurity });
  const one = apply(review, verdict(review, "dee"));
  const two = apply(one, verdict(one, "ada"));
  const yes = transition(two, verdict(two, "bob"), now, people);
  assert(yes.kind === "moved");
  const base = { digest: review.digest, revision: 1, state: "approved" };
  const quorum = [
    { group: "dba", needed: 2, given: [personId("ada"), personId("bob")] },
    { group: "security", needed: 1, given: [personId("dee")] },
  ];
  assert.deepEqual(
    yes.records.map(({ body }) => body),
    [
      {
        ...base,
        version: 4,
        verdict: "approve",
        person: personId("bob"),
        groups: ["dba"],
        assurance: "session",
        vouchers: [],
        rowsMax: null,
        rowsMeasured: null,
        view: null,
        revealed: [],
      },
      { ...base, version: 4, quorum, validUntil: now + twoDbaOneSecurity.validMs },
    ],
  );
  const running = transition(yes.review, claimOf(yes.review), now, people);
  assert(running.kind === "moved");
  assert.deepEqual(running.records[0]?.body, {
    ...base,
    version: 5,
    obligations: { ...twoDbaOneSecurity },
    policySet,
    policies: ["held"],
    quorum,
    rowsMax: null,
  });
});

test("a reopening for another action keeps in its payload what the new digest was taken over", () => {
  const before = approved();
  const event = edited(before);
  const result = transition(before, event, now, people);
  assert(result.kind === "moved");
  const [record] = result.records;
  assert.equal(record?.body["previousDigest"], before.digest);
  assert.equal(record?.body["digest"], event.digest);
  const { action: kept, note } = record?.payload ?? {};
  assert.equal(note, event.note);
  assert.ok(JSON.stringify(kept).includes("delete from orders"));
});

test("an upstream's word on the outcome is cut to a length that fits a leaf", () => {
  const done = apply(claimed(), outcome("executed", "x".repeat(10_000)));
  assert.equal(done.execution?.detail?.length, outcomeDetailCharsMax);
});

test("the machine changes nothing that it was given", () => {
  const review = pendingReview({ action: action() });
  const before = structuredClone(review);
  apply(review, verdict(review, "ada"));
  apply(review, edited(review));
  assert.deepEqual(review, before);
});

test("an effect is noted on exactly the action that waits, changes no verdict, and goes with the action", () => {
  const effect = {
    basis: "estimated",
    rows: 1,
    at: now,
    reason: null,
    caveat: null,
    sample: null,
  } as const;
  const twice = pendingReview({
    obligations: { ...oneDba, quorum: [{ group: "dba", needed: 2 }] },
  });
  const judged = apply(twice, verdict(twice, "ada"));
  const noted = apply(judged, { kind: "effect", digest: judged.digest, effect });
  assert.deepEqual(noted.effect, effect);
  assert.deepEqual({ ...noted, effect: null, version: judged.version }, judged);
  assert.equal(apply(noted, verdict(judged, "bob")).state, "approved");

  const other = { kind: "effect", digest: "f".repeat(64) as Digest, effect } as const;
  assert.equal(transition(judged, other, now, people).kind, "unchanged");
  const decided = approved();
  const late = { kind: "effect", digest: decided.digest, effect } as const;
  assert.equal(transition(decided, late, now, people).kind, "unchanged");

  const changed = action({ fingerprint: "other", revision: 2 });
  const reopened = apply(noted, {
    kind: "reopen",
    action: changed,
    digest: actionDigest(changed),
    terms: noted,
    note: "It changed.",
  });
  assert.equal(reopened.effect, null);
});
