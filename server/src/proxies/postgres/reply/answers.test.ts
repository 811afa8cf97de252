import assert from "node:assert/strict";
import test from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import {
  bindCompleteFrame,
  closeCompleteFrame,
  emptyQueryFrame,
  encodeCommandComplete,
  encodeDataRow,
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeParameterStatus,
  encodeReadyForQuery,
  encodeRowDescription,
  noDataFrame,
  parseCompleteFrame,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { frameOf } from "#/proxies/postgres/wire/frame.ts";
import { Answers } from "./answers.ts";
import { quietExpected } from "./expected.test-support.ts";
import type { Answer, AnswerKind, Expected, Passage } from "./expected.ts";

const row = encodeDataRow([Buffer.from("1")]);
const description = encodeRowDescription([]);
const suspended = bare(backend.portalSuspended);
const failure = (code = "22012") =>
  encodeErrorResponse({ severity: "ERROR", code, message: "It failed." });

function bare(type: number): Buffer {
  return Buffer.from([type, 0, 0, 0, 4]);
}

/** Answers, and a diary of what they told: `name: what`. */
function diary() {
  const answers = new Answers();
  const told: string[] = [];
  const expect = (kind: AnswerKind, name: string, changes: Partial<Expected> = {}) =>
    answers.expect({
      ...quietExpected(kind),
      onAnswer: (answer) => told.push(`${name}: ${said(answer)}`),
      onSkipped: () => told.push(`${name}: skipped`),
      onLost: () => told.push(`${name}: lost`),
      ...changes,
    });
  const take = (bytes: Buffer): Passage["kind"] => answers.take(frameOf(bytes)).kind;
  return { answers, told, expect, take };
}

function said({ tags, error, rows, suspended: more, status }: Answer): string {
  const parts = [
    ...tags,
    ...(error === null ? [] : [error]),
    ...(rows === 0 ? [] : [`${rows} rows`]),
    ...(more ? ["suspended"] : []),
    ...(status === null ? [] : [status]),
  ];
  return parts.join(", ") || "done";
}

test("each frame of a pipeline is attributed to the message that caused it", () => {
  const { answers, told, expect, take } = diary();
  for (const kind of ["parse", "bind", "describe", "execute", "close", "sync"] as const) {
    expect(kind, kind);
  }
  const frames = [
    parseCompleteFrame,
    bindCompleteFrame,
    description,
    row,
    row,
    encodeCommandComplete("SELECT 2"),
    closeCompleteFrame,
    encodeReadyForQuery("transaction"),
  ];
  for (const bytes of frames) assert.equal(take(bytes), "pass");
  assert.deepEqual(told, [
    "parse: done",
    "bind: done",
    "describe: done",
    "execute: SELECT 2, 2 rows",
    "close: done",
    "sync: transaction",
  ]);
  assert.equal(answers.size, 0);
  assert.equal(answers.status, "transaction");
});

const ends: readonly (readonly [AnswerKind, Buffer, string])[] = [
  ["describe", noDataFrame, "done"],
  ["execute", emptyQueryFrame, "done"],
  ["execute", suspended, "suspended"],
];
for (const [kind, bytes, what] of ends) {
  test(`an answer to ${kind} may end in a frame of type ${bytes.toString("latin1", 0, 1)}`, () => {
    const { told, expect, take } = diary();
    expect(kind, "one");
    expect("sync", "end");
    take(bytes);
    take(encodeReadyForQuery("idle"));
    assert.deepEqual(told, [`one: ${what}`, "end: idle"]);
  });
}

test("a simple query keeps all its tags and ends at ReadyForQuery, also after an error", () => {
  const { told, expect, take } = diary();
  expect("query", "one");
  expect("query", "two");
  for (const tag of ["INSERT 0 1", "COMMIT"]) take(encodeCommandComplete(tag));
  take(failure());
  assert.deepEqual(told, []);
  take(encodeReadyForQuery("idle"));
  take(encodeCommandComplete("SELECT 0"));
  take(encodeReadyForQuery("idle"));
  assert.deepEqual(told, ["one: INSERT 0 1, COMMIT, 22012, idle", "two: SELECT 0, idle"]);
});

test("an error skips what the upstream skips: everything up to the next Sync, and no more", () => {
  const { told, expect, take } = diary();
  expect("parse", "a");
  expect("bind", "b");
  expect("execute", "c");
  expect("sync", "first");
  expect("parse", "d");
  expect("sync", "second");
  take(parseCompleteFrame);
  take(failure("42P01"));
  take(encodeReadyForQuery("idle"));
  take(parseCompleteFrame);
  take(encodeReadyForQuery("idle"));
  assert.deepEqual(told, [
    "a: done",
    "c: skipped",
    "b: 42P01",
    "first: idle",
    "d: done",
    "second: idle",
  ]);
});

test("what is skipped is taken back the last first, and before what failed", () => {
  const { told, expect, take } = diary();
  for (const name of ["a", "b", "c", "d"]) expect("parse", name);
  take(parseCompleteFrame);
  take(failure());
  assert.deepEqual(told, ["a: done", "d: skipped", "c: skipped", "b: 22012"]);
});

test("what is sent after an error and before a Sync is skipped as the upstream skips it", async () => {
  const { answers, told, expect, take } = diary();
  expect("parse", "a");
  take(failure());
  expect("bind", "b");
  expect("query", "q");
  assert.deepEqual(told, ["a: 22012", "b: skipped", "q: skipped"]);
  assert.equal(answers.size, 0);
  assert.equal(answers.whenIdle(), undefined);
  expect("sync", "end");
  expect("parse", "c");
  take(encodeReadyForQuery("idle"));
  take(parseCompleteFrame);
  assert.deepEqual(told.slice(3), ["end: idle", "c: done"]);
});

test("an error at the Sync belongs to the Sync: the commit failed", () => {
  const { told, expect, take } = diary();
  expect("execute", "one");
  expect("sync", "end");
  take(encodeCommandComplete("INSERT 0 1"));
  take(failure("23503"));
  take(encodeReadyForQuery("idle"));
  assert.deepEqual(told, ["one: INSERT 0 1", "end: 23503, idle"]);
});

test("the client sees nothing of the gateway's own traffic, and the gateway sees its rows", () => {
  const { told, expect, take } = diary();
  const rows: string[] = [];
  const hidden = { hidden: true };
  const onRow: Expected["onRow"] = (values) => rows.push(String(values[0]));
  expect("parse", "own", hidden);
  expect("execute", "own", { ...hidden, onRow });
  expect("sync", "own", hidden);
  expect("query", "client");
  const notice = encodeNoticeResponse({ severity: "NOTICE", code: "00000", message: "Psst." });
  const frames = [
    parseCompleteFrame,
    notice,
    row,
    encodeCommandComplete("SELECT 1"),
    encodeReadyForQuery("idle"),
  ];
  for (const bytes of frames) assert.equal(take(bytes), "drop");
  assert.deepEqual(rows, ["1"]);
  assert.equal(take(notice), "pass");
  assert.equal(take(row), "pass");
  assert.deepEqual(told, ["own: done", "own: SELECT 1, 1 rows", "own: idle"]);
});

test("where the gateway made the upstream fail, the client gets the gateway's words", () => {
  const { answers, told, expect } = diary();
  const words = failure("42501");
  expect("query", "one", { errorInstead: words });
  const passage = answers.take(frameOf(failure("3B001")));
  assert(passage.kind === "replace");
  assert.equal(passage.bytes, words);
  assert.equal(answers.take(frameOf(encodeReadyForQuery("failed"))).kind, "pass");
  assert.deepEqual(told, ["one: 3B001, failed"]);
});

test("a farewell is not passed off as an answer's own error, and kept for the session's last word", () => {
  const { answers, told, expect, take } = diary();
  expect("query", "one");
  const farewell = encodeErrorResponse({ severity: "FATAL", code: "57P01", message: "Bye." });
  assert.equal(take(farewell), "drop");
  assert.deepEqual(answers.farewell, farewell);
  answers.abandon(new Error("gone"));
  assert.deepEqual(told, ["one: lost"]);
});

test("rows that pass in bulk are counted with those that pass one by one", () => {
  const { answers, told, expect, take } = diary();
  expect("query", "one");
  const run = { kind: "run", type: backend.dataRow, bytes: row, unfinished: false } as const;
  assert.equal(answers.takeRun({ ...run, framesEnded: 3 }).kind, "pass");
  take(row);
  answers.takeRun({ ...run, type: backend.copyData, framesEnded: 5 });
  take(encodeReadyForQuery("idle"));
  assert.deepEqual(told, ["one: 4 rows, idle"]);
});

test("losing the upstream tells everybody who waits", async () => {
  const { answers, told, expect, take } = diary();
  expect("execute", "a");
  expect("sync", "b");
  const idle = answers.whenIdle();
  answers.abandon(new Error("gone"));
  await idle;
  assert.deepEqual(told, ["a: lost", "b: lost"]);
  assert.equal(take(failure("57P01")), "pass", "a farewell with nobody to blame passes");
});

test("whoever waits for quiet is told once nothing is owed", async () => {
  const { answers, expect, take } = diary();
  assert.equal(answers.whenIdle(), undefined);
  expect("parse", "a");
  expect("sync", "b");
  let quiet = false;
  const idle = answers.whenIdle()?.then(() => {
    quiet = true;
  });
  take(parseCompleteFrame);
  await Promise.resolve();
  assert.equal(quiet, false);
  take(encodeReadyForQuery("idle"));
  await idle;
});

test("messages of the server's own accord pass between answers and within them", () => {
  const { expect, take } = diary();
  const setting = encodeParameterStatus("TimeZone", "UTC");
  assert.equal(take(setting), "pass");
  expect("query", "one");
  assert.equal(take(setting), "pass");
});

const outOfOrder: readonly (readonly [string, AnswerKind | null, Buffer])[] = [
  ["an answer that nothing asked for", null, encodeCommandComplete("SELECT 1")],
  ["a row that nothing asked for", null, row],
  ["readiness before the pipeline ended", "execute", encodeReadyForQuery("idle")],
  ["a request for COPY data", "query", Buffer.from([backend.copyInResponse, 0, 0, 0, 7, 0, 0, 0])],
];
for (const [what, kind, bytes] of outOfOrder) {
  test(`an upstream is not followed further that sends ${what}`, () => {
    const { expect, take } = diary();
    if (kind !== null) expect(kind, "one");
    assert.throws(
      () => take(bytes),
      (error) => error instanceof GatewayError && error.code === "postgres.upstream_protocol",
    );
  });
}

test("of an upstream's own words only the forms of PostgreSQL are taken on record", () => {
  const { told, expect, take } = diary();
  for (const name of ["one", "two", "three"]) expect("query", name);
  take(encodeCommandComplete("DELETE 3 \u202edana's <b>word</b>"));
  take(encodeCommandComplete(`X${"X".repeat(100_000)}`));
  take(encodeReadyForQuery("idle"));
  take(failure("no code, and long".repeat(1000)));
  take(encodeReadyForQuery("idle"));
  take(encodeCommandComplete("INSERT 0 5"));
  take(failure("P0001"));
  take(encodeReadyForQuery("idle"));
  assert.deepEqual(told, [
    "one: UNKNOWN, UNKNOWN, idle",
    "two: XX000, idle",
    "three: INSERT 0 5, P0001, idle",
  ]);
});
