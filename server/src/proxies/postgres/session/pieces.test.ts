import assert from "node:assert/strict";
import { test } from "node:test";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import type { LockPlace } from "./lockable.ts";
import { piecesMax, piecesOf } from "./pieces.ts";

const classifier = await createClassifier({ bytesMax: 1024 * 1024 });

/** Locked ones in brackets. */
function pieces(sql: string, place: LockPlace): string | null {
  const found = piecesOf(classifier.classify(sql), place);
  const texts = found?.map(({ statements, isLocked }) => {
    const kinds = statements.map(({ kind }) => kind).join(" ");
    return isLocked ? `[${kinds}]` : kinds;
  });
  return texts?.join(" | ") ?? null;
}

test("in a transaction of the client's what runs a query is locked, and nothing else", () => {
  const split: Readonly<Record<string, string>> = {
    "begin; table v; commit": "begin | [select] | commit",
    "begin; set local x.y = 1; show x.y; table v; table w; commit":
      "begin set show | [select select] | commit",
    "begin; set transaction read write; explain table v; savepoint s; table v; rollback to s":
      "begin set | [explain] | savepoint | [select] | rollback_to",
    "begin; declare c cursor for table v; fetch c; close c; end":
      "begin | [declare fetch] | close commit",
    "begin; commit; begin; table v; rollback": "begin commit begin | [select] | rollback",
    "begin; table v; commit and chain; table v": "begin | [select] | commit | [select]",
  };
  for (const [sql, expected] of Object.entries(split)) {
    assert.equal(pieces(sql, "start"), expected, sql);
  }
  assert.equal(pieces("table v; commit; table w", "block"), "[select] | commit | [select]");
  assert.equal(pieces("release s; savepoint s; table v", "block"), "release savepoint | [select]");
});

test("between transactions all up to the next end stays together under the session's lock", () => {
  assert.equal(
    pieces("rollback; set x.y = 1; table v; show x.y; commit; table v", "start"),
    "rollback | [set select show commit] | [select]",
  );
});

test("what ends a transaction that nobody began goes with it, so that it undoes and commits what it would", () => {
  assert.equal(pieces("set x.y = 1; table v; rollback", "start"), "[set select rollback]");
  assert.equal(pieces("set local x.y = 1; commit", "start"), "[set commit]");
  assert.equal(
    pieces("listen a; table v; commit and chain; rollback; table v", "start"),
    "[other select commit] | rollback | [select]",
  );
  assert.equal(pieces("commit; table v; rollback", "block"), "commit | [select rollback]");
});

test("there are none where a read would stand where no lock fits, or where pieces are not the same as the whole", () => {
  const whole: readonly (readonly [LockPlace, string])[] = [
    ["midway", "begin; table v; commit"],
    ["block", "table v; table w"],
    ["start", "table v; begin; table w; commit"],
    ["start", "table v; savepoint s"],
    ["start", "set transaction read write; table v; commit"],
    ["start", "begin; commit; set transaction read write; table v"],
    ["start", "begin; commit; set x.y = 1"],
    ["start", "begin; commit; declare c cursor for table v"],
    ["start", "begin; commit; discard all"],
    ["start", "reset all; commit; table v"],
    ["start", "set default_transaction_read_only to on; commit; table v"],
    ["start", "begin; commit; show transaction_read_only; table v"],
    ["start", "begin; declare c cursor with hold for table v; commit"],
    ["start", "begin; select set_config('transaction_isolation', 'serializable', true); commit"],
    ["start", "begin; set transaction read write; execute p; commit"],
    ["start", "begin; call p(); table v; commit"],
  ];
  for (const [place, sql] of whole) assert.equal(pieces(sql, place), null, sql);
});

test("there are no more than so many", () => {
  const pair = "savepoint s; table v;";
  assert.notEqual(pieces(pair.repeat(piecesMax / 2), "block"), null);
  assert.equal(pieces(`${pair.repeat(piecesMax / 2)} commit`, "block"), null);
});
