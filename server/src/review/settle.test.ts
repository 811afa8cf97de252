import assert from "node:assert/strict";
import test from "node:test";
import { executionRecord } from "#/audit/records.ts";
import { actionDigest } from "#/core/digest.ts";
import type { ActionId } from "#/core/ids.ts";
import type { Review } from "#/core/review.ts";
import { type ManualClock, manualClock } from "#/platform/clock.ts";
import {
  action,
  caller,
  oneDba,
  openedAt,
  otherCaller,
  people,
  policySet,
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
} from "./life.ts";
import { type OpenedTestStore, openTestStore } from "./memory-store.test-support.ts";
import { expireDue, settleAfterRestart } from "./settle.ts";

function gateway(): OpenedTestStore & { readonly deps: ReviewDeps; readonly clock: ManualClock } {
  const opened = openTestStore();
  const clock = manualClock(openedAt);
  return { ...opened, clock, deps: { store: opened.store, clock, people, reviewsOpenMax: 1000 } };
}

async function open(deps: ReviewDeps, id: string): Promise<Review> {
  const held = action({ id: id as ActionId });
  const opened = await openReview(deps, {
    action: held,
    digest: actionDigest(held),
    joinKey: "join",
    decision: { effect: "review", reasons: [], obligations: oneDba, policySet },
    reads: null,
    caller,
  });
  assert(opened !== "too_many");
  return opened.review;
}

async function approve(deps: ReviewDeps, review: Review): Promise<Review> {
  const { kind: _, ...given } = verdict(review, "ada");
  return await giveVerdict(deps, review.id, given);
}

async function claimed(deps: ReviewDeps, id: string): Promise<Review> {
  const review = await approve(deps, await open(deps, id));
  const result = await claim(deps, review.id, { caller, digest: review.digest, terms: review });
  assert(result.kind === "claimed");
  return result.review;
}

test("what nobody decided or used in time expires, and nothing else does", async () => {
  const { deps, clock, store } = gateway();
  const pending = await open(deps, "act_1");
  const approved = await approve(deps, await open(deps, "act_2"));
  const running = await claimed(deps, "act_3");
  clock.advance(oneDba.validMs - 1);
  assert.equal(await expireDue(deps), 0);
  clock.advance(1);
  assert.equal(await expireDue(deps), 1);
  assert.equal((await store.review(approved.id))?.state, "expired");
  assert.equal((await store.review(pending.id))?.state, "pending");
  clock.advance(oneDba.ttlMs);
  assert.equal(await expireDue(deps), 1);
  const last = await store.review(pending.id);
  assert.deepEqual([last?.state, last?.verdicts], ["expired", []]);
  assert.equal((await store.review(running.id))?.execution?.state, "claimed");
  assert.equal(await expireDue(deps), 0);
});

test("more reviews than one batch takes expire in one go", async () => {
  const { deps, clock } = gateway();
  await Promise.all(Array.from({ length: 250 }, (_, index) => open(deps, `act_${index}`)));
  clock.advance(oneDba.ttlMs);
  assert.equal(await expireDue(deps), 250);
});

test("a store that finds due what is not does not make it expire, nor loop for ever", async () => {
  const { deps } = gateway();
  const reviews = await Promise.all(
    Array.from({ length: 100 }, (_, index) => open(deps, `act_${index}`)),
  );
  const ids = reviews.map(({ id }) => id);
  const store: ReviewDeps["store"] = { ...deps.store, dueReviews: async () => ids };
  assert.equal(await expireDue({ ...deps, store }), 0);
});

test("after a crash while people decide the review waits on, and the same action joins it", async () => {
  const { deps } = gateway();
  const review = await open(deps, "act_1");
  assert.deepEqual(await settleAfterRestart(deps), { detached: 1, unknown: 0 });
  const joined = await joinDetached(deps, "join", { caller: otherCaller, people: [] });
  assert.deepEqual(
    [joined?.id, joined?.state, joined?.caller],
    [review.id, "pending", otherCaller],
  );
});

test("after a crash in an execution its outcome is unknown, and it never runs again", async () => {
  const { deps, records } = gateway();
  const running = await claimed(deps, "act_1");
  const uncommitted = await claimed(deps, "act_2");
  const outcome = { state: "executed_uncommitted", detail: "DELETE 1", rows: 1 } as const;
  await recordOutcome(deps, uncommitted.id, outcome);
  assert.deepEqual(await settleAfterRestart(deps), { detached: 0, unknown: 2 });
  for (const { id, digest } of [running, uncommitted]) {
    const settled = await deps.store.review(id);
    assert(settled !== null);
    assert.deepEqual([settled.execution?.state, settled.caller], ["outcome_unknown", null]);
    assert.equal(await joinDetached(deps, "join", { caller: otherCaller, people: [] }), null);
    for (const by of [caller, otherCaller]) {
      const result = await claim(deps, id, { caller: by, digest, terms: settled });
      assert.equal(result.kind === "refused" && result.code, "review.already_claimed");
    }
  }
  assert.equal(records.filter(({ type }) => type === "execution.unknown").length, 2);
});

test("an action without a review that was begun and never ended becomes an unknown outcome", async () => {
  const { deps, store, records } = gateway();
  const id = "act_1" as ActionId;
  const begun = executionRecord("execution.claimed", id, openedAt, {});
  await store.append([{ ...begun, execution: "begun" }]);
  assert.deepEqual(await settleAfterRestart(deps), { detached: 0, unknown: 1 });
  assert.deepEqual(
    records.map((record) => [record.type, record.action, record.review]),
    [
      ["execution.claimed", id, null],
      ["execution.unknown", id, null],
    ],
  );
  assert.deepEqual(await store.pendingExecutions(), []);
});

test("settling twice, after a crash in between, changes nothing the second time", async () => {
  const { deps, records } = gateway();
  await claimed(deps, "act_1");
  await open(deps, "act_2");
  await approve(deps, await open(deps, "act_3"));
  const ended = await open(deps, "act_4");
  await applyEvent(deps, ended.id, { kind: "cancel", caller });
  assert.deepEqual(await settleAfterRestart(deps), { detached: 2, unknown: 1 });
  const after = records.length;
  assert.deepEqual(await settleAfterRestart(deps), { detached: 0, unknown: 0 });
  assert.equal(records.length, after);
});

/** Says how many changes were under way at a time, at most. */
function watched({ deps }: ReturnType<typeof gateway>) {
  let underWay = 0;
  let most = 0;
  const { store } = deps;
  const watching: ReviewDeps["store"] = {
    ...store,
    async saveReview(review, records) {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((resolve) => setImmediate(resolve));
      underWay -= 1;
      return store.saveReview(review, records);
    },
  };
  return { deps: { ...deps, store: watching }, most: () => most };
}

test("hundreds that are due at once, or were left at once, share the disk's flushes, and all are settled", async () => {
  const own = gateway();
  for (let at = 0; at < 250; at += 1) await open(own.deps, `act_${at}`);
  const starting = watched(own);
  assert.deepEqual(await settleAfterRestart(starting.deps), { detached: 250, unknown: 0 });
  assert.equal(starting.most(), 100);

  own.clock.advance(oneDba.ttlMs);
  const sweeping = watched(own);
  assert.equal(await expireDue(sweeping.deps), 250);
  assert.equal(sweeping.most(), 100);
});
