import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { AnswerSwitch, answeredAnyway } from "./answer-switch.ts";
import { createHeldTasks, taskSink } from "./held-tasks.ts";

test("a call that fails once its task was told ends the task with an error, and is told as failed to whoever runs it", async () => {
  const tasks = createHeldTasks(manualClock(0));
  const task = tasks.begin({ id: "rev_1", agent: "bot", connection: "desk", cancel: () => {} });
  assert(task !== null);
  const to = new AnswerSwitch(taskSink(() => assert.fail("the client was answered already")));
  const failing = answeredAnyway(to, "7", async () => {
    to.switchTo(taskSink((bytes) => tasks.ended(task, bytes)));
    throw new Error("broken");
  });
  await assert.rejects(failing, /broken/);
  const kept = tasks.find("rev_1", "bot", "desk")?.answer?.bytes.toString() ?? assert.fail();
  const { id, error } = JSON.parse(kept) as { readonly id: number; readonly error: object };
  assert.equal(id, 7);
  assert.match(JSON.stringify(error), /it may have happened/);
  assert.doesNotMatch(kept, /broken/);
});
