import assert from "node:assert/strict";
import test from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { ByteReader } from "./byte-reader.ts";

/** A message of two bytes in memory that goes on behind it. */
function readerOfTwoBytes(): ByteReader {
  return new ByteReader(Buffer.from("xabc\0\0\0\0\0"), 1, 3, "postgres.malformed_message");
}

test("no read goes beyond the message, though the memory behind it would satisfy it", () => {
  const reads: Record<string, (reader: ByteReader) => unknown> = {
    int32: (reader) => reader.int32(),
    uint32: (reader) => reader.uint32(),
    view: (reader) => reader.view(3),
    nullableView: (reader) => reader.nullableView(),
    text: (reader) => reader.text(),
    displayText: (reader) => reader.displayText(),
    "three bytes": (reader) => [reader.byte(), reader.byte(), reader.byte()],
    "two numbers": (reader) => [reader.uint16(), reader.int16()],
  };
  for (const [what, read] of Object.entries(reads)) {
    const reader = readerOfTwoBytes();
    assert.throws(
      () => read(reader),
      (error) => error instanceof GatewayError && error.code === "postgres.malformed_message",
      what,
    );
    assert.ok(reader.bytesLeft >= 0, what);
  }
});

test("the rest is what is left of the message, and then it is done", () => {
  const reader = readerOfTwoBytes();
  assert.throws(() => reader.done(), GatewayError);
  assert.equal(reader.rest().toString(), "ab");
  assert.equal(reader.bytesLeft, 0);
  reader.done();
});
