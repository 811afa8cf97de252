import assert from "node:assert/strict";
import test from "node:test";
import type { Outcome } from "#/core/protocol.ts";
import type { Answer } from "./reply/expected.ts";
import type { Statement, StatementKind } from "./sql/classified.ts";
import { Transaction } from "./transaction.ts";

/** A session as a script: what came of each message, by name. */
function session() {
  const transaction = new Transaction();
  const told = new Map<string, string>();
  const ended = new Map<string, string>();

  /** `begin`, `savepoint a`, `rollback_to a`, `insert`, …; a tag for each that was reached. */
  function run(name: string, script: string, changes: Partial<Answer> = {}): void {
    const statements = script.split("; ").map(statementOf);
    const tags = changes.tags ?? statements.map(({ kind }) => tagOf[kind] ?? "INSERT 0 1");
    const answer: Answer = {
      error: null,
      rows: 0,
      suspended: false,
      status: null,
      ...changes,
      tags,
    };
    transaction.answered(statements, answer, {
      resolve: (outcome) => {
        assert.equal(told.has(name), false, "an outcome is told once");
        told.set(name, said(outcome));
        if (outcome.state === "executed_uncommitted") {
          void outcome.ended.then((end) => ended.set(name, end));
        }
      },
      lost: () => told.set(name, "lost"),
    });
  }
  /** All that is known by now. */
  async function known(): Promise<Readonly<Record<string, string>>> {
    await new Promise((resolve) => setImmediate(resolve));
    return Object.fromEntries(
      [...told].map(([name, what]) => [name, [what, ended.get(name) ?? []].flat().join(" → ")]),
    );
  }
  return { transaction, run, known };
}

function said(outcome: Outcome): string {
  const short = {
    exceeded: "exceeded",
    executed: "executed",
    executed_uncommitted: "uncommitted",
    failed: "failed",
  };
  return outcome.state === "failed" ? `failed ${outcome.detail}` : short[outcome.state];
}

function statementOf(text: string): Statement {
  const [word = "", name] = text.split(" ");
  const kind = (word in tagOf ? word : "other") as StatementKind;
  return {
    kind,
    start: 0,
    end: 0,
    verbs: ["sql.write"],
    opaque: null,
    name: name ?? null,
    executes: null,
    prepared: null,
    chain: false,
    runsAtCommit: false,
  };
}

const tagOf: Readonly<Record<string, string>> = {
  begin: "BEGIN",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  savepoint: "SAVEPOINT",
  release: "RELEASE",
  rollback_to: "ROLLBACK",
};

test("a statement on its own is executed once the upstream is ready, not before", async () => {
  const { transaction, run, known } = session();
  run("a", "insert");
  assert.deepEqual(await known(), {});
  transaction.ready("idle", false);
  assert.deepEqual(await known(), { a: "executed" });
});

test("what failed on its own has failed with its SQLSTATE", async () => {
  const { transaction, run, known } = session();
  run("a", "insert", { tags: [], error: "23505" });
  transaction.ready("idle", true);
  assert.deepEqual(await known(), { a: "failed 23505" });
});

test("in a transaction it is uncommitted until the COMMIT", async () => {
  const { transaction, run, known } = session();
  run("begin", "begin");
  transaction.ready("transaction", false);
  run("a", "insert");
  transaction.ready("transaction", false);
  assert.deepEqual(await known(), { begin: "uncommitted", a: "uncommitted" });
  run("commit", "commit");
  assert.equal((await known())["a"], "uncommitted → executed");
  transaction.ready("idle", false);
  assert.equal((await known())["commit"], "executed");
});

test("a ROLLBACK takes back what ran before it, and has itself been executed", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert");
  transaction.ready("transaction", false);
  run("rollback", "rollback");
  transaction.ready("idle", false);
  assert.deepEqual(await known(), { a: "uncommitted → rolled_back", rollback: "executed" });
});

test("a COMMIT that answers ROLLBACK committed nothing and has failed", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert");
  transaction.ready("transaction", false);
  run("b", "insert", { tags: [], error: "23505" });
  transaction.ready("failed", true);
  run("commit", "commit", { tags: ["ROLLBACK"] });
  transaction.ready("idle", false);
  assert.deepEqual(await known(), {
    a: "uncommitted → rolled_back",
    b: "failed 23505",
    commit: "failed rolled back",
  });
});

