import assert from "node:assert/strict";
import test from "node:test";
import type { Digest } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import type { Review } from "#/core/review.ts";
import type { OutcomeEvent } from "./event.ts";
import { outcomeDetailCharsMax } from "./execution.ts";
import {
  apply,
  caller,
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
