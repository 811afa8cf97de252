import assert from "node:assert/strict";
import test from "node:test";
import { gateOf, openGate } from "./gate.ts";

test("a gate opens when its promise has resolved, and calls everyone who waited once", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = gateOf(promise);
  const calls: string[] = [];
  gate.onSettled(() => calls.push("a"));
  gate.onSettled(() => calls.push("b"));
  assert.equal(gate.state(), "waiting");
  await Promise.resolve();
  assert.equal(calls.length, 0);
  resolve();
  await promise;
  assert.equal(gate.state(), "open");
  assert.deepEqual(calls, ["a", "b"]);
  gate.onSettled(() => calls.push("c"));
  assert.deepEqual(calls, ["a", "b", "c"]);
});

test("a gate whose promise fails never opens", async () => {
  const gate = gateOf(Promise.reject(new Error("the disk is full")));
  let called = false;
  gate.onSettled(() => {
    called = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(gate.state(), "failed");
  assert.equal(called, true);
});

test("an open gate is open", () => {
  let called = false;
  openGate.onSettled(() => {
    called = true;
  });
  assert.equal(openGate.state(), "open");
  assert.equal(called, true);
});
