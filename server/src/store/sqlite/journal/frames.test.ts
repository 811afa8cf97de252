import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  assert as assertProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  property,
  string,
  tuple,
} from "fast-check";
import { createJournalCipher } from "#/audit/journal-cipher.ts";
import {
  createFrameRoom,
  type Frame,
  type FrameKey,
  frameIn,
  readFrames,
  recordsStart,
  sealFrame,
} from "./frames.ts";
import { framesAfter } from "./replay.ts";

const cipher = createJournalCipher(Buffer.alloc(32, 7));
/** A key seals one life of a segment, so each segment has it anew. */
const newKey = () => cipher.keyOf(Buffer.alloc(32, 1));
const newEarlierKey = () => cipher.keyOf(Buffer.alloc(32, 2));
const broken = { code: "store.journal_broken" };
const room = createFrameRoom();
const bytes = 4096;
const first = 40;

/** Frames one after the other, over what an earlier life has left. */
function segmentOf(texts: readonly string[], earlier: readonly string[] = [], blockBytes = 1) {
  const segment = Buffer.alloc(bytes);
  const write = (own: readonly string[], number: number, under: FrameKey) => {
    let end = 0;
    return own.map((text, at) => {
      const recordsEnd = recordsStart + room.write(text, recordsStart);
      const frame = sealFrame(
        under,
        end,
        frameIn(room, recordsEnd, { number: number + at, logSize: 5 }),
        blockBytes,
      );
      frame.copy(segment, end);
      const start = end;
      end += frame.length;
      return { start, end };
    });
  };
  write(earlier, first - earlier.length, newEarlierKey());
  return { segment, places: write(texts, first, newKey()) };
}

const read = (segment: Buffer) => readFrames(segment, newKey(), first - 1);
const textsOf = (frames: readonly Frame[]) =>
  frames.map(({ records }) => Buffer.from(records).toString());
const someTexts = array(string({ maxLength: 60 }), { minLength: 1, maxLength: 8 });

/** Of what is written in whole blocks. */
const someBlocks = constantFrom(1, 16, 128, 512);

test("frames are read as they were written, and nothing of an earlier life behind them", () => {
  assertProperty(
    property(someTexts, someTexts, someBlocks, (texts, earlier, blockBytes) => {
      const { segment, places } = segmentOf(texts, earlier, blockBytes);
      for (const { start, end } of places)
        assert.equal((start % blockBytes) + (end % blockBytes), 0);
      const frames = read(segment);
      assert.deepEqual(textsOf(frames), texts);
      assert.deepEqual(
        frames.map(({ number }) => number),
        texts.map((_, at) => first + at),
      );
    }),
  );
});

test("of a last write that was cut at any byte, or of which any parts arrived, nothing is read", () => {
  assertProperty(
    property(
      tuple(someTexts, someTexts),
      array(boolean(), { minLength: 16, maxLength: 16 }),
      integer({ min: 1, max: 32 }),
      someBlocks,
      ([texts, earlier], arrived, sectorBytes, blockBytes) => {
        const { segment, places } = segmentOf(texts, earlier, blockBytes);
        const { segment: before } = segmentOf(texts.slice(0, -1), earlier, blockBytes);
        const { start, end } = places.at(-1) ?? { start: 0, end: 0 };
        let lacks = false;
        for (let at = start; at < end; at += sectorBytes) {
          if (arrived[((at - start) / sectorBytes) % arrived.length]) continue;
          const to = Math.min(at + sectorBytes, end);
          lacks ||= !before.subarray(at, to).equals(segment.subarray(at, to));
          before.copy(segment, at, at, to);
        }
        assert.deepEqual(textsOf(read(segment)), lacks ? texts.slice(0, -1) : texts);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a changed bit of any frame but the last is noticed; of the last it looks interrupted", () => {
  assertProperty(
    property(someTexts, someBlocks, nat(), (texts, blockBytes, where) => {
      const { segment, places } = segmentOf(texts, [], blockBytes);
      const last = places.at(-1) ?? { start: 0, end: 0 };
      const bit = where % (last.end * 8);
      const at = Math.floor(bit / 8);
      segment[at] = (segment[at] ?? 0) ^ (1 << (bit % 8));
      if (at < last.start) assert.throws(() => read(segment), broken);
      else assert.deepEqual(textsOf(read(segment)), texts.slice(0, -1));
    }),
  );
});

test("frames that were taken out, doubled or put in another order are noticed", () => {
  const { segment, places } = segmentOf(["one", "two", "three", "four"]);
  const [one, two, three, four] = places.map(({ start, end }) => segment.subarray(start, end));
  assert(one !== undefined && two !== undefined && three !== undefined && four !== undefined);
  for (const order of [
    [one, three, four],
    [one, one, two, three],
    [two, one, three, four],
    [one, Buffer.alloc(two.length), three, four],
  ]) {
    const changed = Buffer.alloc(bytes);
    Buffer.concat(order).copy(changed);
    assert.throws(() => read(changed), broken);
  }
  // What is cut off the end, at the border of a frame, was never there as far as anybody can tell.
  const cut = Buffer.alloc(bytes);
  Buffer.concat([one, two]).copy(cut);
  assert.deepEqual(textsOf(read(cut)), ["one", "two"]);
});

test("a segment under another key is noticed as soon as it holds more than one frame", () => {
  const { segment } = segmentOf(["one", "two"]);
  assert.throws(() => readFrames(segment, newEarlierKey(), first - 1), broken);
  assert.deepEqual(readFrames(segmentOf(["one"]).segment, newEarlierKey(), first - 1), []);
});

test("what an earlier version left to be ingested is refused, and what of it was ingested is not", () => {
  const { segment } = segmentOf(["one", "two"]);
  const key = newEarlierKey();
  let length = 0;
  for (let at = 0; at < segment.length && segment.toString("latin1", at, at + 4) === "CSJ2"; ) {
    segment.write("CSJ1", at, "latin1");
    length += 1;
    at += 16 + segment.readUInt32LE(at + 4);
  }
  assert.equal(length, 2);
  for (const ingested of [first - 1, first]) {
    assert.throws(() => readFrames(segment, key, ingested), /earlier version.*Start that version/);
  }
  assert.deepEqual(readFrames(segment, key, first + 1), []);
});

test("any bytes at all are read or refused", () => {
  assertProperty(
    property(array(integer({ min: 0, max: 255 }), { maxLength: 300 }), (noise) => {
      const segment = Buffer.concat([Buffer.from("CSJ2"), Buffer.from(noise)]);
      try {
        assert.deepEqual(read(segment), []);
      } catch (error) {
        assert.equal((error as { readonly code?: string }).code, broken.code);
      }
    }),
  );
});

test("what is ingested is left out, and a gap before or between what is not is noticed", () => {
  const frames = (...numbers: readonly number[]) =>
    numbers.map((number) => ({ number, logSize: 0, records: Buffer.of(number) }));
  const numbersAfter = (ingested: number, ...segments: readonly (readonly number[])[]) =>
    framesAfter(
      ingested,
      segments.map((numbers) => frames(...numbers)),
    ).map(({ number }) => number);
  assert.deepEqual(numbersAfter(3, [4, 5], [1, 2, 3]), [4, 5]);
  assert.deepEqual(numbersAfter(1, [4, 5], [1, 2, 3]), [2, 3, 4, 5]);
  assert.deepEqual(numbersAfter(9, [4, 5], [1, 2, 3]), []);
  assert.throws(() => numbersAfter(2, [4, 5], []), broken);
  assert.throws(() => numbersAfter(1, [4, 5], [1, 2]), broken);
});
