import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import * as fc from "fast-check";
import type { Action } from "#/core/action.ts";
import type { OpenTransaction } from "#/core/open-transaction.ts";
import type { Attempt, Told } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import { openStage, type Stage } from "#/enforcement/conformance/stage.ts";
import { enforce } from "#/enforcement/enforce.ts";
import { quietAttempt } from "#/enforcement/quiet-attempt.test-support.ts";
import { newId } from "#/platform/ids.ts";
import { action as fixture } from "#/review/fixtures.test-support.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";
import { nextReminderMs, remindEveryMs } from "./tell-waiting.ts";

const minuteMs = 60_000;
const holdMaxMs = 30 * minuteMs;
const twoPeople = `@id("held") @review("2 of dba") @reason("Held.") permit (principal, action, resource);`;

const openTransaction: OpenTransaction = {
  since: 0,
  locks: [{ on: "public.items", mode: "RowExclusiveLock" }],
  locksMore: 0,
  blocks: 0,
  at: 0,
};

interface Waiter {
  readonly stage: Stage;
  readonly told: readonly Told[];
  readonly heard: ReturnType<typeof enforce>;
  readonly review: Review;
}

async function waiter(context: TestContext, changes: Partial<Attempt> = {}): Promise<Waiter> {
  const { store } = openTestStore();
  const stage = openStage(store);
  stage.rule(twoPeople);
  context.after(() => stage.close());
  const told: Told[] = [];
  const id = newId<Action["id"]>("act", 0);
  const action = fixture({ id, principal: stage.principal, fingerprint: null, salt: id });
  const attempt: Attempt = {
    ...quietAttempt(action),
    held(_, news) {
      told.push(news);
      stage.touch();
    },
    ...changes,
  };
  const limits = { holdMaxMs, holdInTransactionMaxMs: 5 * minuteMs };
  const heard = enforce(attempt, { ...stage.deps, ...limits });
  const review = await stage.until(() => told.length > 0 && [...stage.reviews.values()][0]);
  return { stage, told, heard, review };
}

test("a caller is reminded after a minute, then every five, and a minute before it is let go", async (context) => {
  const { stage, told, heard } = await waiter(context);
  const at: number[] = [];
  for (let minute = 1; minute <= 30; minute += 1) {
    const before = told.length;
    stage.clock.advance(minuteMs);
    if (told.length > before) at.push(minute);
  }
  assert.deepEqual(at, [1, 6, 11, 16, 21, 26, 29]);
  assert.deepEqual(
    told.map(({ leftMs }) => leftMs / minuteMs),
    [30, 29, 24, 19, 14, 9, 4, 1],
  );
  assert.deepEqual(new Set(told.map(({ news }) => news)), new Set([null]));
  assert.equal((await heard).kind, "refused");
});

test("whoever is approved once of twice hears by whom, and whose approval is still to come", async (context) => {
  const { stage, told, review, heard } = await waiter(context);
  assert.deepEqual(told[0]?.missing, [{ group: "dba", needed: 2 }]);
  const approved = await stage.give(review, "ada");
  await stage.until(() => told.length === 2);
  assert.deepEqual(told[1]?.missing, [{ group: "dba", needed: 1 }]);
  assert.equal(told[1]?.news, "Ms ada approved it.");
  await stage.give(approved, "bob");
  assert.equal((await heard).kind, "ran");
  assert.equal(told.length, 2);
});

test("a caller hears why it waits again, and nothing of what does not concern it", async (context) => {
  let meaning = "as it was";
  const { stage, told, review, heard } = await waiter(context, {
    fingerprint: async () => meaning,
  });
  const once = await stage.give(review, "ada");
  meaning = "something else";
  await stage.give(once, "bob");
  await stage.until(() => told.length === 3);
  assert.match(told[2]?.news ?? "", /session or the schema changed/);
  assert.deepEqual(told[2]?.missing, [{ group: "dba", needed: 2 }]);
  stage.clock.advance(holdMaxMs);
  await heard;
});

test("in a transaction the wait is shorter, and its end says that it failed and what to do", async (context) => {
  const { stage, told, review, heard } = await waiter(context, {
    standing: async () => ({ transaction: openTransaction, limit: null, isBound: false }),
  });
  assert.equal(told[0]?.inTransaction, true);
  assert.equal(told[0]?.leftMs, 5 * minuteMs);
  stage.clock.advance(5 * minuteMs - 1);
  assert.equal(stage.reviews.get(review.id)?.caller === null, false);
  stage.clock.advance(1);
  const result = await heard;
  assert(result.kind === "refused");
  assert.equal(result.refusal.code, "pending_review");
  assert.match(result.refusal.message, /5 minutes/);
  assert.match(result.refusal.message, /transaction has failed.*Roll back.*same statement/s);
  const detached = stage.reviews.get(review.id);
  assert.deepEqual(
    [detached?.state, detached?.caller, detached?.transaction],
    ["pending", null, null],
  );
});

test("the least limit counts, whoever sets it, and is named when it has passed", async (context) => {
  const { stage, told, heard } = await waiter(context, {
    standing: async () => ({
      transaction: openTransaction,
      limit: { ms: 10_000, by: "The session's statement_timeout" },
      isBound: false,
    }),
  });
  assert.equal(told[0]?.leftMs, 10_000);
  stage.clock.advance(10_000);
  const result = await heard;
  assert(result.kind === "refused");
  assert.match(result.refusal.message, /The session's statement_timeout \(10 seconds\)/);
});

test("who waits for an open transaction is looked at again with each reminder", async (context) => {
  const { stage, review, heard } = await waiter(context, {
    standing: async () => ({ transaction: openTransaction, limit: null, isBound: false }),
    blocks: async () => 3,
  });
  const noted = (blocks: number | null) =>
    stage.until(() => stage.reviews.get(review.id)?.transaction?.blocks === blocks);
  await noted(0);
  stage.clock.advance(minuteMs);
  await noted(3);
  const counts = stage.records
    .filter(({ type }) => type === "review.transaction_noted")
    .map(({ body }) => body["blocks"]);
  assert.deepEqual(counts, [0, 3]);
  stage.clock.advance(holdMaxMs);
  await heard;
});

test("what could not be looked at again is not known, and the wait goes on", async (context) => {
  const { stage, review, heard } = await waiter(context, {
    standing: async () => ({ transaction: openTransaction, limit: null, isBound: false }),
    blocks: async () => {
      throw new Error("the database is gone");
    },
  });
  stage.clock.advance(minuteMs);
  await stage.until(() => stage.reviews.get(review.id)?.transaction?.blocks === null);
  await stage.give(await stage.give(review, "ada"), "bob");
  assert.equal((await heard).kind, "ran");
});

test("reminders are few, and none comes after the wait", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400_000 }), (wholeMs) => {
      const at: number[] = [];
      for (let past = 0, next = nextReminderMs(0, wholeMs); next !== null; ) {
        assert.ok(next > 0);
        past += next;
        at.push(past);
        next = nextReminderMs(past, wholeMs);
      }
      assert.ok(at.every((each) => each < wholeMs));
      assert.ok(at.length <= wholeMs / remindEveryMs + 2);
    }),
  );
});
