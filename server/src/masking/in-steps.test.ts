import assert from "node:assert/strict";
import { test } from "node:test";
import { createFinder, growFinder } from "./finder.ts";
import { growing, type InSteps } from "./in-steps.ts";

/** Turns that are given by hand. */
function turns() {
  const waiting: (() => void)[] = [];
  return {
    later: (step: () => void) => void waiting.push(step),
    give: () => waiting.shift()?.(),
    left: () => waiting.length,
  };
}

function* threeSteps(done: string[]): InSteps<string> {
  done.push("first");
  yield;
  done.push("second");
  yield;
  done.push("third");
  return "made";
}

test("each turn does one step, and the last leaves no other waiting", () => {
  const done: string[] = [];
  const { later, give, left } = turns();
  const made = growing(() => threeSteps(done));
  made.start(later);
  assert.deepEqual(done, []);
  give();
  assert.deepEqual(done, ["first"]);
  give();
  give();
  assert.deepEqual(done, ["first", "second", "third"]);
  assert.equal(left(), 0);
  assert.equal(made.get(), "made");
  assert.equal(done.length, 3);
});

test("that it is finished is told once, and not of what was stopped", () => {
  const { later, give } = turns();
  const told: string[] = [];
  growing(() => threeSteps([])).start(later, () => told.push("finished"));
  for (let turn = 0; turn < 2; turn += 1) give();
  assert.equal(told.length, 0);
  for (let turn = 0; turn < 3; turn += 1) give();
  assert.equal(told.join(), "finished");
  growing(() => threeSteps([])).start(later, () => told.push("stopped"))();
  for (let turn = 0; turn < 5; turn += 1) give();
  assert.equal(told.join(), "finished");
});

test("who can wait takes a step in each turn", async () => {
  const done: string[] = [];
  const { later, give, left } = turns();
  const waited = growing(() => threeSteps(done)).wait(later);
  assert.deepEqual([done, left()], [["first"], 1]);
  give();
  await Promise.resolve();
  assert.deepEqual([done, left()], [["first", "second"], 1]);
  give();
  assert.equal(await waited, "made");
});

test("who asks before the end gets it whole, and no step is done twice", () => {
  const done: string[] = [];
  const { later, give, left } = turns();
  const made = growing(() => threeSteps(done));
  made.start(later);
  give();
  assert.equal(made.get(), "made");
  give();
  assert.deepEqual(done, ["first", "second", "third"]);
  assert.equal(left(), 0);
});

test("what is stopped goes on for nobody but who asks for it", () => {
  const done: string[] = [];
  const { later, give, left } = turns();
  const made = growing(() => threeSteps(done));
  const stop = made.start(later);
  give();
  stop();
  give();
  assert.deepEqual(done, ["first"]);
  assert.equal(left(), 0);
  assert.equal(made.get(), "made");
});

test("what has failed fails again, and gives no result", () => {
  const made = growing(function* (): InSteps<string> {
    yield;
    throw new Error("there is no room");
  });
  assert.throws(made.get, /no room/);
  assert.throws(made.get, /no room/);
});

test("a finder that grew in steps finds what one does that was made at once", () => {
  const steps = growFinder();
  let count = 1;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count += 1;
  const text = "write to ada@example.com or call +44 20 7946 0123";
  assert.deepEqual(step.value.find(text), createFinder().find(text));
  assert.ok(count > 200, "its steps are short");
});
