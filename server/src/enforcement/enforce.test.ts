/** The trivial protocol in this process passes what every protocol has to; then what only a fake can show. */
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Action } from "#/core/action.ts";
import type { Principal } from "#/core/principal.ts";
import type { Attempt, Departure, Enforced, Outcome, TransactionEnd } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import type { RowLimit } from "#/core/row-limit.ts";
import type { Verb } from "#/core/verb.ts";
import { newId } from "#/platform/ids.ts";
import { action as fixture } from "#/review/fixtures.test-support.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";
import type {
  CallerUnderTest,
  GatewayUnderTest,
  Heard,
  ProposalKind,
} from "./conformance/harness.ts";
import { holdMaxMs, openStage, type Stage } from "./conformance/stage.ts";
import type { StageStore } from "./conformance/watched-writes.ts";
import { enforcementConformance } from "./conformance.ts";
import { enforce, refuse } from "./enforce.ts";
import { quietAttempt } from "./quiet-attempt.test-support.ts";

const verbs = {
  read: "sql.read",
  write: "sql.write",
  denied: "sql.schema",
  wide: "sql.write",
  uncounted: "sql.write",
} as const satisfies Readonly<Record<ProposalKind, Verb>>;

enforcementConformance("in-process", {
  verbs,
  callersMax: 101,
  openStore,
  open: openFake,
});

function openStore(): StageStore {
  return openTestStore().store;
}

async function openFake(stage: Stage): Promise<GatewayUnderTest> {
  const sent: string[] = [];
  const answered = new Set<string>();
  const disclosed = new Set<string>();
  const stays = new Map<string, number>();
  let meaning: (() => string) | null = () => "as it was";
  let losing: string | null = null;
  let told = 0;

  /** The upstream answers in a turn of its own, like anything that is far away. */
  const execute = async (
    name: string,
    rows: number,
    gate: Promise<void>,
    limit: RowLimit | null,
  ): Promise<Outcome> => {
    sent.push(name);
    stage.touch();
    if (name === losing) throw new Error("the upstream is gone");
    await new Promise((resolve) => setImmediate(resolve));
    answered.add(name);
    stage.touch();
    await gate;
    if (limit !== null && rows > limit.max) return { state: "exceeded", rows };
    disclosed.add(name);
    stays.set(name, rows);
    return { state: "executed", detail: `DONE ${rows}`, rows };
  };

  const connect = async (): Promise<CallerUnderTest> => {
    const leaving = new AbortController();
    return {
      async propose(kind, name) {
        const attempt: Attempt = {
          ...quietAttempt(
            actionOf(
              `${kind} ${name}`,
              [verbs[kind]],
              stage.principal,
              kind === "uncounted" ? "Nobody counts it." : null,
            ),
          ),
          proven: kind === "read",
          signal: leaving.signal,
          fingerprint: async () => {
            if (meaning === null) throw new Error("the session can't be read");
            return meaning();
          },
          held() {
            told += 1;
            stage.touch();
          },
          execute: (_, gate, limit) => execute(name, kind === "wide" ? 3 : 1, gate, limit),
        };
        return heardOf(await enforce(attempt, stage.deps));
      },
      async leave() {
        leaving.abort("cancelled" satisfies Departure);
      },
    };
  };
  return {
    connect,
    told: () => told,
    sent: () => sent,
    answered: (name) => answered.has(name),
    disclosed: (name) => disclosed.has(name),
    stays: async (name) => stays.get(name) ?? 0,
    async changeMeaning() {
      meaning = () => "something else";
    },
    failMeaning() {
      meaning = null;
    },
    loseAt(name) {
      losing = name;
    },
    async close() {},
  };
}

function heardOf(result: Enforced): Heard {
  if (result.kind === "refused") return result.refusal.code;
  return result.outcome.state === "exceeded" ? "rows_exceeded" : "ran";
}

