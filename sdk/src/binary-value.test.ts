import assert from "node:assert/strict";
import { test } from "node:test";
import { binaryReading } from "./binary-value.ts";

const read = (type: number, text: string | null, format: "text" | "binary" = "binary") =>
  binaryReading({ type, format, text });

test("a number in binary form is read as the server reads it, with its sign", () => {
  assert.equal(read(21, "\\x0032"), "50 as smallint");
  assert.equal(read(21, "\\xffff"), "-1 as smallint");
  assert.equal(read(23, "\\x80000000"), "-2147483648 as integer");
  assert.equal(read(20, "\\x7fffffffffffffff"), "9223372036854775807 as bigint");
  assert.equal(read(26, "\\xffffffff"), "4294967295 as oid");
  assert.equal(read(700, "\\x3fc00000"), "1.5 as real");
  assert.equal(read(701, "\\xc008000000000000"), "-3 as double precision");
});

test("truth values and identifiers are read too", () => {
  assert.equal(read(16, "\\x01"), "true as boolean");
  assert.equal(read(16, "\\x00"), "false as boolean");
  assert.equal(
    read(2950, "\\x00112233445566778899aabbccddeeff"),
    "00112233-4455-6677-8899-aabbccddeeff as uuid",
  );
});

test("what is of another type, length or form is left to its bytes", () => {
  assert.equal(read(0, "\\x0032"), null);
  assert.equal(read(21, "\\x00000032"), null);
  assert.equal(read(16, "\\x02"), null);
  assert.equal(read(21, "\\x00zz"), null);
  assert.equal(read(21, "50", "text"), null);
  assert.equal(read(21, null), null);
});
