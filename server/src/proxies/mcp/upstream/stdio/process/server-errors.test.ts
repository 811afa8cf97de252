import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { createLog } from "#/platform/log.ts";
import { logErrorLines } from "./server-errors.ts";

test("each line becomes one entry, whole also where it came in pieces", () => {
  const { push, end, entries } = open();
  push(Buffer.from("one\ntw"));
  push(Buffer.from("o\r\n\nthr"));
  push(Buffer.from([0xc3]));
  push(Buffer.from([0xa9, 0x65]));
  end();
  assert.deepEqual(
    entries().map(({ text }) => text),
    ["one", "two", "thrée"],
  );
});

test("a flood is counted instead of logged, and the next second is heard again", () => {
  const { push, clock, entries } = open();
  push(Buffer.from("noise\n".repeat(5_000)));
  assert.equal(entries().length, 20);
  clock.advance(1_000);
  push(Buffer.from("after\n"));
  assert.deepEqual(
    entries()
      .slice(20)
      .map(({ event, lines, text }) => ({ event, lines, text })),
    [
      { event: "mcp.server_errors_dropped", lines: 4_980, text: undefined },
      { event: "mcp.server_said", lines: undefined, text: "after" },
    ],
  );
});

test("of an endless line only its beginning is kept", () => {
  const { push, end, entries } = open();
  for (let count = 0; count < 1_000; count += 1) push(Buffer.alloc(4_096, "x"));
  end();
  assert.deepEqual(
    entries().map(({ text }) => text?.length),
    [1_024],
  );
});

test("what must not stand in a log is taken out before the line is written", () => {
  const { push, entries } = open((line) => line.replaceAll("hunter2", "[secret]"));
  push(Buffer.from("login with hunter2 failed\n"));
  assert.deepEqual(
    entries().map(({ text }) => text),
    ["login with [secret] failed"],
  );
});

interface Entry {
  readonly event: string;
  readonly text?: string;
  readonly lines?: number;
}

function open(show = (line: string) => line) {
  const lines: string[] = [];
  const clock = manualClock(0);
  const log = createLog((line) => void lines.push(line), clock.now);
  const entries = () => lines.map((line) => JSON.parse(line) as Entry);
  return { ...logErrorLines(log, clock, show, () => {}), clock, entries };
}