function actionOf(
  command: string,
  of: readonly Verb[],
  principal: Principal,
  uncounted: string | null = null,
): Action {
  const id = newId<Action["id"]>("act", 0);
  const facts = { ...fixture().facts, uncounted };
  return fixture({ id, command, verbs: of, principal, facts, fingerprint: null, salt: id });
}

const rules = {
  held: `@id("held") @review("1 of dba") @reason("Held.") permit (principal, action, resource);`,
  allowed: `@id("allowed") @reason("Allowed.") permit (
              principal, action in Countersign::Action::"sql", resource);`,
  briefly: `@id("held") @review("1 of dba") @valid("1m") @reason("Held.")
            permit (principal, action, resource);`,
  trusted: `@id("trusted") @review("1 of dba") @reason("Trusted.")
            permit (principal in Countersign::Group::"trusted", action, resource);
            @id("others") @review("2 of dba") @reason("Others.") permit (principal, action, resource)
            unless { principal in Countersign::Group::"trusted" };`,
} as const;

function openScene(context: TestContext, text: string): Stage {
  const stage = openStage(openStore());
  stage.rule(text);
  context.after(() => stage.close());
  return stage;
}

function attemptOf(stage: Stage, changes: Partial<Attempt> = {}): Attempt {
  return { ...quietAttempt(actionOf("write w1", ["sql.write"], stage.principal)), ...changes };
}

async function heldReview(stage: Stage): Promise<Review> {
  return stage.until(() =>
    [...stage.reviews.values()].find(({ state, caller }) => state === "pending" && caller !== null),
  );
}

const never = () => assert.fail("nothing may run");

test("an execution that throws at once has an unknown outcome, reviewed or not", async (context) => {
  const broken = () => {
    throw new Error("could not even be sent");
  };
  for (const text of [rules.allowed, rules.held]) {
    const stage = openScene(context, text);
    const heard = enforce(attemptOf(stage, { execute: broken }), stage.deps);
    if (text === rules.held) await stage.give(await heldReview(stage), "ada");
    assert.equal(heardOf(await heard), "outcome_unknown");
    await stage.until(() => stage.records.at(-1)?.type === "execution.unknown");
    assert.deepEqual(await stage.deps.reviews.store.pendingExecutions(), []);
  }
});

test("an action that was not proven to be a read waits for its record, as a read too", async (context) => {
  const stage = openScene(context, rules.allowed);
  const write = stage.holdWrite(({ type }) => type === "action.allowed");
  let ran = false;
  const execute = async (): Promise<Outcome> => {
    ran = true;
    return { state: "executed", detail: null, rows: null };
  };
  const action = actionOf("read r1", ["sql.read"], stage.principal);
  const heard = enforce(attemptOf(stage, { action, execute }), stage.deps);
  await write.reached;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(ran, false);
  write.release();
  assert.equal(heardOf(await heard), "ran");
});

test("the one who waits is told for whom, and again when it has to wait anew", async (context) => {
  const stage = openScene(context, rules.held);
  const told: number[] = [];
  let meaning = "as it was";
  const heard = enforce(
    attemptOf(stage, {
      held: ({ action }) => told.push(action.revision),
      fingerprint: async () => meaning,
    }),
    stage.deps,
  );
  const opened = await heldReview(stage);
  meaning = "something else";
  await stage.give(opened, "ada");
  const again = await stage.until(() =>
    [...stage.reviews.values()].find(({ action }) => action.revision === 2),
  );
  await stage.give(again, "ada");
  assert.equal(heardOf(await heard), "ran");
  assert.deepEqual(told, [1, 2]);
});

