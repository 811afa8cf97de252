import assert from "node:assert/strict";
import type { Check } from "./harness.ts";
import { held, isAbout, isOf, roundTrip, sentWrites, typesOf } from "./scene.ts";

export function testRecords(check: Check): void {
  check("a write is not sent before its record is durable", async ({ stage, gateway, rules }) => {
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    const write = stage.holdWrite(isAbout("w1"));
    const heard = caller.propose("write", "w1");
    await write.reached;
    await roundTrip(gateway);
    assert.deepEqual(sentWrites(gateway), []);
    write.release();
    assert.equal(await heard, "ran");
    assert.deepEqual(sentWrites(gateway), ["w1"]);
  });

  check("an approved write is not sent before its claim is durable", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const claim = stage.holdWrite(isOf("execution.claimed"));
    await stage.give(await held(stage, "w1"), "ada");
    await claim.reached;
    await roundTrip(gateway);
    assert.deepEqual(sentWrites(gateway), []);
    claim.release();
    assert.equal(await heard, "ran");
    await stage.until(() => typesOf(stage, "w1").includes("execution.completed"));
  });

  check("nothing of a read's answer is shown before its record is durable", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const write = stage.holdWrite(isAbout("r1"));
    const heard = caller.propose("read", "r1");
    await write.reached;
    await stage.until(() => gateway.answered("r1"));
    await roundTrip(gateway);
    assert.equal(gateway.disclosed("r1"), false);
    write.release();
    assert.equal(await heard, "ran");
    assert.equal(gateway.disclosed("r1"), true);
  });

  check("a write that can't be recorded does not run", async ({ stage, gateway, rules }) => {
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    stage.failWrites(isAbout("w1"));
    assert.equal(await caller.propose("write", "w1"), "recording_failed");
    assert.deepEqual(gateway.sent(), []);
  });

  check("a write does not run when its review can't be recorded", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    stage.failWrites(isAbout("w1"));
    assert.equal(await caller.propose("write", "w1"), "recording_failed");
    assert.deepEqual(gateway.sent(), []);
  });

  check("an approved write does not run when its claim can't be recorded", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const review = await held(stage, "w1");
    stage.failWrites(isOf("execution.claimed"));
    await stage.give(review, "ada");
    assert.equal(await heard, "recording_failed");
    assert.deepEqual(gateway.sent(), []);
    assert.equal(stage.reviews.get(review.id)?.caller, null);
  });

  check("nothing of a read is shown that can't be recorded", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    stage.failWrites(isAbout("r1"));
    assert.equal(await caller.propose("read", "r1"), "recording_failed");
    assert.equal(gateway.disclosed("r1"), false);
  });

  check("what ran is told to have run, even if its outcome can't be recorded", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.writesRun);
    const caller = await gateway.connect();
    const outcome = stage.failWrites(isOf("execution.completed"));
    assert.equal(await caller.propose("write", "w1"), "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
    await outcome.reached;
    assert.equal((await stage.deps.reviews.store.pendingExecutions()).length, 1);
  });
}
