/** Groups, as the engine alone commits them: what fails with whom. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { type TestContext, test } from "node:test";
import { loadKeys } from "#/audit/keys.ts";
import { createLedger } from "#/audit/ledger.ts";
import { createSealer } from "#/audit/sealer.ts";
import { draft, pendingReview, reviewId, unwritableDraft } from "#/store/conformance/fixtures.ts";
import type { Ledger } from "#/store/ledger.ts";
import { openSqliteEngine, type SqliteEngine } from "#/store/sqlite/engine.ts";
import type { ReadOutcome, WriteVerb } from "#/store/sqlite/verbs.ts";
import { temporaryFolder } from "./support/sqlite-store.ts";

test("a group that can't be committed fails whole and degrades the engine, which still reads", (t) => {
  let isBroken = false;
  const engine = openEngine(t, (ledger) => ({
    ...ledger,
    integrate(...args) {
      if (isBroken) throw new Error("the tree is on fire");
      return ledger.integrate(...args);
    },
  }));
  const review = pendingReview("a");
  engine.commit([{ verb: "openReview", review, openMax: 9, records: [draft("a")] }]);
  const changed = engine.changed();

  isBroken = true;
  const saved = { ...review, version: 2 };
  const group = engine.commit([
    { verb: "saveReview", review: saved, records: [draft("b")] },
    { verb: "personSince", person: "per_a" as never, now: 1, records: [] },
  ]);
  assert.deepEqual(codesOf(group), ["audit.recording_failed", "audit.recording_failed"]);
  assert.equal(engine.degraded(), "The log could not be extended.");
  assert.equal(engine.changed(), changed);

  isBroken = false;
  assert.deepEqual(codesOf(engine.commit([append("c")])), ["store.degraded"]);
  assert.deepEqual(answerOf(engine.read({ verb: "review", id: review.id })), review);
  assert.equal(engine.log.head().size, 1);
});

test("a node that the ledger leaves out or makes up is noticed before it is stored", (t) => {
  for (const spoil of [
    <Node>(nodes: readonly Node[]) => nodes.slice(0, -1),
    <Node extends { level: number }>(nodes: readonly Node[]) =>
      nodes.map((node) => (node.level === 1 ? { ...node, level: 2 } : node)),
  ]) {
    const engine = openEngine(t, (ledger) => ({
      ...ledger,
      integrate(...args) {
        const grown = ledger.integrate(...args);
        return { ...grown, nodes: spoil(grown.nodes) };
      },
    }));
    assert.deepEqual(codesOf(engine.commit([append("a"), append("b")])), [
      "audit.recording_failed",
      "audit.recording_failed",
    ]);
    assert.equal(engine.log.head().size, 0);
  }
});

test("a verb that breaks a rule of the schema fails alone", (t) => {
  const engine = openEngine(t);
  const review = pendingReview("twice");
  const open = { verb: "openReview", review, openMax: 9, records: [draft("opened")] } as const;
  const group = engine.commit([open, open, append("after")]);
  assert.deepEqual(codesOf(group), [null, "internal.unexpected", null]);
  assert.equal(engine.degraded(), null);
  assert.equal(engine.log.head().size, 2);
});

test("a change that was rolled back leaves no gap that a follower would wait in", (t) => {
  const engine = openEngine(t);
  engine.commit([
    { verb: "openReview", review: pendingReview("a"), openMax: 9, records: [draft("a")] },
    { verb: "openReview", review: pendingReview("b"), openMax: 9, records: [unwritableDraft()] },
  ]);
  const changes = answerOf(engine.read({ verb: "changes", cursor: 0, limit: 9 }));
  assert.deepEqual(changes, { cursor: engine.changed(), reviews: [reviewId("a")] });
});

test("what the write-ahead log holds is moved into the database before it grows without end", (t) => {
  const { engine, dir } = openEngineIn(t);
  const payload = { command: "x".repeat(100_000) };
  let largest = 0;
  for (let turn = 0; turn < 300; turn += 1) {
    engine.commit([{ verb: "append", records: [draft("large", { payload })] }]);
    engine.checkpoint(false);
    largest = Math.max(largest, fs.statSync(`${dir}/store.db-wal`).size);
  }
  assert.ok(largest < 16 * 1024 * 1024, `${largest} bytes`);
});

function openEngineIn(t: TestContext, wrap: (ledger: Ledger) => Ledger = (ledger) => ledger) {
  const dir = temporaryFolder();
  const keys = loadKeys(dir);
  const ledger = wrap(createLedger(keys));
  const engine = openSqliteEngine({ dir, ledger, sealer: createSealer(keys.sealerKey) });
  t.after(() => {
    engine.close();
    fs.rmSync(dir, { recursive: true });
  });
  return { engine, dir };
}

function openEngine(t: TestContext, wrap?: (ledger: Ledger) => Ledger): SqliteEngine {
  return openEngineIn(t, wrap).engine;
}

function append(name: string): WriteVerb {
  return { verb: "append", records: [draft(name)] };
}

function codesOf(outcomes: ReturnType<SqliteEngine["commit"]>): readonly (string | null)[] {
  return outcomes.map(({ failure }) => failure?.code ?? null);
}

function answerOf(outcome: ReadOutcome): unknown {
  assert.ok("answer" in outcome);
  return outcome.answer;
}
