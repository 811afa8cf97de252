import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerPrograms } from "#/core/server-programs.ts";
import type { Caller } from "#/identity/caller.ts";
import { presentPrograms } from "./present-programs.ts";

const programs: ServerPrograms = {
  running: 1,
  startsAgainAt: 2_000,
  lastEnd: { at: 1_000, code: null, signal: "SIGKILL" },
  said: [{ at: 500, text: "no such table\ud800" }],
};
const person = (administrator: boolean) => ({ kind: "person", administrator }) as unknown as Caller;

test("what a program wrote to standard error is told to those who administer, and to nobody else", () => {
  assert.deepEqual(presentPrograms(programs, person(true)), {
    running: 1,
    startsAgainAt: "1970-01-01T00:00:02.000Z",
    lastEnd: { at: "1970-01-01T00:00:01.000Z", code: null, signal: "SIGKILL" },
    said: [{ at: "1970-01-01T00:00:00.500Z", text: "no such table\ufffd" }],
  });
  assert.equal(presentPrograms(programs, person(false))?.said, null);
  assert.equal(presentPrograms(programs, { kind: "operator" })?.said?.length, 1);
  assert.equal(presentPrograms(null, person(true)), null);
});
