import assert from "node:assert/strict";
import test from "node:test";
import { actionDigest } from "#/core/digest.ts";
import type { ActionId, CallerId, ReviewId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { manualClock } from "#/platform/clock.ts";
import {
  action,
  caller,
  oneDba,
  openedAt,
  otherCaller,
  people,
  personId,
  policySet,
  privateWords,
  verdict,
} from "./fixtures.test-support.ts";
import {
  applyEvent,
  claim,
  giveVerdict,
  joinDetached,
  openReview,
  type ReviewDeps,
  recordOutcome,
  saveAttemptsMax,
} from "./life.ts";
import { type OpenedTestStore, openTestStore } from "./memory-store.test-support.ts";

const decision = {
  effect: "review",
  reasons: [{ policy: "held", text: "Deletes are held." }],
  obligations: oneDba,
  policySet,
} as const;

function gateway(reviewsOpenMax = 10): OpenedTestStore & { readonly deps: ReviewDeps } {
  const opened = openTestStore();
  const clock = manualClock(openedAt);
  return { ...opened, deps: { store: opened.store, clock, people, reviewsOpenMax } };
}

async function open(deps: ReviewDeps, id = "act_1", by: CallerId = caller): Promise<Review> {
  const held = action({ id: id as ActionId });
  const request = {
    action: held,
    digest: actionDigest(held),
    joinKey: "join",
    decision,
    reads: null,
    caller: by,
  };
  const opened = await openReview(deps, request);
  assert(opened !== "too_many");
  return opened.review;
}

const claimOf = (review: Review, by: CallerId = caller) => ({
  caller: by,
  digest: review.digest,
  terms: review,
});

test("a review opens with its records in the same commit, bars who asks, and shows its join key nowhere", async () => {
  const { deps, steps } = gateway();
  const review = await open(deps);
  assert.equal(review.state, "pending");
  assert.equal(review.expiresAt, openedAt + oneDba.ttlMs);
  assert.deepEqual(review.barred, [personId("owner"), personId("requester")]);
  assert.equal(steps.length, 1);
  assert.deepEqual(
    steps[0]?.records.map(({ type }) => type),
    ["action.held", "review.opened"],
  );
  assert.ok(!JSON.stringify(steps[0]?.records).includes(review.joinKey));
});

test("a principal has a bounded number of reviews open, and a refused one leaves no record", async () => {
  const { deps, records } = gateway(2);
  await open(deps, "act_1");
  await open(deps, "act_2");
  const held = action();
  const request = {
    action: held,
    digest: actionDigest(held),
    joinKey: "join",
    decision,
    reads: null,
    caller,
  };
  assert.equal(await openReview(deps, request), "too_many");
  assert.equal(records.length, 4);
});

test("a decision that asks nobody opens no review", async () => {
  const { deps } = gateway();
  const held = action();
  const nobody = { ...decision, obligations: { ...oneDba, quorum: [] } };
  const request = {
    action: held,
    digest: actionDigest(held),
    joinKey: "j",
    decision: nobody,
    reads: null,
    caller,
  };
  await assert.rejects(openReview(deps, request), { code: "ERR_ASSERTION" });
});

test("what is approved runs once: the claim is the one answer after which it may", async () => {
  const { deps } = gateway();
  const review = await open(deps);
  const { kind: _, ...approval } = verdict(review, "ada");
  assert.deepEqual(await claim(deps, review.id, claimOf(review)), {
    kind: "refused",
    code: "review.not_approved",
    message: "It waits for a person.",
  });
  assert.equal((await giveVerdict(deps, review.id, approval)).state, "approved");
  assert.equal((await claim(deps, review.id, claimOf(review))).kind, "claimed");
  assert.equal((await claim(deps, review.id, claimOf(review))).kind, "refused");
  const outcome = { state: "executed", detail: "DELETE 1", rows: 1 } as const;
  assert.equal((await recordOutcome(deps, review.id, outcome)).execution?.state, "executed");
  assert.equal((await claim(deps, review.id, claimOf(review))).kind, "refused");
});

test("a claim whose quorum no longer holds says that it reopened, and does not say claimed", async () => {
  const { deps } = gateway();
  const review = await open(deps);
  const { kind: _, ...approval } = verdict(review, "ada");
  await giveVerdict(deps, review.id, approval);
  const gone = { ...deps, people: () => null };
  const result = await claim(gone, review.id, claimOf(review));
  assert.equal(result.kind, "reopened");
  assert.equal(result.kind === "reopened" && result.review.execution, null);
});

test("a verdict that does not count is an error with its code, and leaves no record", async () => {
  const { deps, records } = gateway();
  const review = await open(deps);
  const { kind: _, ...own } = verdict(review, "requester");
  await assert.rejects(giveVerdict(deps, review.id, own), { code: "review.requester" });
  assert.equal(records.length, 2);
});

test("the same verdict again gives the same answer and one record", async () => {
  const { deps, records } = gateway();
  const review = await open(deps);
  const { kind: _, ...approval } = verdict(review, "ada");
  const first = await giveVerdict(deps, review.id, approval);
  assert.deepEqual(await giveVerdict(deps, review.id, approval), first);
  assert.equal(records.filter(({ type }) => type === "review.verdict").length, 1);
});

test("an unknown review is an error", async () => {
  const { deps } = gateway();
  const unknown = applyEvent(deps, "rev_none" as ReviewId, { kind: "expire" });
  await assert.rejects(unknown, { code: "review.not_found" });
});

test("names, comments and commands are payload: a leaf holds none of them", async () => {
  const { deps, records } = gateway();
  const review = await open(deps);
  const { kind: _, ...approval } = verdict(review, "ada", { comment: "because" });
  await giveVerdict(deps, review.id, approval);
  await claim(deps, review.id, claimOf(review));
  await recordOutcome(deps, review.id, { state: "executed", detail: "DELETE 1", rows: 1 });
  const leaves = JSON.stringify(records.map((record) => ({ ...record, payload: null })));
  for (const word of privateWords) assert.ok(!leaves.includes(word), word);
  const spoken = records.find(({ type }) => type === "review.verdict");
  assert.deepEqual(spoken?.body["person"], personId("ada"));
  assert.deepEqual(spoken?.payload, {
    name: "Ms ada",
    comment: "because",
    idempotencyKey: approval.idempotencyKey,
  });
});

test("a caller that comes back joins what nobody waits on; one that never left opens its own", async () => {
  const { deps } = gateway();
  const review = await open(deps);
  const joining = { caller: otherCaller, people: [] };
  assert.equal(await joinDetached(deps, "join", joining), null);
  await applyEvent(deps, review.id, { kind: "detach", caller });
  assert.equal(await joinDetached(deps, "another key", joining), null);
  assert.equal((await joinDetached(deps, "join", joining))?.id, review.id);
  assert.equal(await joinDetached(deps, "join", { ...joining, caller }), null);
});

test("joining consumes an approval, and what has run is never joined", async () => {
  const { deps } = gateway();
  const review = await open(deps);
  await applyEvent(deps, review.id, { kind: "detach", caller });
  const { kind: _, ...approval } = verdict(review, "ada");
  await giveVerdict(deps, review.id, approval);
  const joining = { caller: otherCaller, people: [] };
  assert.equal((await joinDetached(deps, "join", joining))?.state, "approved");
  assert.equal((await claim(deps, review.id, claimOf(review, otherCaller))).kind, "claimed");
  await recordOutcome(deps, review.id, { state: "executed", detail: null, rows: null });
  assert.equal(await joinDetached(deps, "join", joining), null);
});

test("a store that refuses every attempt ends in an error, not in an endless loop", async () => {
  const { deps } = gateway();
  const review = await open(deps);
  let attempts = 0;
  const store: ReviewDeps["store"] = {
    ...deps.store,
    saveReview: async () => {
      attempts += 1;
      return "conflict";
    },
  };
  const { kind: _, ...approval } = verdict(review, "ada");
  await assert.rejects(giveVerdict({ ...deps, store }, review.id, approval), {
    code: "store.busy",
  });
  assert.equal(attempts, saveAttemptsMax);
});