for (const departure of ["cancelled", "detached"] as const) {
  test(`nothing runs for one who is gone (${departure}) when the claim reads the session`, async (context) => {
    const stage = openScene(context, rules.held);
    const leaving = new AbortController();
    let approved = false;
    const heard = enforce(
      attemptOf(stage, {
        signal: leaving.signal,
        fingerprint: async () => {
          if (approved) leaving.abort(departure);
          return "as it was";
        },
        execute: never,
      }),
      stage.deps,
    );
    const opened = await heldReview(stage);
    approved = true;
    await stage.give(opened, "ada");
    const cancelled = departure === "cancelled";
    assert.equal(heardOf(await heard), cancelled ? "review_cancelled" : "pending_review");
    const { state, caller, execution } = stage.reviews.get(opened.id) ?? assert.fail();
    assert.deepEqual(
      [state, caller, execution],
      [cancelled ? "cancelled" : "approved", null, null],
    );
  });
}

test("a shorter time for approvals that comes into force before the claim counts", async (context) => {
  const stage = openScene(context, rules.held);
  const attempt = attemptOf(stage, { execute: never });
  const opened = await waitInVain(stage, attempt);
  await stage.give(opened, "ada");
  stage.clock.advance(60_000);
  stage.rule(rules.briefly);
  assert.equal(heardOf(await enforce(attempt, stage.deps)), "review_expired");
  assert.equal(stage.reviews.get(opened.id)?.state, "expired");
});

test("at the claim the principal's groups of now decide, not those of the proposal", async (context) => {
  const stage = openScene(context, rules.trusted);
  const attempt = attemptOf(stage, { execute: never });
  const trusted = { ...stage.principal, groups: ["trusted"] };
  const action = { ...attempt.action, principal: trusted };
  const opened = await waitInVain(stage, { ...attempt, action });
  await stage.give(opened, "ada");
  void enforce(attempt, stage.deps);
  const reopened = await stage.until(() => {
    const review = stage.reviews.get(opened.id);
    return review?.state === "pending" && review.caller !== null && review;
  });
  assert.deepEqual(reopened.obligations.quorum, [{ group: "dba", needed: 2 }]);
});

/** Proposes and is let go while nobody has decided. */
async function waitInVain(stage: Stage, attempt: Attempt): Promise<Review> {
  let told = false;
  const held = () => {
    told = true;
    stage.touch();
  };
  const heard = enforce({ ...attempt, held }, stage.deps);
  await stage.until(() => told);
  stage.clock.advance(holdMaxMs);
  assert.equal(heardOf(await heard), "pending_review");
  return stage.until(() => [...stage.reviews.values()].at(-1));
}

test("a caller may be let go while it is approved, and hears that the approval waits", async (context) => {
  const stage = openScene(context, rules.held);
  const leaving = new AbortController();
  const heard = enforce(attemptOf(stage, { signal: leaving.signal, execute: never }), stage.deps);
  const opened = await heldReview(stage);
  const approval = stage.holdWrite(({ type }) => type === "review.approved");
  const detachment = stage.holdWrite(({ type }) => type === "review.detached");
  const approving = stage.give(opened, "ada");
  await approval.reached;
  leaving.abort("detached");
  await detachment.reached;
  approval.release();
  await approving;
  detachment.release();
  const result = await heard;
  assert(result.kind === "refused");
  assert.equal(result.refusal.code, "pending_review");
  assert.match(result.refusal.message, /was approved after this caller had left/);
  const { state, caller } = stage.reviews.get(opened.id) ?? assert.fail();
  assert.deepEqual([state, caller], ["approved", null]);
});

test("a principal with too many open reviews is refused, on record", async (context) => {
  const stage = openScene(context, rules.held);
  const deps = { ...stage.deps, reviews: { ...stage.deps.reviews, reviewsOpenMax: 1 } };
  void enforce(attemptOf(stage), deps);
  await heldReview(stage);
  const other = actionOf("write w2", ["sql.write"], stage.principal);
  assert.equal(
    heardOf(await enforce(attemptOf(stage, { action: other, execute: never }), deps)),
    "too_many_reviews",
  );
  const records = stage.records.filter(({ action }) => action === other.id);
  assert.deepEqual(
    records.map(({ type }) => type),
    ["action.denied"],
  );
});

