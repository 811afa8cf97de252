/** What an edit must not do however its session and the store behave: shown with attempts that misbehave. */
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { CallerId, PersonId } from "#/core/ids.ts";
import type { Attempt, Edited } from "#/core/protocol.ts";
import type { Review } from "#/core/review.ts";
import { action as fixture } from "#/review/fixtures.test-support.ts";
import { applyEvent } from "#/review/life.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";
import type { OverrideInput } from "#/review/override.ts";
import { nothingMasked, openStage, type Stage } from "./conformance/stage.ts";
import { enforce } from "./enforce.ts";
import { override } from "./override.ts";

const held = `@id("held") @review("1 of dba") @reason("Held.") permit (principal, action, resource);`;
const editedCommand = "delete from customers where id = 8";

function openScene(context: TestContext, text = held): Stage {
  const { store } = openTestStore();
  const stage = openStage(store);
  stage.rule(text);
  context.after(() => stage.close());
  return stage;
}

/** Runs what it is given and notes it. */
function attemptOf(stage: Stage, ran: string[], changes: Partial<Attempt> = {}): Attempt {
  const own = fixture({ principal: stage.principal, fingerprint: null });
  return {
    action: own,
    caller: "ses_1" as CallerId,
    proven: false,
    isCancelled: false,
    signal: new AbortController().signal,
    fingerprint: async () => "as it was",
    callee: () => null,
    saidBefore: async () => null,
    standing: async () => ({ transaction: null, limit: null, isBound: false }),
    blocks: async () => null,
    held: () => {},
    edited: async (edit) => editedOf(edit.action),
    preview: "none",
    effect: async () => null,
    touched: async () => null,
    overridden: () => ran.push("told"),
    execute: async ({ command }) => {
      ran.push(command);
      return { state: "executed", detail: "DONE 1", rows: 1 };
    },
    ...changes,
  };
}

function editedOf(
  of: Review["action"],
  changes: Partial<Extract<Edited, { kind: "edited" }>> = {},
): Edited {
  const revision = of.revision + 1;
  const edited = { ...of, command: editedCommand, revision, fingerprint: null };
  return { kind: "edited", action: edited, narrows: false, check: async () => null, ...changes };
}

async function heldReview(stage: Stage): Promise<Review> {
  return stage.until(() =>
    [...stage.reviews.values()].find(({ state, caller }) => state === "pending" && caller !== null),
  );
}

function inputOf(review: Review, changes: Partial<OverrideInput> = {}): OverrideInput {
  return {
    person: "per_ada" as PersonId,
    assurance: "session",
    vouchers: [],
    digest: review.digest,
    command: editedCommand,
    parameters: null,
    shown: nothingMasked(review),
    comment: "because",
    idempotencyKey: "key",
    ...changes,
  };
}

test("what runs is the edit, once, and the caller is told before", async (context) => {
  const stage = openScene(context);
  const ran: string[] = [];
  const heard = enforce(attemptOf(stage, ran), stage.deps);
  const review = await heldReview(stage);
  const edited = await override(review.id, inputOf(review), stage.deps);
  await stage.give(edited.review, "bob");
  assert.equal((await heard).kind, "ran");
  assert.deepEqual(ran, ["told", editedCommand]);
});

test("the upstream is asked about an edit only once policy has permitted it", async (context) => {
  const stage = openScene(context);
  let asked = 0;
  const check = async () => {
    asked += 1;
    return null;
  };
  const edited: Attempt["edited"] = async ({ action }) => editedOf(action, { check });
  void enforce(attemptOf(stage, [], { edited }), stage.deps);
  const review = await heldReview(stage);
  stage.rule(`@id("none") @reason("None.") forbid (principal, action, resource);`);
  await assert.rejects(override(review.id, inputOf(review), stage.deps), {
    code: "review.override_denied",
  });
  stage.breakPolicy();
  await assert.rejects(override(review.id, inputOf(review), stage.deps), {
    code: "review.override_denied",
  });
  assert.equal(asked, 0);
  stage.rule(held);
  await override(review.id, inputOf(review), stage.deps);
  assert.equal(asked, 1);
});

test("a session that fails over an edit changes nothing", async (context) => {
  const stage = openScene(context);
  const lost = () => Promise.reject(new Error("the upstream is gone"));
  const attempt = attemptOf(stage, [], {
    edited: async ({ action }) => editedOf(action, { check: lost }),
  });
  void enforce(attempt, stage.deps);
  const review = await heldReview(stage);
  await assert.rejects(override(review.id, inputOf(review), stage.deps), {
    code: "review.override_refused",
  });
  assert.equal(stage.reviews.get(review.id)?.version, review.version);
});

test("an edit that can't be recorded does not take effect, and what was asked can still be approved", async (context) => {
  const stage = openScene(context);
  const ran: string[] = [];
  const heard = enforce(attemptOf(stage, ran), stage.deps);
  const review = await heldReview(stage);
  stage.failWrites(({ type }) => type === "review.overridden");
  await assert.rejects(override(review.id, inputOf(review), stage.deps), /disk is full/);
  await stage.give(review, "bob");
  assert.equal((await heard).kind, "ran");
  assert.deepEqual(ran, [review.action.command]);
});

test("an edit whose review changes while its session is asked takes no effect", async (context) => {
  for (const [meanwhile, code] of [
    ["approve", "review.already_decided"],
    ["detach", "review.detached"],
  ] as const) {
    const stage = openScene(context);
    const ran: string[] = [];
    const review = Promise.withResolvers<Review>();
    const check = async () => {
      const { id } = await review.promise;
      const event = { kind: "detach", caller: "ses_1" as CallerId } as const;
      if (meanwhile === "approve") await stage.give(await review.promise, "bob");
      else await applyEvent(stage.deps.reviews, id, event);
      return null;
    };
    const edited: Attempt["edited"] = async ({ action }) => editedOf(action, { check });
    void enforce(attemptOf(stage, ran, { edited }), stage.deps);
    review.resolve(await heldReview(stage));
    const waiting = await review.promise;
    await assert.rejects(override(waiting.id, inputOf(waiting), stage.deps), { code }, meanwhile);
    assert.equal(stage.reviews.get(waiting.id)?.asked, null);
    assert.ok(!ran.includes(editedCommand));
  }
});

test("an edit by somebody who is not known any more at the claim is voided", async (context) => {
  const stage = openScene(context);
  const ran: string[] = [];
  let isKnown = true;
  const deps = {
    ...stage.deps,
    reviews: {
      ...stage.deps.reviews,
      people: (id: PersonId) =>
        id === "per_ada" && !isKnown ? null : stage.deps.reviews.people(id),
    },
  };
  const heard = enforce(attemptOf(stage, ran), deps);
  const review = await heldReview(stage);
  const edited = await override(review.id, inputOf(review), deps);
  isKnown = false;
  await stage.give(edited.review, "bob");
  const end = await heard;
  assert.equal(end.kind === "refused" && end.refusal.code, "denied_by_policy");
  assert.deepEqual(ran, []);
  assert.equal(stage.reviews.get(review.id)?.state, "voided");
});
