import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import { backend, type Direction, frontend } from "./codec.ts";
import type { Frame, Run } from "./frame.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { failsWith } from "./messages.test-support.ts";

const rows: readonly number[] = [backend.dataRow, backend.copyData];

function rawFrame(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes[0] = type;
  bytes.writeInt32BE(4 + payload.length, 1);
  bytes.set(payload, 5);
  return bytes;
}

function header(type: number, length: number): Buffer {
  const bytes = rawFrame(type, new Uint8Array());
  bytes.writeInt32BE(length, 1);
  return bytes;
}

function drain(splitter: FrameSplitter): (Frame | Run)[] {
  const items: (Frame | Run)[] = [];
  for (let item = splitter.next(); item !== undefined; item = splitter.next()) items.push(item);
  return items;
}

function feed(splitter: FrameSplitter, chunks: readonly Buffer[]): (Frame | Run)[] {
  return chunks.flatMap((chunk) => {
    splitter.push(chunk);
    return drain(splitter);
  });
}

/** Cuts the stream at the given places; what the network may do. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const ends = places.map((place) => place % (stream.length + 1)).toSorted((a, b) => a - b);
  return [...ends, stream.length].map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
}

function hexOf(items: readonly (Frame | Run)[]): string[] {
  return items.map((item) => item.bytes.toString("hex"));
}

const payload = fc.uint8Array({ maxLength: 40 });
const places = fc.array(fc.nat(2000), { maxLength: 60 });

function frameList(direction: Direction) {
  const types = Object.values(direction === "frontend" ? frontend : backend);
  return fc.array(
    fc
      .tuple(fc.constantFrom<number>(...types), payload)
      .map(([type, body]) => rawFrame(type, body)),
    { maxLength: 30 },
  );
}

test("any chunking of a stream yields the same frames", () => {
  for (const direction of ["frontend", "backend"] as const) {
    fc.assert(
      fc.property(frameList(direction), places, (frames, cuts) => {
        const chunks = cut(Buffer.concat(frames), cuts);
        const items = feed(new FrameSplitter({ direction }), chunks);
        assert.deepEqual(
          hexOf(items),
          frames.map((frame) => frame.toString("hex")),
        );
        for (const item of items) {
          assert.equal(item.kind, "frame");
          assert.equal(item.type, item.bytes[0]);
        }
      }),
    );
  }
});

test("chunks that were pushed before the last ones were read out are not lost or reordered", () => {
  fc.assert(
    fc.property(frameList("backend"), places, (frames, cuts) => {
      const stream = Buffer.concat(frames);
      const splitter = new FrameSplitter({ direction: "backend" });
      for (const chunk of cut(stream, cuts)) splitter.push(chunk);
      assert.equal(splitter.bytesWaiting, stream.length);
      assert.deepEqual(Buffer.concat(drain(splitter).map((item) => item.bytes)), stream);
      assert.equal(splitter.bytesWaiting, 0);
    }),
  );
});

test("runs and frames together are the stream, whatever the chunks, and count every row once", () => {
  fc.assert(
    fc.property(
      frameList("backend"),
      places,
      fc.integer({ min: 1, max: 5 }),
      (frames, cuts, max) => {
        const stream = Buffer.concat(frames);
        const splitter = new FrameSplitter({ direction: "backend" });
        splitter.passInRuns(rows, max);
        const items = feed(splitter, cut(stream, cuts));
        assert.deepEqual(Buffer.concat(items.map((item) => item.bytes)), stream);
        let passed = 0;
        for (const item of items) {
          assert.equal(item.kind, rows.includes(item.type) ? "run" : "frame");
          if (item.kind === "frame") continue;
          assert.ok(item.framesEnded <= max);
          passed += item.framesEnded;
        }
        assert.equal(passed, frames.filter((frame) => rows.includes(frame[0] as number)).length);
        assert.equal(splitter.insideRun, false);
      },
    ),
  );
});

test("a run says whether its last message goes on", () => {
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.passInRuns(rows);
  const row = rawFrame(backend.dataRow, Buffer.alloc(20, 1));
  const items = feed(splitter, [Buffer.concat([row, row, row.subarray(0, 9)]), row.subarray(9)]);
  assert.deepEqual(
    items.map((item) => (item.kind === "run" ? [item.framesEnded, item.unfinished] : item.type)),
    [
      [2, true],
      [1, false],
    ],
  );
});

test("a run holds no more messages than it may", () => {
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.passInRuns(rows, 2);
  const row = rawFrame(backend.dataRow, Buffer.alloc(20, 1));
  const items = feed(splitter, [Buffer.concat([row, row, row, row, row])]);
  assert.deepEqual(
    items.map((item) => (item.kind === "run" ? item.framesEnded : item.type)),
    [2, 2, 1],
  );
});

test("a frame that lies in one chunk is delivered without a copy", () => {
  const chunk = Buffer.concat([
    rawFrame(frontend.sync, new Uint8Array()),
    rawFrame(frontend.query, Buffer.from("select 1\0")),
  ]);
  const [, query] = feed(new FrameSplitter({ direction: "frontend" }), [chunk]);
  assert.ok(query?.kind === "frame");
  assert.equal(query.source, chunk);
  assert.equal(query.payload.buffer, chunk.buffer);
  assert.equal(query.payload.toString(), "select 1\0");
});

test("no frame crosses its bound: it is refused as soon as its header is there", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 60 }),
      fc.array(payload, { maxLength: 10 }),
      places,
      (messageBytesMax, payloads, cuts) => {
        const splitter = new FrameSplitter({ direction: "frontend", messageBytesMax });
        const frames = payloads.map((body) => rawFrame(frontend.query, body));
        const sound = frames.findIndex((frame) => frame.length - 1 > messageBytesMax);
        const delivered: (Frame | Run)[] = [];
        const read = () => {
          for (const chunk of cut(Buffer.concat(frames), cuts)) {
            splitter.push(chunk);
            for (let item = splitter.next(); item; item = splitter.next()) delivered.push(item);
          }
        };
        if (sound < 0) read();
        else assert.throws(read, failsWith("postgres.message_too_large"));
        assert.equal(delivered.length, sound < 0 ? frames.length : sound);
      },
    ),
  );
  const splitter = new FrameSplitter({ direction: "frontend" });
  splitter.push(header(frontend.query, 16 * 1024 * 1024 + 1));
  assert.throws(() => splitter.next(), failsWith("postgres.message_too_large"));
});

test("messages that carry no bulk have tighter bounds", () => {
  const cases = [
    [frontend.execute, 10_000],
    [frontend.sync, 10_000],
    [frontend.signIn, 65_535],
  ] as const;
  for (const [type, bound] of cases) {
    const splitter = new FrameSplitter({ direction: "frontend" });
    splitter.push(rawFrame(type, Buffer.alloc(bound - 4)));
    assert.equal(splitter.next()?.bytes.length, bound + 1);
    splitter.push(header(type, bound + 1));
    assert.throws(() => splitter.next(), failsWith("postgres.message_too_large"));
  }
});

test("an unknown type or an invalid length is an error that names the guilty side", () => {
  const cases: [Direction, Buffer, string][] = [
    ["frontend", header(0x7a, 4), "postgres.unknown_message"],
    ["frontend", header(0, 4), "postgres.unknown_message"],
    ["frontend", header(backend.dataRow + 0x80, 4), "postgres.unknown_message"],
    ["frontend", header(frontend.query, 3), "postgres.malformed_message"],
    ["frontend", header(frontend.query, -1), "postgres.malformed_message"],
    ["backend", header(0x7a, 4), "postgres.upstream_protocol"],
    ["backend", header(backend.dataRow, 0), "postgres.upstream_protocol"],
    ["backend", header(backend.dataRow, -2147483648), "postgres.upstream_protocol"],
  ];
  for (const [direction, bytes, code] of cases) {
    for (const inRuns of [[], rows]) {
      const splitter = new FrameSplitter({ direction });
      splitter.passInRuns(inRuns);
      assert.throws(
        () => feed(splitter, [bytes.subarray(0, 2), bytes.subarray(2)]),
        failsWith(code),
      );
    }
  }
});

test("after an error nothing but that error follows, whatever is asked of the splitter", () => {
  const splitter = new FrameSplitter({ direction: "backend", messageBytesMax: 10 });
  const row = rawFrame(backend.dataRow, Buffer.alloc(20));
  splitter.push(row);
  assert.throws(() => splitter.next(), failsWith("postgres.message_too_large"));
  splitter.push(rawFrame(backend.copyDone, new Uint8Array()));
  splitter.passInRuns(rows);
  assert.throws(() => splitter.next(), failsWith("postgres.message_too_large"));
});

test("rows before a broken one are delivered, and then the error", () => {
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.passInRuns(rows);
  const row = rawFrame(backend.dataRow, Buffer.alloc(3));
  splitter.push(Buffer.concat([row, row, header(backend.dataRow, 2)]));
  const run = splitter.next();
  assert.ok(run?.kind === "run" && run.framesEnded === 2 && !run.unfinished);
  assert.throws(() => splitter.next(), failsWith("postgres.upstream_protocol"));
});

test("a row as large as the protocol allows passes without being held", () => {
  const splitter = new FrameSplitter({ direction: "backend" });
  splitter.passInRuns(rows);
  const length = 0x7fffffff;
  const chunk = Buffer.alloc(1 << 20);
  splitter.push(header(backend.dataRow, length));
  let passed = splitter.next()?.bytes.length ?? 0;
  let ended = 0;
  while (splitter.insideRun) {
    splitter.push(chunk.subarray(0, Math.min(chunk.length, length + 1 - passed)));
    const run = splitter.next();
    assert.ok(run?.kind === "run");
    passed += run.bytes.length;
    ended += run.framesEnded;
    assert.equal(splitter.bytesWaiting, 0);
  }
  assert.deepEqual([passed, ended], [length + 1, 1]);
});

test("an announced length alone costs no memory", () => {
  const beginning = Buffer.alloc(20_000, 0x20);
  const before = process.memoryUsage().arrayBuffers;
  const splitters = Array.from({ length: 64 }, () => {
    const splitter = new FrameSplitter({ direction: "frontend" });
    feed(splitter, [header(frontend.query, 16 * 1024 * 1024), beginning]);
    return splitter;
  });
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes for ${splitters.length} unfinished frames`);
});

test("a large frame in small chunks is assembled byte by byte the same", () => {
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  const frame = rawFrame(frontend.query, body);
  const chunks = Array.from({ length: Math.ceil(frame.length / 1000) }, (_, index) =>
    frame.subarray(index * 1000, index * 1000 + 1000),
  );
  const [item, ...others] = feed(new FrameSplitter({ direction: "frontend" }), chunks);
  assert.ok(item?.kind === "frame");
  assert.ok(item.bytes.equals(frame));
  assert.deepEqual(others, []);
});

test("a chunk's memory may be reused after everything was read out, or after detaching", () => {
  const frame = rawFrame(frontend.query, Buffer.from("select 1\0"));
  const reused = Buffer.from(Buffer.concat([frame, frame.subarray(0, 7)]));
  const splitter = new FrameSplitter({ direction: "frontend" });
  feed(splitter, [reused]);
  reused.fill(0xff);
  assert.deepEqual(hexOf(feed(splitter, [frame.subarray(7)])), [frame.toString("hex")]);

  const waiting = Buffer.concat([frame, frame]);
  const queued = Buffer.from(frame);
  splitter.push(waiting);
  splitter.push(queued);
  splitter.next();
  splitter.detach();
  waiting.fill(0xff);
  queued.fill(0xff);
  assert.deepEqual(hexOf(drain(splitter)), [frame.toString("hex"), frame.toString("hex")]);
});

test("choosing other runs in the midst of a message lets that message end as it began", () => {
  const row = rawFrame(backend.dataRow, Buffer.alloc(20, 1));
  const passing = new FrameSplitter({ direction: "backend" });
  passing.passInRuns(rows);
  feed(passing, [row.subarray(0, 8)]);
  passing.passInRuns([]);
  assert.deepEqual(
    feed(passing, [Buffer.concat([row.subarray(8), row])]).map((item) => item.kind),
    ["run", "frame"],
  );
  const whole = new FrameSplitter({ direction: "backend" });
  feed(whole, [row.subarray(0, 8)]);
  whole.passInRuns(rows);
  assert.deepEqual(
    feed(whole, [Buffer.concat([row.subarray(8), row])]).map((item) => item.kind),
    ["frame", "run"],
  );
});

test("garbage never throws anything but an expected error", () => {
  const noise = fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom<Direction>("frontend", "backend"), noise, (direction, chunks) => {
      const splitter = new FrameSplitter({ direction, messageBytesMax: 100 });
      if (direction === "backend") splitter.passInRuns(rows);
      try {
        for (const item of feed(
          splitter,
          chunks.map((chunk) => Buffer.from(chunk)),
        )) {
          assert.ok(item.kind === "run" || item.bytes.length <= 101);
        }
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
