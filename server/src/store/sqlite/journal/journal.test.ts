import assert from "node:assert/strict";
import { test } from "node:test";
import { createJournalCipher } from "#/audit/journal-cipher.ts";
import { manualClock } from "#/platform/clock.ts";
import type { RecordText } from "#/store/ledger.ts";
import { unpackRecords } from "#/store/sqlite/record-bytes.ts";
import { type Frame, readFrames, segmentBytes } from "./frames.ts";
import {
  backlogBytesMax,
  createJournal,
  journaledCharsMax,
  journalWaitingMax,
  segmentLifeMs,
} from "./journal.ts";

const cipher = createJournalCipher(Buffer.alloc(32, 7));
const salts = ["01".repeat(32), "02".repeat(32)];

interface PendingWrite {
  readonly segment: number;
  readonly position: number;
  readonly done: (error: Error | null) => void;
}

/** A record that says no more than this. */
function textOf(head: string): RecordText {
  return { head, tail: "", payload: null, mark: null };
}

function headsOf({ records }: Pick<Frame, "records">): readonly string[] {
  return unpackRecords(records).map(({ head }) => Buffer.from(head).toString());
}

/** A journal over disks that answer when they are told to. */
function open() {
  const disks = [Buffer.alloc(segmentBytes), Buffer.alloc(segmentBytes)];
  const writes: PendingWrite[] = [];
  const durable: Frame[] = [];
  const failures: string[] = [];
  const renewals: {
    readonly segment: number;
    readonly salt: string;
    readonly saved: () => void;
    readonly refused: (error: Error) => void;
  }[] = [];
  const clock = manualClock(0);
  let closed = 0;
  const journal = createJournal({
    files: disks.map((disk, segment) => ({
      blockBytes: 512,
      write(bytes, position, done) {
        disk.set(bytes, position);
        writes.push({ segment, position, done });
      },
      close: () => void (closed += 1),
    })),
    cipher,
    state: { ingested: 10, size: 70, salts },
    clock,
    durable: (frame) => durable.push({ ...frame, records: Buffer.from(frame.records) }),
    failed: (reason) => failures.push(reason),
    renew: (segment, salt) =>
      new Promise((saved, refused) => renewals.push({ segment, salt, saved, refused })),
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    journal,
    disks,
    writes,
    durable,
    failures,
    renewals,
    clock,
    closed: () => closed,
    turn,
    /** The disk answers the oldest write. */
    async answer(error: Error | null = null) {
      writes.shift()?.done(error);
      await turn();
      await turn();
    },
  };
}

test("nothing is acknowledged before the disk has it, and what comes meanwhile is one frame", async () => {
  const { journal, writes, durable, turn, answer, disks } = open();
  const acknowledged: string[] = [];
  const append = (name: string) =>
    journal.append([textOf(name)], "a").then(() => void acknowledged.push(name));
  void append("a");
  await turn();
  void append("b");
  void append("c");
  await turn();
  assert.equal(writes.length, 1);
  assert.deepEqual([acknowledged, durable], [[], []]);
  await answer();
  assert.deepEqual(acknowledged, ["a"]);
  assert.deepEqual(durable.map(headsOf), [["a"]]);
  await answer();
  assert.deepEqual(acknowledged, ["a", "b", "c"]);
  assert.deepEqual(durable.map(headsOf), [["a"], ["b", "c"]]);
  assert.deepEqual(
    durable.map(({ number }) => number),
    [11, 12],
  );
  const written = readFrames(disks[0] as Buffer, cipher.keyOf(Buffer.alloc(32, 1)), 10);
  assert.deepEqual(
    written.map((frame) => [frame.number, headsOf(frame)]),
    durable.map((frame) => [frame.number, headsOf(frame)]),
  );
});

test("a frame says how long the log was known to be when it was made", async () => {
  const { journal, durable, turn, answer } = open();
  const append = async (name: string) => {
    void journal.append([textOf(name)], "a");
    await turn();
    await answer();
  };
  await append("a");
  journal.ingested(10, 75);
  await append("b");
  journal.ingested(12, 77);
  await append("c");
  assert.deepEqual(
    durable.map(({ logSize }) => logSize),
    [70, 75, 77],
  );
});

test("after a write that failed everything is refused, and nothing is written again", async () => {
  const { journal, writes, durable, failures, turn, answer, closed } = open();
  const first = journal.append([textOf("a")], "a");
  await turn();
  const second = journal.append([textOf("b")], "a");
  const failed = { code: "audit.recording_failed" };
  const rejections = [assert.rejects(first, failed), assert.rejects(second, failed)];
  await answer(Object.assign(new Error("input/output error"), { code: "EIO" }));
  await Promise.all(rejections);
  assert.deepEqual(failures, ["The journal could not be written: EIO."]);
  await assert.rejects(journal.append([textOf("c")], "a"), { code: "store.degraded" });
  journal.ingested(11, 80);
  await turn();
  assert.deepEqual([writes, durable, closed()], [[], [], 2]);
  await journal.close();
});

test("while more than the backlog is not in the log, appends wait", async () => {
  const { journal, writes, durable, turn, answer } = open();
  const record = [textOf("x".repeat(journaledCharsMax))];
  const appends = Array.from({ length: 60 }, () => journal.append(record, "a"));
  await turn();
  while (writes.length > 0) await answer();
  const bytes = durable.reduce((sum, { records }) => sum + records.length, 0);
  assert.ok(bytes >= backlogBytesMax && bytes < backlogBytesMax + 3 * journaledCharsMax);
  const before = durable.length;
  journal.ingested(11, 80);
  assert.equal(writes.length, 1);
  while (writes.length > 0) await answer();
  assert.equal(durable.length, before + 1);
  for (; durable.length < 30; await answer()) journal.ingested(10 + durable.length, 80);
  await Promise.all(appends);
});

test("whoever appends once is in the next frame, behind whatever another has piled up", async () => {
  const { journal, writes, durable, turn, answer } = open();
  const piled = "x".repeat(journaledCharsMax);
  for (let count = 0; count < 20; count += 1) void journal.append([textOf(piled)], "one");
  void journal.append([textOf("other")], "other");
  await turn();
  await answer();
  assert.equal(writes.length, 1);
  assert.deepEqual(durable[0] && headsOf(durable[0]), [piled, "other", piled]);
  // And what one asker appends stays in its order.
  for (let count = 0; count < 5; count += 1) void journal.append([textOf(`${count}`)], "third");
  while (writes.length > 0) await answer();
  const order = durable.flatMap(headsOf);
  assert.deepEqual(
    order.filter((each) => each.length === 1),
    ["0", "1", "2", "3", "4"],
  );
});

test("a full segment is followed by the other one, and none begins anew before all of it is in the log and its key is gone", async () => {
  const { journal, writes, durable, renewals, turn, answer, disks } = open();
  const record = [textOf("x".repeat(journaledCharsMax))];
  const used: number[] = [];
  const append = async (behind: number) => {
    void journal.append(record, "a");
    await turn();
    if (writes[0] === undefined) return false;
    if (used.at(-1) !== writes[0].segment) used.push(writes[0].segment);
    await answer();
    journal.ingested(10 + durable.length - behind, 80);
    return true;
  };
  while (used.length < 2) assert.ok(await append(0));
  // Its last frame is in the log, so its next life has a salt, but it is not saved yet.
  assert.deepEqual(
    renewals.map(({ segment }) => segment),
    [0],
  );
  while (await append(3));
  assert.deepEqual(used, [0, 1]);
  renewals[0]?.saved();
  await turn();
  await answer();
  assert.notEqual(renewals[0]?.salt, salts[0]);
  const newKey = cipher.keyOf(Buffer.from(renewals[0]?.salt ?? "", "hex"));
  const last = durable.at(-1)?.number ?? 0;
  assert.deepEqual(
    readFrames(disks[0] as Buffer, newKey, last - 1).map(({ number }) => number),
    [last],
  );
  assert.equal(
    renewals.length,
    1,
    "the second is not renewed while frames of it are not in the log",
  );
  journal.ingested(last, 80);
  assert.deepEqual(
    renewals.map(({ segment }) => segment),
    [0, 1],
  );
});

test("what is in the log does not stay readable in a quiet segment for longer than its life", async () => {
  const { journal, writes, renewals, clock, turn, answer } = open();
  clock.advance(segmentLifeMs);
  assert.equal(renewals.length, 0, "an empty segment has nothing to hide");
  void journal.append([textOf("a")], "a");
  await turn();
  await answer();
  clock.advance(segmentLifeMs);
  assert.equal(renewals.length, 0, "what is not in the log yet has to stay readable");
  journal.ingested(11, 80);
  assert.deepEqual(
    renewals.map(({ segment }) => segment),
    [0],
  );
  void journal.append([textOf("b")], "a");
  await turn();
  assert.deepEqual([writes[0]?.segment, writes[0]?.position], [1, 0]);
});

test("when the log takes nothing any more, what waits is refused, what the disk takes is still acknowledged, and closing ends", async () => {
  const { journal, writes, durable, turn, answer, closed } = open();
  const first = journal.append([textOf("a")], "a");
  await turn();
  const second = journal.append([textOf("b")], "a");
  journal.abandon();
  await assert.rejects(second, { code: "store.degraded" });
  await assert.rejects(journal.append([textOf("c")], "a"), { code: "store.degraded" });
  assert.equal(closed(), 0, "the file is open while something is written to it");
  await answer();
  await first;
  assert.deepEqual([durable.length, writes.length, closed()], [1, 0, 2]);
  journal.abandon();
  await journal.close();
  const idle = open();
  idle.journal.abandon();
  await idle.journal.close();
  assert.equal(idle.closed(), 2);
});

test("a renewal that was refused is tried again, so that appends do not wait for ever", async () => {
  const { journal, writes, renewals, clock, turn, answer } = open();
  void journal.append([textOf("a")], "a");
  await turn();
  await answer();
  clock.advance(segmentLifeMs);
  journal.ingested(11, 80);
  assert.equal(renewals.length, 1);
  renewals[0]?.refused(new Error("busy"));
  await turn();
  journal.ingested(11, 80);
  assert.deepEqual(
    renewals.map(({ segment }) => segment),
    [0, 0],
  );
  assert.notEqual(renewals[0]?.salt, renewals[1]?.salt);
  assert.equal(writes.length, 0);
});

test("more appends than may wait are refused at once, and closing writes what was accepted", async () => {
  const { journal, writes, turn, answer, closed } = open();
  const first = journal.append([textOf("first")], "a");
  await turn();
  const accepted = Array.from({ length: journalWaitingMax }, () =>
    journal.append([textOf("1")], "a"),
  );
  await assert.rejects(journal.append([textOf("1")], "a"), { code: "store.busy" });
  const closing = journal.close();
  await assert.rejects(journal.append([textOf("1")], "a"), { code: "store.closed" });
  while (writes.length > 0) await answer();
  await Promise.all([first, ...accepted, closing]);
  assert.equal(closed(), 2);
});

test("whoever was alone in the last frame is written without a turn of waiting; where several were, they share a write", async () => {
  const { journal, writes, durable, turn, answer } = open();
  const append = (name: string) => void journal.append([textOf(name)], "a");
  append("a");
  assert.equal(writes.length, 0);
  await turn();
  await answer();
  append("b");
  await Promise.resolve();
  assert.equal(writes.length, 1, "nobody else is expected");
  append("c");
  append("d");
  await answer();
  await answer();
  append("e");
  await Promise.resolve();
  assert.equal(writes.length, 0, "others may come in this turn");
  append("f");
  await turn();
  await answer();
  assert.deepEqual(durable.map(headsOf), [["a"], ["b"], ["c", "d"], ["e", "f"]]);
});
