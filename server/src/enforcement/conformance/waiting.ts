import assert from "node:assert/strict";
import type { Check } from "./harness.ts";
import { held, heldReviews, isOf, sentWrites, settled, typesOf, waitInVain } from "./scene.ts";

export function testWaiting(check: Check): void {
  check("a client that leaves cancels its review, and nothing runs", async ({ stage, gateway }) => {
    const caller = await gateway.connect();
    void caller.propose("write", "w1");
    const { id } = await held(stage, "w1");
    await caller.leave();
    const review = await stage.until(() => settled(stage, id));
    assert.equal(review.state, "cancelled");
    await assert.rejects(stage.give(review, "ada"), { code: "review.already_decided" });
    assert.deepEqual(gateway.sent(), []);
  });

  check("nothing runs for a client that leaves as its review is approved", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    void caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    const approval = stage.holdWrite(isOf("review.approved"));
    const approving = stage.give(opened, "ada").catch(() => null);
    await approval.reached;
    await caller.leave();
    approval.release();
    await approving;
    const review = await stage.until(() => settled(stage, opened.id));
    assert.equal(review.state, "cancelled");
    assert.deepEqual(gateway.sent(), []);
  });

  check("nothing runs for a client that leaves as its approval is claimed", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    void caller.propose("write", "w1");
    const opened = await held(stage, "w1");
    const claim = stage.holdWrite(isOf("execution.claimed"));
    await stage.give(opened, "ada");
    await claim.reached;
    await caller.leave();
    claim.release();
    const review = await stage.until(() => settled(stage, opened.id));
    assert.equal(review.execution?.state, "failed");
    assert.deepEqual(gateway.sent(), []);
  });

  check("two live callers with the same content have a review each", async (scene) => {
    const { stage, gateway } = scene;
    const [one, two] = [await gateway.connect(), await gateway.connect()];
    const heard = [one.propose("write", "w1"), two.propose("write", "w1")];
    const [first, second] = await stage.until(() => {
      const open = heldReviews(stage, "w1");
      return open.length === 2 && open;
    });
    assert(first !== undefined && second !== undefined);
    assert.notEqual(first.digest, second.digest);
    await stage.give(first, "ada");
    await stage.until(() => sentWrites(gateway).length === 1);
    await stage.give(second, "bob", "deny");
    assert.deepEqual((await Promise.all(heard)).toSorted(), ["denied_by_reviewer", "ran"]);
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("a caller that comes back uses the approval up, once", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const review = await waitInVain(scene, caller, "w1");
    await stage.give(review, "ada");
    assert.deepEqual(gateway.sent(), []);
    assert.equal(await caller.propose("write", "w1"), "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
    const again = caller.propose("write", "w1");
    const next = await held(stage, "w1");
    assert.notEqual(next.id, review.id);
    await stage.give(next, "ada", "deny");
    assert.equal(await again, "denied_by_reviewer");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("a caller that comes back while it is pending waits on", async (scene) => {
    const { stage, gateway } = scene;
    const caller = await gateway.connect();
    const review = await waitInVain(scene, caller, "w1");
    const heard = caller.propose("write", "w1");
    const joined = await held(stage, "w1");
    assert.equal(joined.id, review.id);
    await stage.give(joined, "ada");
    assert.equal(await heard, "ran");
    assert.deepEqual(gateway.sent(), ["w1"]);
  });

  check("of many callers that come back for one approval, exactly one runs", async (scene) => {
    const { stage, gateway, callersMax } = scene;
    const review = await waitInVain(scene, await gateway.connect(), "w1");
    await stage.give(review, "ada");
    const count = Math.min(100, callersMax - 1);
    const callers = await Promise.all(Array.from({ length: count }, () => gateway.connect()));
    const heard = callers.map((caller) => caller.propose("write", "w1"));
    const others = await stage.until(() => {
      const open = heldReviews(stage, "w1");
      return open.length === count - 1 && open;
    });
    await stage.until(() => typesOf(stage, "w1").includes("execution.completed"));
    assert.deepEqual(gateway.sent(), ["w1"]);
    await Promise.all(others.map((other) => stage.give(other, "bob", "deny")));
    const ran = (await Promise.all(heard)).filter((each) => each === "ran");
    assert.equal(ran.length, 1);
    assert.deepEqual(gateway.sent(), ["w1"]);
  });
}
