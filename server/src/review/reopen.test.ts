import assert from "node:assert/strict";
import test from "node:test";
import { actionDigest } from "#/core/digest.ts";
import type { Digest } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import {
  action,
  apply,
  caller,
  hour,
  oneDba,
  openedAt,
  pendingReview,
  people,
  personId,
  policySet,
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
  stricter,
  types,
} from "./transitions.test-support.ts";

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
