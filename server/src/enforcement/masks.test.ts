/** Masks come with a decision to the run that it allows: also the ones that policy gained while people were asked. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Mask } from "#/core/obligation.ts";
import type { Attempt } from "#/core/protocol.ts";
import { newId } from "#/platform/ids.ts";
import { action as fixture } from "#/review/fixtures.test-support.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";
import { openStage, type Stage } from "./conformance/stage.ts";
import { enforce } from "./enforce.ts";
import { quietAttempt } from "./quiet-attempt.test-support.ts";

const email = { kind: "entity", entity: "email" } as const;
const phone = { kind: "column", schema: "public", table: "customers", column: "phone" } as const;
const rule = (heads: string) =>
  `@id("rule") ${heads} permit (principal, action == Countersign::Action::"sql.write", resource);`;

test("what a decision masks is masked by its run, and on record before", async (t) => {
  const stage = openTestStage(t);
  stage.rule(rule('@mask("public.customers.phone: partial, email")'));
  const masks = [
    { target: email, masker: "redact" },
    { target: phone, masker: "partial" },
  ] as const;
  assert.deepEqual(await runIn(stage), masks);
  assert.deepEqual(recorded(stage, "action.allowed"), [
    { target: "email", masker: "redact" },
    { target: "public.customers.phone", masker: "partial" },
  ]);
});

test("what was approved runs under its masks and those of policy at the claim, of each the strictest", async (t) => {
  const stage = openTestStage(t);
  stage.rule(rule('@review("1 of dba") @mask("email: hash, us_ssn: partial")'));
  const running = runIn(stage);
  const review = await stage.until(() => [...stage.reviews.values()][0]);
  stage.rule(rule('@review("1 of dba") @mask("email: partial, us_ssn, public.customers.phone")'));
  await stage.give(review, "ada");
  const joined: readonly Mask[] = [
    { target: email, masker: "hash" },
    { target: phone, masker: "redact" },
    { target: { kind: "entity", entity: "us_ssn" }, masker: "redact" },
  ];
  assert.deepEqual(await running, joined);
  assert.deepEqual(recorded(stage, "execution.claimed"), [
    { target: "email", masker: "hash" },
    { target: "public.customers.phone", masker: "redact" },
    { target: "us_ssn", masker: "redact" },
  ]);
});

test("a mask that policy has lost since the approval still holds", async (t) => {
  const stage = openTestStage(t);
  stage.rule(rule('@review("1 of dba") @mask("email")'));
  const running = runIn(stage);
  const review = await stage.until(() => [...stage.reviews.values()][0]);
  stage.rule(rule('@review("1 of dba")'));
  await stage.give(review, "ada");
  assert.deepEqual(await running, [{ target: email, masker: "redact" }]);
});

function openTestStage(t: { after(run: () => Promise<void>): void }): Stage {
  const { store } = openTestStore();
  const stage = openStage(store);
  t.after(stage.close);
  return stage;
}

/** The masks under which it ran. */
async function runIn(stage: Stage): Promise<readonly Mask[] | null> {
  let ranUnder: readonly Mask[] | null = null;
  const id = newId<Attempt["action"]["id"]>("act", 0);
  const attempt: Attempt = {
    ...quietAttempt(fixture({ id, principal: stage.principal, fingerprint: null, salt: id })),
    execute: async (_, gate, _limit, masks) => {
      await gate;
      ranUnder = masks;
      return { state: "executed", detail: null, rows: null };
    },
  };
  const result = await enforce(attempt, stage.deps);
  assert.equal(result.kind, "ran");
  return ranUnder;
}

function recorded(stage: Stage, type: string): unknown {
  const record = stage.records.find((each) => each.type === type);
  return (record?.body["obligations"] as { readonly masks?: unknown } | undefined)?.masks;
}