test("ROLLBACK TO takes back what ran behind the savepoint, and nothing before it", async () => {
  const { transaction, run, known } = session();
  for (const [name, script] of [
    ["begin", "begin"],
    ["a", "insert"],
    ["s", "savepoint s"],
    ["b", "insert"],
    ["t", "savepoint t"],
    ["c", "insert"],
    ["back", "rollback_to s"],
    ["d", "insert"],
  ] as const) {
    run(name, script);
    transaction.ready("transaction", false);
  }
  run("commit", "commit");
  transaction.ready("idle", false);
  const { a, b, c, d, back } = await known();
  assert.deepEqual(
    { a, b, c, d, back },
    {
      a: "uncommitted → executed",
      b: "uncommitted → rolled_back",
      c: "uncommitted → rolled_back",
      d: "uncommitted → executed",
      back: "uncommitted → executed",
    },
  );
});

test("the same savepoint can be gone back to again, and the inner of two of a name first", async () => {
  const { transaction, run, known } = session();
  const step = (name: string, script: string) => {
    run(name, script);
    transaction.ready("transaction", false);
  };
  step("begin", "begin; savepoint s");
  step("a", "insert");
  step("inner", "savepoint s");
  step("b", "insert");
  step("back", "rollback_to s");
  step("c", "insert");
  step("again", "rollback_to s");
  step("release", "release s");
  step("outer", "rollback_to s");
  run("commit", "commit");
  const { a, b, c } = await known();
  assert.deepEqual(
    { a, b, c },
    {
      a: "uncommitted → rolled_back",
      b: "uncommitted → rolled_back",
      c: "uncommitted → rolled_back",
    },
  );
});

test("what ran behind a released savepoint belongs to the transaction again", async () => {
  const { transaction, run, known } = session();
  run("s", "begin; savepoint s");
  run("a", "insert");
  run("release", "release s");
  run("b", "insert");
  run("commit", "commit");
  transaction.ready("idle", false);
  const { a, b } = await known();
  assert.deepEqual({ a, b }, { a: "executed", b: "executed" });
});

test("of a message that sets the savepoint in its midst, something stays after ROLLBACK TO", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert; savepoint s; insert");
  transaction.ready("transaction", false);
  run("b", "savepoint t; insert");
  transaction.ready("transaction", false);
  run("back", "rollback_to t");
  transaction.ready("transaction", false);
  assert.equal((await known())["b"], "uncommitted → rolled_back");
  run("further", "rollback_to s");
  transaction.ready("transaction", false);
  run("commit", "commit");
  const { a, b } = await known();
  assert.deepEqual({ a, b }, { a: "uncommitted → executed", b: "uncommitted → rolled_back" });
});

test("COMMIT AND CHAIN ends what ran before it, although the session stays in a transaction", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert");
  transaction.ready("transaction", false);
  run("commit", "commit");
  run("b", "insert");
  transaction.ready("transaction", false);
  run("rollback", "rollback");
  transaction.ready("transaction", false);
  assert.deepEqual(await known(), {
    a: "uncommitted → executed",
    commit: "executed",
    b: "uncommitted → rolled_back",
    rollback: "executed",
  });
});

test("the statements of one message stand and fall together", async () => {
  const { transaction, run, known } = session();
  run("a", "insert; insert");
  transaction.ready("idle", false);
  run("b", "insert; insert", { tags: ["INSERT 0 1"], error: "22012" });
  transaction.ready("idle", true);
  assert.deepEqual(await known(), { a: "executed", b: "failed 22012" });
});

