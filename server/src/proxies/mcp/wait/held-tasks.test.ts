import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { createHeldTasks, taskLifeMs } from "./held-tasks.ts";

const asked = { id: "rev_1", agent: "bot", connection: "desk", cancel() {} };

test("a task that is begun again is kept beyond the time of the answer that it had before", () => {
  const clock = manualClock(0);
  const tasks = createHeldTasks(clock);
  const first = tasks.begin(asked);
  assert.ok(first !== null);
  tasks.ended(first, Buffer.from("{}"));
  clock.advance(taskLifeMs / 2);
  const again = tasks.begin(asked);
  clock.advance(taskLifeMs);
  assert.equal(tasks.find(asked.id, asked.agent, asked.connection), again);
});

test("an answer is forgotten after its time, and its task with it", () => {
  const clock = manualClock(0);
  const tasks = createHeldTasks(clock);
  const task = tasks.begin(asked);
  assert.ok(task !== null);
  tasks.ended(task, Buffer.from("{}"));
  clock.advance(taskLifeMs);
  assert.equal(tasks.find(asked.id, asked.agent, asked.connection), null);
});

test("however many tasks and answers one agent leaves, another's are kept", () => {
  const tasks = createHeldTasks(manualClock(0));
  const begin = (agent: string, at: number) =>
    tasks.begin({ ...asked, id: `${agent}-${at}`, agent });
  const own = Array.from({ length: 2_000 }, (_, at) => begin("bot", at));
  assert.equal(own.filter((task) => task !== null).length, 500);
  const answer = Buffer.alloc(1024 * 1024);
  for (const task of own) if (task !== null) tasks.ended(task, answer);
  const other = begin("other", 1);
  assert.ok(other !== null);
  tasks.ended(other, answer);
  assert.equal(tasks.find("other-1", "other", "desk")?.answer?.bytes.length, answer.length);
});