test("what the gateway does not carry is refused, on record, and not at all without one", async (context) => {
  const stage = openScene(context, rules.allowed);
  const action = actionOf("a function call", ["sql.opaque"], stage.principal);
  const refused = await refuse(action, "Function calls are not carried.", stage.deps);
  assert(refused.kind === "refused");
  assert.equal(refused.refusal.code, "denied_by_policy");
  assert.equal(refused.refusal.reason, "Function calls are not carried.");
  assert.equal(stage.records.at(-1)?.body["cause"], "unsupported");
  stage.failWrites(() => true);
  assert.equal(heardOf(await refuse(action, "Neither.", stage.deps)), "recording_failed");
});

for (const end of ["executed", "rolled_back", "outcome_unknown"] as const) {
  test(`how its transaction ended (${end}) is recorded of a write, reviewed or not`, async (context) => {
    for (const text of [rules.allowed, rules.held]) {
      const stage = openScene(context, text);
      const ending = Promise.withResolvers<TransactionEnd>();
      const execute = async (): Promise<Outcome> => ({
        state: "executed_uncommitted",
        detail: "DELETE 3",
        rows: 3,
        ended: ending.promise,
      });
      const heard = enforce(attemptOf(stage, { execute }), stage.deps);
      if (text === rules.held) await stage.give(await heldReview(stage), "ada");
      const result = await heard;
      assert(result.kind === "ran" && result.outcome.state === "executed_uncommitted");
      await stage.until(() => stage.records.some(({ type }) => type === "execution.completed"));
      assert.equal(await unsettled(stage), 1, "a restart would settle it");
      ending.resolve(end);
      const last = await stage.until(() => {
        const record = stage.records.at(-1);
        return record?.type !== "execution.completed" && record;
      });
      const types = {
        executed: "execution.committed",
        rolled_back: "execution.rolled_back",
        outcome_unknown: "execution.unknown",
      };
      assert.equal(last.type, types[end]);
      assert.equal(await unsettled(stage), 0);
    }
  });
}

async function unsettled(stage: Stage): Promise<number> {
  const { store } = stage.deps.reviews;
  return (await store.pendingExecutions()).length + (await store.unsettledReviews()).length;
}

test("a failing upstream is recorded as failed, and the approval is used up", async (context) => {
  const stage = openScene(context, rules.held);
  const execute = async (): Promise<Outcome> => ({ state: "failed", detail: "23505" });
  const heard = enforce(attemptOf(stage, { execute }), stage.deps);
  const opened = await heldReview(stage);
  await stage.give(opened, "ada");
  assert.equal(heardOf(await heard), "ran");
  const execution = stage.reviews.get(opened.id)?.execution;
  assert.deepEqual([execution?.state, execution?.detail], ["failed", "23505"]);
});

test("a proven read whose answer is lost may simply be tried again", async (context) => {
  const stage = openScene(context, rules.allowed);
  const action = actionOf("read r1", ["sql.read"], stage.principal);
  const execute = async (): Promise<Outcome> => {
    throw new Error("the upstream is gone");
  };
  const attempt = attemptOf(stage, { action, proven: true, execute });
  const result = await enforce(attempt, stage.deps);
  assert(result.kind === "refused");
  assert.equal(result.refusal.code, "upstream_unreachable");
  assert.equal(result.refusal.retry, "later");
});

test("a proven read whose record fails is refused even where the upstream was lost", async (context) => {
  const stage = openScene(context, rules.allowed);
  stage.failWrites(() => true);
  const execute = (_: Action, gate: Promise<void>) =>
    gate.then((): Outcome => assert.fail("the gate is shut"));
  const action = actionOf("read r1", ["sql.read"], stage.principal);
  const attempt = attemptOf(stage, { action, proven: true, execute });
  assert.equal(heardOf(await enforce(attempt, stage.deps)), "recording_failed");
  assert.deepEqual(stage.records, []);
});
