import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyCheckpoint } from "@countersign/tlog/checkpoint";
import * as fc from "fast-check";
import type { RecordDraft } from "#/core/record.ts";
import {
  alter,
  appendTo,
  draft,
  drafts,
  erasure,
  flip,
  type MemoryLog,
  memoryLog,
  otherVerifierKey,
  seal,
  sourceOf,
  verifierKey,
} from "./log.test-support.ts";
import { type LogVerification, verifyRecords } from "./verify-records.ts";

const verify = (log: MemoryLog, key = verifierKey) => verifyRecords(sourceOf(log), key);

function found({ ok, problems }: LogVerification): readonly string[] {
  assert.equal(ok, problems.length === 0);
  return problems.map(({ index, code }) => `${code} ${index}`);
}

const sizeMax = 20;

test("a log as it was written is found whole, with its size and root", async () => {
  for (let size = 0; size <= sizeMax; size += 1) {
    const log = memoryLog(drafts(size));
    const { root } = verifyCheckpoint(log.head.checkpoint, verifierKey);
    assert.deepEqual(await verify(log), {
      ok: true,
      size,
      root: Buffer.from(root).toString("base64"),
      erased: 0,
      problems: [],
    });
  }
});

type Target = "leaf" | "leafHash" | "payload" | "node" | "checkpoint";
const flips = fc.record({
  size: fc.integer({ min: 2, max: sizeMax }),
  target: fc.constantFrom<Target>("leaf", "leafHash", "payload", "node", "checkpoint"),
  which: fc.nat(),
  position: fc.nat(),
  mask: fc.integer({ min: 1, max: 255 }),
});

test("any single changed byte of a log is noticed, and the record is named by its index", async () => {
  const logs = Array.from({ length: sizeMax + 1 }, (_, size) => memoryLog(drafts(size)));
  await fc.assert(
    fc.asyncProperty(flips, async ({ size, target, which, position, mask }) => {
      const log = copyOf(logs[size] ?? assert.fail());
      const index = flipOne(log, target, which, (bytes) => flip(bytes, position, mask));
      const report = await verify(log);
      assert.equal(report.ok, false);
      if (index === null) return;
      assert(report.problems.some((problem) => problem.index === index));
      assert(report.problems.every((problem) => [index, null].includes(problem.index)));
    }),
    { numRuns: 1500 },
  );
});

function copyOf(log: MemoryLog): MemoryLog {
  return { head: log.head, records: [...log.records], nodes: new Map(log.nodes) };
}

/** The index of the record that was changed; null where it was none. */
function flipOne(
  log: MemoryLog,
  target: Target,
  which: number,
  change: (bytes: Uint8Array) => Uint8Array,
): number | null {
  if (target === "checkpoint") {
    const checkpoint = Buffer.from(change(Buffer.from(log.head.checkpoint))).toString();
    log.head = { ...log.head, checkpoint };
    return null;
  }
  if (target === "node") {
    const places = [...log.nodes.keys()];
    const place = places[which % places.length] ?? assert.fail();
    log.nodes.set(place, change(log.nodes.get(place) ?? assert.fail()));
    return null;
  }
  const candidates = log.records.filter((record) => record[target] !== null);
  const record = candidates[which % candidates.length] ?? assert.fail();
  alter(log, record.index, { [target]: change(record[target] ?? assert.fail()) });
  return record.index;
}

test("another key than the gateway's verifies nothing", async () => {
  assert.deepEqual(found(await verify(memoryLog(drafts(3)), otherVerifierKey)), [
    "note.unsigned null",
  ]);
});

test("a record that was forged together with its hash is noticed", async () => {
  const log = memoryLog(drafts(5));
  const forged = seal(draft({ body: { verdict: "deny" } }));
  const { leaf, leafHash, payload } = forged;
  alter(log, 1, { leaf, leafHash, payload });
  assert.deepEqual(found(await verify(log)), ["subtree.altered null"]);
});

test("a record that is gone is noticed and named, and so are its neighbours' places", async () => {
  for (const index of [0, 3, 4, 6]) {
    const log = memoryLog(drafts(7));
    log.records.splice(index, 1);
    const codes = found(await verify(log));
    assert(codes.includes(`leaf.missing ${index}`), codes.join());
  }
});

test("records that changed places are noticed", async () => {
  const log = memoryLog(drafts(4));
  const [first, second] = log.records;
  assert(first && second);
  alter(log, 0, { ...second, index: 0 });
  alter(log, 1, { ...first, index: 1 });
  assert.equal((await verify(log)).ok, false);
});

test("a record that was added behind the signed ones is noticed", async () => {
  const log = memoryLog(drafts(3));
  const { leaf, leafHash } = seal(draft({ payload: null }));
  log.records.push({ index: 3, leaf, leafHash, payload: null });
  assert.deepEqual(found(await verify(log)), ["leaf.uncovered 3"]);
});

