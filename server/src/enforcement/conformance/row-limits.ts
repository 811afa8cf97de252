import assert from "node:assert/strict";
import type { Check } from "./harness.ts";
import { assertOnlyDenied, held, isOf, recordsOf, settled, typesOf } from "./scene.ts";
import type { Stage } from "./stage.ts";

export function testRowLimits(check: Check): void {
  check("nothing stays of what touches more rows than a rule allows", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.twoRows);
    const caller = await gateway.connect();
    assert.equal(await caller.propose("wide", "w1"), "rows_exceeded");
    assert.equal(await gateway.stays("w1"), 0);
    await stage.until(() => typesOf(stage, "w1").includes("execution.failed"));
    assert.deepEqual(outcomeOf(stage, "w1"), ["execution.failed", "rows_exceeded", 3]);
    // Its client goes on.
    assert.equal(await caller.propose("write", "w2"), "ran");
    assert.equal(await gateway.stays("w2"), 1);
  });

  check(
    "nothing stays of what touches more rows than were approved, and the approval is used up",
    async (scene) => {
      const { stage, gateway } = scene;
      const caller = await gateway.connect();
      const heard = caller.propose("wide", "w1");
      const { id } = await stage.give(await held(stage, "w1"), "ada", "approve", 2);
      assert.equal(await heard, "rows_exceeded");
      assert.equal(await gateway.stays("w1"), 0);
      const { execution } = await stage.until(() => settled(stage, id));
      assert.deepEqual([execution?.state, execution?.detail], ["failed", "rows_exceeded"]);
      assert.deepEqual(gateway.sent(), ["w1"]);
    },
  );

  check("what is within its limit runs and stays", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("wide", "w1");
    await stage.give(await held(stage, "w1"), "ada", "approve", 3);
    assert.equal(await heard, "ran");
    assert.equal(await gateway.stays("w1"), 3);
    const claimed = recordsOf(stage, "w1").find(isOf("execution.claimed"));
    assert.equal(claimed?.body["rowsMax"], 3);
  });

  check("of several approvers the one who allows least decides", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.twoAsked);
    const caller = await gateway.connect();
    const heard = caller.propose("wide", "w1");
    const review = await held(stage, "w1");
    const half = await stage.give(review, "ada", "approve", 2);
    await stage.give(half, "bob", "approve", 3);
    assert.equal(await heard, "rows_exceeded");
    assert.equal(await gateway.stays("w1"), 0);
  });

  check("what can't be counted never reaches the upstream under a limit", async (scene) => {
    const { stage, gateway, rules } = scene;
    stage.rule(rules.twoRows);
    const caller = await gateway.connect();
    assert.equal(await caller.propose("uncounted", "w1"), "rows_uncounted");
    assertOnlyDenied(scene, "w1", "uncounted");
    stage.rule(rules.usual);
    const heard = caller.propose("uncounted", "w2");
    const review = await held(stage, "w2");
    const refused = { code: "review.rows_uncounted" };
    await assert.rejects(stage.give(review, "ada", "approve", 2), refused);
    await stage.give(review, "ada", "deny");
    assert.equal(await heard, "denied_by_reviewer");
    assert.deepEqual(gateway.sent(), []);
  });
}

function outcomeOf(stage: Stage, name: string): readonly unknown[] {
  const last = recordsOf(stage, name).at(-1);
  return [last?.type, last?.body["detail"], last?.body["rows"]];
}
