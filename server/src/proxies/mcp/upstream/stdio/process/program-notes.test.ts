import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "#/platform/clock.ts";
import { createProgramNotes, linesKeptMax } from "./program-notes.ts";

test("the newest lines are kept, with when they came", () => {
  const clock = manualClock(0);
  const notes = createProgramNotes(clock);
  for (let at = 0; at < linesKeptMax + 2; at += 1) {
    notes.said(`line ${at}`);
    clock.advance(1);
  }
  const { said } = notes.current();
  assert.equal(said.length, linesKeptMax);
  assert.deepEqual(
    [said[0], said.at(-1)?.text],
    [{ at: 2, text: "line 2" }, `line ${linesKeptMax + 1}`],
  );
});
