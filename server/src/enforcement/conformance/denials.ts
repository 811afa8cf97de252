import assert from "node:assert/strict";
import type { Check } from "./harness.ts";
import { assertOnlyDenied, held } from "./scene.ts";

export function testDenials(check: Check): void {
  check("a denied action never reaches the upstream, and is on record", async (scene) => {
    const caller = await scene.gateway.connect();
    assert.equal(await caller.propose("denied", "d1"), "denied_by_policy");
    assertOnlyDenied(scene, "d1", "forbidden");
  });

  check("an action is denied, on record, when policy throws", async (scene) => {
    const caller = await scene.gateway.connect();
    scene.stage.breakPolicy();
    assert.equal(await caller.propose("write", "w1"), "denied_by_policy");
    assertOnlyDenied(scene, "w1", "policy_error");
  });

  check("an action is refused, on record, when its session can't be read", async (scene) => {
    const caller = await scene.gateway.connect();
    scene.gateway.failMeaning();
    const heard = await caller.propose("write", "w1");
    assert.ok(["denied_by_policy", "upstream_unreachable"].includes(heard), heard);
    assertOnlyDenied(scene, "w1", null);
  });

  check("the principal's own people can't approve what it asks for", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    const heard = caller.propose("write", "w1");
    const review = await held(stage, "w1");
    await assert.rejects(stage.give(review, "owner"), { code: "review.requester" });
    assert.deepEqual(gateway.sent(), []);
    await stage.give(review, "ada", "deny");
    assert.equal(await heard, "denied_by_reviewer");
    assert.deepEqual(gateway.sent(), []);
  });
}
