import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { splitLines } from "./lines.ts";

test("lines come out whole and in order, however they are cut up", () => {
  const text = fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\n\r]/g, "·"));
  fc.assert(
    fc.property(fc.array(text), fc.array(fc.nat(200)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      assert.deepEqual(
        read(pieces(bytes, cuts), bytes.length).lines,
        lines.filter((line) => line !== ""),
      );
    }),
  );
});

test("a line ends with CR LF as well, and an empty one is none", () => {
  assert.deepEqual(read([Buffer.from("one\r\n\r\n\ntwo\r\n")], 100).lines, ["one", "two"]);
});

test("what has no line break yet is no line", () => {
  assert.deepEqual(read([Buffer.from('{"id":1')], 100), { lines: [], overlong: [] });
});

test("a line of the bound passes, one byte more does not, and the next line is whole again", () => {
  const { lines, overlong } = read([Buffer.from("12345678\n123456789\nnext\n")], 8);
  assert.deepEqual(lines, ["12345678", "next"]);
  assert.deepEqual(overlong, [null]);
});

test("of an answer that is too long the id is known at its beginning and at its end", () => {
  const long = "x".repeat(2_000);
  const answers: readonly (readonly [string, number | null])[] = [
    [`{"jsonrpc":"2.0","id":7,"result":{"text":"${long}"}}`, 7],
    [`{"id": 8, "result":"${long}"}`, 8],
    [`{"result":{"text":"${long}","id":99},"jsonrpc":"2.0","id":9}`, 9],
    [`{"result":"${long}", "id": 10, "jsonrpc": "2.0"} `, 10],
    [`{"result":{"text":"${long}","id":99}}`, null],
    [`{"result":{"id":99,"text":"${long}"}}`, null],
    [`{"result":"${long},\\"id\\":99}"}`, null],
    [`{"result":"${long}","id":"text"}`, null],
  ];
  for (const size of [1, 100, 5_000]) {
    const bytes = Buffer.from(answers.map(([line]) => `${line}\n`).join(""));
    const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, () => size);
    assert.deepEqual(
      read(pieces(bytes, cuts), 1_000).overlong,
      answers.map(([, id]) => id),
    );
  }
});

test("an endless line costs no more than the bound", () => {
  let leftOut = 0;
  const push = splitLines(1_000, {
    line: unexpected,
    overlong: unexpected,
    leftOut(bytes) {
      leftOut += bytes;
    },
  });
  const chunk = Buffer.alloc(64 * 1024, "x");
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 1_000; count += 1) push(chunk);
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
  assert.equal(leftOut, 1_000 * chunk.length);
});

test("blank lines are told as their bytes, once for all that come at a time", () => {
  const told: number[] = [];
  const lines: string[] = [];
  const push = splitLines(1_000, {
    line: (bytes) => void lines.push(bytes.toString("utf8")),
    overlong: unexpected,
    leftOut: (bytes) => void told.push(bytes),
  });
  for (const text of ["\n".repeat(60_000), "\r\n".repeat(9), "\n\na\r\n\nb", "\n\n", "c\n"]) {
    push(Buffer.from(text));
  }
  assert.deepEqual(lines, ["a", "b", "c"]);
  assert.deepEqual(told, [60_000, 18, 3, 1]);
});

function unexpected(): void {
  assert.fail("there is no line yet");
}

function read(chunks: readonly Buffer[], lineBytesMax: number) {
  const lines: string[] = [];
  const overlong: (number | null)[] = [];
  const push = splitLines(lineBytesMax, {
    line: (bytes) => void lines.push(bytes.toString("utf8")),
    overlong: (id) => void overlong.push(id),
    leftOut: () => {},
  });
  for (const chunk of chunks) push(chunk);
  return { lines, overlong };
}

function pieces(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const cut: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    cut.push(bytes.subarray(start, start + size));
    start += size;
  }
  return [...cut, bytes.subarray(start)];
}
