import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActionId } from "#/core/ids.ts";
import type { RecordDraft } from "#/core/record.ts";
import { manualClock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import { createRecorder, laterMs, laterRecordsMax } from "./recorder.ts";

function record(name: string): RecordDraft {
  const action = name as ActionId;
  return { type: "execution.completed", at: 0, action, review: null, body: {}, payload: null };
}

function open(fails = false) {
  const commits: (readonly (string | null)[])[] = [];
  const commit = async (records: readonly RecordDraft[]) => {
    if (fails) throw new Error("the disk is full");
    commits.push(records.map(({ action }) => action));
  };
  const clock = manualClock(0);
  return { commits, clock, recorder: createRecorder({ append: commit }, clock, silentLog) };
}

test("a record that nobody waits for rides along with the next commit, before it", async () => {
  const { commits, recorder } = open();
  recorder.appendLater(record("first"));
  recorder.appendLater(record("second"));
  assert.deepEqual(commits, []);
  await recorder.append([record("third")]);
  assert.deepEqual(commits, [["first", "second", "third"]]);
});

test("without another commit it is recorded soon by itself, and at the latest on close", async () => {
  const { commits, clock, recorder } = open();
  recorder.appendLater(record("first"));
  clock.advance(laterMs - 1);
  assert.deepEqual(commits, []);
  clock.advance(1);
  assert.deepEqual(commits, [["first"]]);
  recorder.appendLater(record("second"));
  await recorder.close();
  assert.deepEqual(commits, [["first"], ["second"]]);
  clock.advance(laterMs);
  assert.equal(commits.length, 2);
});

test("no more than laterRecordsMax records wait for company", () => {
  const { commits, recorder } = open();
  for (let count = 0; count < laterRecordsMax; count += 1) recorder.appendLater(record("one"));
  assert.equal(commits[0]?.length, laterRecordsMax);
});

test("a record that can't be made durable is a recording failure, never a success", async () => {
  const { recorder } = open(true);
  const failure = { code: "audit.recording_failed" };
  await assert.rejects(recorder.append([record("one")]), failure);
  recorder.appendLater(record("two"));
  await recorder.close();
});
