import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { createLog } from "#/platform/log.ts";
import { createSessions } from "#/proxies/mcp/sessions.ts";
import type { Upstream } from "#/proxies/mcp/upstream/upstream.ts";
import { createTellEnded, endingsMax, tellingMax, toldAgainMs, triesMax } from "./tell-ended.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function open(answers: readonly (number | "lost")[]) {
  const clock = manualClock(0);
  const lines: string[] = [];
  const told: unknown[] = [];
  const upstream = {
    async exchange({
      method,
      headers,
    }: {
      method: string;
      headers: Readonly<Record<string, string>>;
    }) {
      const answer = answers[told.length] ?? "lost";
      told.push([method, headers["mcp-session-id"]]);
      if (answer === "lost") throw new Error("it can't be reached");
      return { status: answer };
    },
  } as unknown as Upstream;
  const tell = createTellEnded({ clock, log: createLog((line) => lines.push(line), clock.now) });
  const session = createSessions({ clock, onEnded: () => {} }).open("bot", "desk");
  assert.ok(session);
  session.upstreamId = "s-1";
  tell(session, upstream);
  return { clock, lines, told };
}

test("a server that can't be reached hears of a session's end later, once", async () => {
  for (const answers of [
    ["lost", 200],
    [503, 404],
  ] as const) {
    const { clock, told, lines } = open(answers);
    await turn();
    assert.equal(told.length, 1);
    for (let tried = 1; tried < triesMax; tried += 1) {
      clock.advance(toldAgainMs);
      await turn();
    }
    assert.deepEqual(told, [
      ["DELETE", "s-1"],
      ["DELETE", "s-1"],
    ]);
    assert.deepEqual(lines, []);
  }
});

test("that a server never heard of a session's end is logged, and it is told no more", async () => {
  const { clock, told, lines } = open([]);
  await turn();
  for (let tried = 1; tried < triesMax + 3; tried += 1) {
    clock.advance(toldAgainMs);
    await turn();
  }
  assert.equal(told.length, triesMax);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /session\.left_open.*desk/);
});

test("however many sessions end at a time, a few are told of at once, and the rest in their turn", async () => {
  const clock = manualClock(0);
  const lines: string[] = [];
  const answers: (() => void)[] = [];
  const upstream = {
    exchange: () =>
      new Promise((resolve) => {
        answers.push(() => resolve({ status: 200 }));
      }),
  } as unknown as Upstream;
  const tell = createTellEnded({ clock, log: createLog((line) => lines.push(line), clock.now) });
  const session = createSessions({ clock, onEnded: () => {} }).open("bot", "desk");
  assert.ok(session);
  for (let count = 0; count < endingsMax + 5; count += 1) tell(session, upstream);
  assert.equal(answers.length, tellingMax);
  assert.equal(lines.length, 5, "of the others it is logged");
  for (let told = 0; told < endingsMax; told += 1) {
    answers[told]?.();
    await turn();
    assert.equal(answers.length, Math.min(endingsMax, tellingMax + told + 1));
  }
  tell(session, upstream);
  assert.equal(answers.length, endingsMax + 1);
});
