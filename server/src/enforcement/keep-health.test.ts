import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { manualClock } from "#/platform/clock.ts";
import { healthAgeMaxMs, keepHealth } from "./keep-health.ts";

const unreachable = new GatewayError("upstream.unreachable", "It can't be reached.");

function scene() {
  const clock = manualClock(1_000);
  let answer: () => Promise<void> = async () => {};
  const failures: string[] = [];
  let probes = 0;
  const health = keepHealth({
    clock,
    probe: () => {
      probes += 1;
      return answer();
    },
    onFailed: ({ code }) => failures.push(code),
  });
  return {
    clock,
    health,
    failures,
    probes: () => probes,
    answerWith: (next: () => Promise<void>) => {
      answer = next;
    },
  };
}

test("what sessions say is what is known, since the first that said so", () => {
  const { clock, health } = scene();
  assert.equal(health.current().state, "unknown");
  health.reached("18.1");
  clock.advance(500);
  health.reached("18.1");
  assert.deepEqual(health.current(), {
    state: "reachable",
    since: 1_000,
    heardAt: 1_500,
    failure: null,
    serverVersion: "18.1",
  });
  clock.advance(500);
  health.failed(unreachable);
  assert.deepEqual(health.current(), {
    state: "failing",
    since: 2_000,
    heardAt: 2_000,
    failure: { code: "upstream.unreachable", message: "It can't be reached." },
    serverVersion: "18.1",
  });
});

test("many who ask get one test, and who asks again at once what it found", async () => {
  const { clock, health, probes, answerWith } = scene();
  const { promise, resolve } = Promise.withResolvers<void>();
  answerWith(() => promise);
  const asking = [health.test(), health.test(), health.test()];
  resolve();
  await Promise.all(asking);
  await health.test();
  assert.equal(probes(), 1);
  clock.advance(5_000);
  await health.test();
  assert.equal(probes(), 2);
});

test("a kind of failure is told once, however often it is tested, and a new one again", async () => {
  const { clock, health, failures, answerWith } = scene();
  const failWith = (error: Error) =>
    answerWith(async () => {
      throw error;
    });
  failWith(unreachable);
  for (let round = 0; round < 3; round += 1) {
    await health.test();
    clock.advance(60_000);
  }
  failWith(new GatewayError("upstream.refused", "It refuses."));
  await health.test();
  assert.deepEqual(failures, ["upstream.unreachable", "upstream.refused"]);
  assert.equal(health.current().failure?.code, "upstream.refused");
});

test("what a session finds is told as what a test finds, and once a minute where it comes and goes", () => {
  const { clock, health, failures } = scene();
  health.failed(unreachable);
  health.failed(unreachable);
  assert.deepEqual(failures, ["upstream.unreachable"]);
  for (let round = 0; round < 30; round += 1) {
    health.reached(null);
    clock.advance(1_000);
    health.failed(unreachable);
  }
  assert.equal(failures.length, 1);
  health.reached(null);
  clock.advance(30_000);
  health.failed(unreachable);
  assert.equal(failures.length, 2);
});

test("a failure to record says nothing of the upstream", async () => {
  const { health, answerWith } = scene();
  answerWith(async () => {
    throw new GatewayError("store.degraded", "The disk is full.");
  });
  assert.equal((await health.test()).state, "unknown");
});

test("what fails, what was never heard of and what was not heard of for long is to be tested", () => {
  const { clock, health } = scene();
  assert.ok(health.isDue());
  health.reached(null);
  assert.ok(!health.isDue());
  clock.advance(healthAgeMaxMs);
  assert.ok(health.isDue());
  health.failed(unreachable);
  assert.ok(health.isDue());
});
