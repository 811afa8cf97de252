import assert from "node:assert/strict";
import { approvalValidDefaultMs } from "#/core/obligation.ts";
import type { Check } from "./harness.ts";
import { held, pendingAfter, settled, typesOf, waitInVain } from "./scene.ts";
import { holdMaxMs } from "./stage.ts";

export function testClaim(check: Check): void {
  check("when its meaning has changed, an approved action waits for a new look", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    await gateway.changeMeaning();
    await stage.give(opened, "ada");
    const reopened = await stage.until(() => pendingAfter(stage, opened));
    assert.notEqual(reopened.digest, opened.digest);
    assert.equal(reopened.action.revision, opened.action.revision + 1);
    assert.deepEqual(gateway.sent(), []);
    await assert.rejects(stage.give(opened, "bob"), { code: "review.digest_mismatch" });
    await stage.give(reopened, "ada");
    assert.equal(await heard, "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("a caller finds its review again after it was reopened", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    await gateway.changeMeaning();
    await stage.give(opened, "ada");
    const reopened = await stage.until(() => pendingAfter(stage, opened));
    await stage.until(() => gateway.told() === 2);
    stage.clock.advance(holdMaxMs);
    assert.equal(await heard, "pending_review");
    await stage.give(reopened, "ada");
    assert.equal(await caller.propose("write", "w1"), "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("what policy denies by the time of the claim is voided", async (scene) => {
    const { stage, gateway, rules } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.rule(rules.writesDenied);
    await stage.give(opened, "ada");
    assert.equal(await heard, "denied_by_policy");
    assert.equal(stage.reviews.get(opened.id)?.state, "voided");
    assert.deepEqual(gateway.sent(), []);
  });

  check("a policy that throws at the claim voids it", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.breakPolicy();
    await stage.give(opened, "ada");
    assert.equal(await heard, "denied_by_policy");
    assert.deepEqual(gateway.sent(), []);
  });

  check("stricter terms reopen it and keep the verdicts that count", async (scene) => {
    const { stage, gateway, rules } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.rule(rules.twoAsked);
    await stage.give(opened, "ada");
    const reopened = await stage.until(() => pendingAfter(stage, opened));
    assert.equal(reopened.digest, opened.digest);
    assert.deepEqual(gateway.sent(), []);
    await assert.rejects(stage.give(reopened, "ada"), { code: "review.duplicate_verdict" });
    await stage.give(reopened, "bob");
    assert.equal(await heard, "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("an approval past its time is not used", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const review = await waitInVain(scene, caller, "w1");
    await stage.give(review, "ada");
    stage.clock.advance(approvalValidDefaultMs);
    const heard = caller.propose("write", "w1");
    const next = await held(stage, "w1");
    assert.notEqual(next.id, review.id);
    assert.deepEqual(gateway.sent(), []);
    await stage.give(next, "ada", "deny");
    assert.equal(await heard, "denied_by_reviewer");
  });

  check("an approval whose time runs out before the claim is not used", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    stage.onAsked(() => stage.clock.advance(approvalValidDefaultMs));
    await stage.give(opened, "ada");
    assert.equal(await heard, "review_expired");
    assert.equal(stage.reviews.get(opened.id)?.state, "expired");
    assert.deepEqual(gateway.sent(), []);
  });

  check("an unknown outcome is told, recorded and never retried", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    gateway.loseAt("w1");
    await stage.give(opened, "ada");
    assert.equal(await heard, "outcome_unknown");
    const review = await stage.until(() => settled(stage, opened.id));
    assert.equal(review.execution?.state, "outcome_unknown");
    const again = (await gateway.connect()).propose("write", "w1");
    const next = await held(stage, "w1");
    assert.notEqual(next.id, opened.id);
    assert.deepEqual(gateway.sent(), ["w1"]);
    await stage.give(next, "ada", "deny");
    assert.equal(await again, "denied_by_reviewer");
  });

  check("an unreviewed write of unknown outcome is told and recorded so", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    gateway.loseAt("w1");
    assert.equal(await caller.propose("write", "w1"), "outcome_unknown");
    await stage.until(() => typesOf(stage, "w1").includes("execution.unknown"));
    assert.deepEqual(gateway.sent(), ["w1"]);
  });
}