test("records that were cut off together with the head's size are noticed", async () => {
  const log = memoryLog(drafts(5));
  log.records.pop();
  log.head = { ...log.head, size: 4 };
  assert.deepEqual(found(await verify(log)), ["leaf.missing 4", "head.altered null"]);
});

test("a stored node that is gone is noticed at the record that completed it", async () => {
  const log = memoryLog(drafts(9));
  log.nodes.delete("1/1");
  log.nodes.delete("3/0");
  assert.deepEqual(found(await verify(log)), ["node.missing 3", "node.missing 7"]);
});

test("a source of leaves alone is verified as surely, and says nothing of payloads", async () => {
  const log = memoryLog(drafts(9));
  const leavesOf = () => ({ ...sourceOf(log), node: null, payload: null });
  const whole = await verifyRecords(leavesOf(), verifierKey);
  assert.deepEqual({ ok: whole.ok, erased: whole.erased }, { ok: true, erased: null });
  alter(log, 4, { leaf: flip(log.records[4]?.leaf ?? assert.fail(), 40, 2) });
  const codes = found(await verifyRecords(leavesOf(), verifierKey));
  assert(codes.includes("leaf.hash_mismatch 4"), codes.join());
});

test("a leaf that is signed, but no canonical record, is noticed", async () => {
  const log = memoryLog(drafts(2));
  const leaf = Buffer.from('{ "v": 1 }');
  const { leafHash } = await import("@countersign/tlog/merkle");
  appendTo(log, [{ leaf, leafHash: leafHash(leaf), payload: null }]);
  assert.deepEqual(found(await verify(log)), ["record.malformed 2"]);
});

test("payloads that changed places are noticed at both records", async () => {
  const log = memoryLog(drafts(4));
  const [first, second] = log.records;
  alter(log, 0, { payload: second?.payload ?? assert.fail() });
  alter(log, 1, { payload: first?.payload ?? assert.fail() });
  assert.deepEqual(found(await verify(log)), ["payload.altered 0", "payload.altered 1"]);
});

test("a payload beside a record that has none is noticed", async () => {
  const log = memoryLog(drafts(4));
  alter(log, 2, { payload: log.records[0]?.payload ?? assert.fail() });
  assert.deepEqual(found(await verify(log)), ["payload.unexpected 2"]);
});

function withErased(erased: readonly number[], ...named: readonly RecordDraft[]): MemoryLog {
  const log = memoryLog([...drafts(5), ...named]);
  for (const index of erased) alter(log, index, { payload: null });
  return log;
}

test("a payload that a later record says was erased leaves the log whole, and is counted", async () => {
  const report = await verify(withErased([0, 1, 4], erasure([0, 4]), erasure([1])));
  assert.deepEqual({ ok: report.ok, erased: report.erased }, { ok: true, erased: 3 });
});

test("a payload that is gone without such a record is a problem", async () => {
  const report = await verify(withErased([0, 1], erasure([1])));
  assert.deepEqual(found(report), ["payload.missing 0"]);
  assert.equal(report.erased, 1);
});

test("only a later record can say so, and only one of its own type", async () => {
  const early = memoryLog([erasure([1]), ...drafts(2)]);
  alter(early, 1, { payload: null });
  assert.deepEqual(found(await verify(early)), ["payload.present 1", "payload.missing 1"]);
  const other = withErased([0], draft({ body: { records: [0] }, payload: null }));
  assert.deepEqual(found(await verify(other)), ["payload.missing 0"]);
});

test("a payload that is still there although a record says it was erased is a problem", async () => {
  assert.deepEqual(found(await verify(withErased([0], erasure([0, 1])))), ["payload.present 1"]);
});

test("an erasure that is recorded twice counts once", async () => {
  const report = await verify(withErased([0], erasure([0]), erasure([0])));
  assert.deepEqual({ ok: report.ok, erased: report.erased }, { ok: true, erased: 1 });
});

test("many problems are counted and not all listed", async () => {
  const log = memoryLog(drafts(300), 64);
  for (const { index } of log.records) alter(log, index, { payload: Buffer.from("x") });
  const { problems } = await verify(log);
  assert.equal(problems.length, 101);
  assert.equal(problems.at(-1)?.message, "and 200 more problems");
});

test("records that can't be read are reported, not thrown", async () => {
  const log = memoryLog(drafts(4));
  function* broken() {
    yield* log.records.slice(0, 2);
    throw new Error("disk");
  }
  const report = await verifyRecords({ ...sourceOf(log), records: broken() }, verifierKey);
  assert.deepEqual(found(report), ["input.unreadable 2"]);
  assert.equal(report.root, null);
});

test("what is stored in place of bytes is reported, not thrown", async () => {
  for (const change of [{ leaf: "text" }, { leafHash: 7 }, { payload: "text" }]) {
    const log = memoryLog(drafts(4));
    alter(log, 1, change as never);
    const report = await verify(log);
    assert(
      report.problems.some(({ index }) => index === 1),
      JSON.stringify(report),
    );
  }
});
