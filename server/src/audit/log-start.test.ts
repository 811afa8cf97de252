import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import {
  drafts,
  flip,
  type MemoryLog,
  memoryLog,
  nodeOf,
  otherVerifierKey,
  verifierKey,
} from "./log.test-support.ts";
import { checkLogStart } from "./log-start.ts";

function start(log: MemoryLog, key = verifierKey): void {
  checkLogStart(log.head, (level, index) => nodeOf(log, level, index), key);
}

const isForked = (error: unknown) =>
  error instanceof GatewayError && error.code === "audit.log_forked";

test("a log that is as it was signed may go on, at any size", () => {
  for (let size = 0; size <= 17; size += 1) start(memoryLog(drafts(size)));
});

test("a log that another key of the same name signed does not go on", () => {
  assert.throws(() => start(memoryLog(drafts(3)), otherVerifierKey), isForked);
  assert.throws(() => start(memoryLog([]), otherVerifierKey), isForked);
});

test("an older checkpoint, whole and well signed, does not go on over a longer tree", () => {
  const log = memoryLog(drafts(5));
  log.head = { size: 5, checkpoint: memoryLog(drafts(4)).head.checkpoint };
  assert.throws(() => start(log), /5 records are stored, 4 are signed/);
  assert.throws(() => start(log), isForked);
});

test("a signed checkpoint of another tree of the same size does not go on", () => {
  const log = memoryLog(drafts(5));
  log.head = memoryLog(drafts(5)).head;
  assert.throws(() => start(log), isForked);
});

test("a changed or missing node under the root does not go on", () => {
  for (const change of ["changed", "missing"]) {
    const log = memoryLog(drafts(6));
    const node = log.nodes.get("2/0") ?? assert.fail();
    if (change === "changed") log.nodes.set("2/0", flip(node, 5, 1));
    else log.nodes.delete("2/0");
    assert.throws(() => start(log), isForked);
  }
});

test("a checkpoint that is none does not go on", () => {
  const log = memoryLog(drafts(1));
  log.head = { size: 1, checkpoint: "none" };
  assert.throws(() => start(log), isForked);
});
