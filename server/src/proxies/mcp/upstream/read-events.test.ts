import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { EventTooLarge, eventReader } from "./read-events.ts";

function read(chunks: readonly Uint8Array[], max = 1_000) {
  const reader = eventReader(max);
  return chunks
    .flatMap((chunk) => reader.read(chunk))
    .map(({ id, retryMs, data }) => ({ id, retryMs, data: Buffer.from(data).toString() }));
}

const whole = (text: string) => read([Buffer.from(text)]);

test("an event has its data, its id and its retry", () => {
  assert.deepEqual(whole('id: 7\nevent: message\nretry: 500\ndata: {"a":1}\n\n'), [
    { id: "7", retryMs: 500, data: '{"a":1}' },
  ]);
});

test("data over several lines is one text, and a comment is none", () => {
  assert.deepEqual(whole(": still here\ndata:a\ndata: b\n\n: again\n\n"), [
    { id: null, retryMs: null, data: "a\nb" },
  ]);
});

test("an event that only primes a client is one, without data", () => {
  assert.deepEqual(whole("id: 1\ndata: \n\n"), [{ id: "1", retryMs: null, data: "" }]);
});

test("what a stream leaves unfinished is no event", () => {
  assert.deepEqual(whole("data: whole\n\ndata: half\n"), [
    { id: null, retryMs: null, data: "whole" },
  ]);
});

test("events among any number of blank lines are the same events, however those end and are cut", () => {
  const text = "\n\n\r\n\r\r\ndata:a\n\n\n\r\n\n\rid:7\rdata:b\r\r\r\n\r\n\n";
  const events = [
    { id: null, retryMs: null, data: "a" },
    { id: "7", retryMs: null, data: "b" },
  ];
  for (let at = 0; at <= text.length; at += 1) {
    assert.deepEqual(read([Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at))]), events);
  }
});

test("a retry that is no number, and an id with a NUL, count for nothing", () => {
  assert.deepEqual(whole("retry: soon\nid: a\u0000b\ndata: x\n\n"), [
    { id: null, retryMs: null, data: "x" },
  ]);
});

test("wherever the bytes are cut and however lines end, the same events come", () => {
  const text = "\uFEFFid: 1\ndata: ä\ndata: b\n\n: note\nretry: 9\ndata: c\n\ndata: d\n\n";
  const expected = whole(text);
  assert.equal(expected.length, 3);
  fc.assert(
    fc.property(
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.array(fc.nat({ max: 80 }), { maxLength: 12 }),
      (ending, cuts) => {
        const bytes = Buffer.from(text.replaceAll("\n", ending));
        const at = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const events = read(chunks);
        // An end in CR alone may still become CR LF, and its event is there all the same.
        assert.deepEqual(events, expected);
      },
    ),
  );
});

test("an event beyond its bound is not gathered, in one line or in many", () => {
  assert.throws(() => whole(`data: ${"x".repeat(2_000)}`), EventTooLarge);
  assert.throws(() => whole("data: xxxxxxxxx\n".repeat(200)), EventTooLarge);
});

test("an event of nothing but the ends of its lines has a bound too, and those are a part of it", () => {
  assert.throws(() => whole("data\n".repeat(1_002)), EventTooLarge);
  const [event] = whole(`${"data\n".repeat(1_001)}\n`);
  assert.equal(event?.data, "\n".repeat(1_000));
});

test("an id that nobody could keep a thousand of is none", () => {
  assert.deepEqual(whole(`id: ${"i".repeat(900)}\ndata: x\n\n`)[0]?.id, "i".repeat(900));
  const [event] = read([Buffer.from(`id: a\nid: ${"i".repeat(1_025)}\ndata: x\n\n`)], 5_000);
  assert.deepEqual(event, { id: null, retryMs: null, data: "x" });
});