/** Messages with transactions of their own in them, and what they amount to. */
const mixed: readonly (readonly [string, Partial<Answer>, string])[] = [
  ["begin; insert; commit", {}, "executed"],
  ["begin; insert; rollback", {}, "failed rolled back"],
  ["insert; rollback", {}, "failed rolled back"],
  ["rollback; insert", {}, "executed"],
  ["begin; insert; rollback; insert", {}, "executed"],
  ["insert; commit; insert", { tags: ["INSERT 0 1", "COMMIT"], error: "22012" }, "executed"],
  ["rollback; insert", { tags: ["ROLLBACK"], error: "22012" }, "failed 22012"],
  ["commit; insert; rollback", {}, "executed"],
];
for (const [script, changes, outcome] of mixed) {
  const error = changes.error === undefined ? "" : ` (then ${changes.error})`;
  test(`a message in which a part was committed counts as executed: ${script}${error}`, async () => {
    const { transaction, run, known } = session();
    run("a", script, changes);
    transaction.ready("idle", changes.error !== undefined);
    assert.deepEqual(await known(), { a: outcome });
  });
}

test("a message that commits and begins anew is not undone by what follows", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert");
  transaction.ready("transaction", false);
  run("b", "commit; begin; insert");
  transaction.ready("transaction", false);
  run("rollback", "rollback");
  assert.deepEqual(await known(), {
    a: "uncommitted → executed",
    b: "uncommitted → executed",
    rollback: "executed",
  });
});

test("a pipeline without BEGIN stands and falls at its Sync", async () => {
  const { transaction, run, known } = session();
  run("a", "insert");
  run("b", "insert");
  transaction.ready("idle", false);
  run("c", "insert");
  run("d", "insert", { tags: [], error: "22012" });
  transaction.ready("idle", true);
  run("e", "insert");
  transaction.ready("idle", true);
  assert.deepEqual(await known(), {
    a: "executed",
    b: "executed",
    c: "failed rolled back",
    d: "failed 22012",
    e: "failed rolled back",
  });
});

test("a COMMIT within a pipeline keeps what ran before it, whatever fails behind it", async () => {
  const { transaction, run, known } = session();
  run("a", "begin");
  run("b", "insert");
  run("c", "commit");
  run("d", "insert");
  run("e", "insert", { tags: [], error: "22012" });
  transaction.ready("idle", true);
  assert.deepEqual(await known(), {
    a: "executed",
    b: "executed",
    c: "executed",
    d: "failed rolled back",
    e: "failed 22012",
  });
});

test("a session lost in an open transaction has rolled it back", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert");
  transaction.ready("transaction", false);
  transaction.lost(false, new Error("gone"));
  assert.deepEqual(await known(), { a: "uncommitted → rolled_back" });
});

test("a session lost during COMMIT leaves the outcome unknown", async () => {
  const { transaction, run, known } = session();
  run("a", "begin; insert");
  transaction.ready("transaction", false);
  transaction.lost(true, new Error("gone"));
  assert.deepEqual(await known(), { a: "uncommitted → outcome_unknown" });
});

test("a session lost before the upstream was ready leaves unknown what it had answered", async () => {
  const { transaction, run, known } = session();
  run("a", "insert");
  run("b", "insert", { tags: [], error: "57P01" });
  transaction.lost(false, new Error("gone"));
  assert.deepEqual(await known(), { a: "lost", b: "lost" });
});

test("rows are counted by the tags of writes, and by what was sent", async () => {
  const outcomes: Outcome[] = [];
  const transaction = new Transaction();
  const fate = { resolve: (outcome: Outcome) => outcomes.push(outcome), lost: () => {} };
  const answer = { error: null, suspended: false, status: null } as const;
  const statements = [statementOf("insert"), statementOf("insert")];
  transaction.answered(statements, { ...answer, tags: ["DELETE 3", "UPDATE 4"], rows: 0 }, fate);
  transaction.answered(statements, { ...answer, tags: [], rows: 5, suspended: true }, fate);
  const many = Array.from({ length: 9 }, (_, index) => `SELECT ${index}`);
  transaction.answered(statements, { ...answer, tags: many, rows: 1 }, fate);
  transaction.ready("idle", false);
  assert.deepEqual(outcomes, [
    { state: "executed", detail: "DELETE 3, UPDATE 4", rows: 7 },
    { state: "executed", detail: "", rows: 5 },
    { state: "executed", detail: "SELECT 4, SELECT 5, SELECT 6, SELECT 7, SELECT 8", rows: 36 },
  ]);
});
