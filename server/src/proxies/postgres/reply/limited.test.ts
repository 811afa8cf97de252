import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Classified, Statement } from "#/proxies/postgres/sql/facts.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import {
  encodeCommandComplete,
  encodeDataRow,
  encodeErrorResponse,
  encodeReadyForQuery,
  encodeRowDescription,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { type Frame, frameOf, type Run } from "#/proxies/postgres/wire/frame.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import type { Passage } from "./expected.ts";
import { LimitedPassing, RowCount } from "./limited.ts";

const select: Statement = {
  kind: "select",
  start: 0,
  end: 0,
  verbs: ["sql.read"],
  opaque: null,
  name: null,
  executes: null,
  prepared: null,
  chain: false,
  runsAtCommit: false,
};

function classified(
  verb: "sql.read" | "sql.write",
  statements: readonly Statement[] = [select],
): Pick<Classified, "statements" | "verbs"> {
  return { verbs: [verb], statements };
}

/** What a client gets of these bytes, cut into such chunks. */
function passed(passing: LimitedPassing, bytes: Buffer, chunks: readonly number[]): Buffer {
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.passInRuns([backend.dataRow, backend.copyData], 1);
  const out: Buffer[] = [];
  let from = 0;
  for (let index = 0; from < bytes.length; index += 1) {
    const size = chunks[index % chunks.length] ?? bytes.length;
    splitter.push(bytes.subarray(from, from + size));
    from += size;
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      out.push(...piecesOf(passageOf(passing, item), item.bytes));
    }
  }
  return Buffer.concat(out);
}

function passageOf(passing: LimitedPassing, item: Frame | Run): Passage {
  return item.kind === "run" ? passing.run(item) : passing.frame(item);
}

function piecesOf(passage: Passage, bytes: Buffer): readonly Buffer[] {
  switch (passage.kind) {
    case "pass":
      return [bytes];
    case "drop":
      return [];
    case "replace":
      return [passage.bytes];
    case "behind":
      return [passage.first, bytes];
  }
}

function framesIn(bytes: Buffer): readonly Frame[] {
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.push(bytes);
  const frames: Frame[] = [];
  for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
    assert(item.kind === "frame");
    frames.push(item);
  }
  assert.equal(splitter.bytesWaiting, 0, "a message was cut");
  return frames;
}

const row = fc.integer({ min: 0, max: 40 }).map((size) => encodeDataRow([Buffer.alloc(size, 120)]));
const statement = fc.oneof(
  // With RETURNING, or a SELECT.
  fc.array(row, { maxLength: 6 }).map((rows) => ({ rows, touched: rows.length })),
  fc.integer({ min: 0, max: 6 }).map((touched) => ({ rows: [], touched })),
);
const answer = fc.record({
  statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
  chunks: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
  max: fc.integer({ min: 1, max: 8 }),
  verb: fc.constantFrom("sql.read" as const, "sql.write" as const),
});

test("whatever the answer and however it comes, no row passes beyond the limit, and no end of what exceeds it", () => {
  let exceeded = 0;
  fc.assert(
    fc.property(answer, ({ statements, chunks, max, verb }) => {
      const parts = statements.map(({ rows, touched }) =>
        Buffer.concat([
          ...(rows.length === 0 ? [] : [encodeRowDescription([]), ...rows]),
          encodeCommandComplete(`DELETE ${touched}`),
        ]),
      );
      const whole = Buffer.concat(parts);
      const bytes = Buffer.concat([whole, encodeReadyForQuery("transaction")]);
      const passing = new LimitedPassing(
        new RowCount(max),
        classified(
          verb,
          statements.map(() => select),
        ),
      );
      const out = passed(passing, bytes, chunks);
      const sum = statements.reduce((rows, { touched }) => rows + touched, 0);
      const frames = framesIn(out);
      assert(frames.filter(({ type }) => type === backend.dataRow).length <= max);
      if (sum <= max) {
        assert.equal(passing.excess, null);
        assert.deepEqual(Buffer.concat([out, passing.takeWithheld()]), whole);
        // The end waits for whoever decides.
        assert.notDeepEqual(out, whole);
      } else {
        exceeded += 1;
        assert.equal(passing.excess, "exceeded");
        assert.deepEqual(passing.takeWithheld(), Buffer.alloc(0));
        assert(whole.subarray(0, out.length).equals(out), "what passes is what came");
        assert(out.length < whole.length);
        const ends = frames.filter(({ type }) => type === backend.commandComplete).length;
        assert(ends < statements.length);
        assert.equal(passing.rows, verb === "sql.write" ? sum : null);
      }
    }),
    { numRuns: 500 },
  );
  assert(exceeded > 50);
});

test("a read is stopped once, at the first row too many, and what it says of that does not pass", () => {
  let stopped = 0;
  const passing = new LimitedPassing(new RowCount(1), classified("sql.read"), () => {
    stopped += 1;
  });
  const one = encodeDataRow([null]);
  const cancelled = encodeErrorResponse({ severity: "ERROR", code: "57014", message: "cancelled" });
  const out = passed(passing, Buffer.concat([one, one, one, cancelled]), [7]);
  assert.deepEqual(out, one);
  assert.equal(stopped, 1);
});

test("an error passes behind what was held back, if the limit was kept", () => {
  const passing = new LimitedPassing(new RowCount(5), classified("sql.write", [select, select]));
  const done = encodeCommandComplete("DELETE 2");
  const failed = encodeErrorResponse({ severity: "ERROR", code: "22012", message: "It failed." });
  const out = passed(passing, Buffer.concat([done, failed]), [1000]);
  assert.deepEqual(out, Buffer.concat([done, failed]));
  assert.equal(passing.excess, null);
});

test("lines of a plan are no rows, and rows behind them are", () => {
  const explain: Statement = { ...select, kind: "explain" };
  const passing = new LimitedPassing(new RowCount(1), classified("sql.read", [explain, select]));
  const line = encodeDataRow([null]);
  const plan = Buffer.concat([line, line, line, encodeCommandComplete("EXPLAIN")]);
  assert.deepEqual(
    passed(passing, Buffer.concat([plan, line]), [1000]),
    Buffer.concat([plan, line]),
  );
  assert.deepEqual(passed(passing, line, [1000]), Buffer.alloc(0));
  assert.equal(passing.excess, "exceeded");
});

test("of a portal that changes rows every row is fetched, or none of it is kept", () => {
  const suspended = frameOf(Buffer.from([backend.portalSuspended, 0, 0, 0, 4]));
  const changes = new LimitedPassing(new RowCount(5), classified("sql.write"));
  assert.equal(changes.frame(suspended).kind, "drop");
  assert.equal(changes.excess, "unfetched");
  assert.equal(changes.rows, null);
  const reads = new LimitedPassing(new RowCount(5), classified("sql.read"));
  reads.frame(suspended);
  assert.equal(reads.excess, null);
  assert.deepEqual(reads.takeWithheld(), suspended.bytes);
});

test("what is counted over several executions is one number", () => {
  const count = new RowCount(3);
  const one = encodeDataRow([null]);
  const two = Buffer.concat([one, one]);
  assert.deepEqual(passed(new LimitedPassing(count, classified("sql.read")), two, [1000]), two);
  assert.deepEqual(passed(new LimitedPassing(count, classified("sql.read")), two, [1000]), one);
  assert.equal(count.isExceeded, true);
});
