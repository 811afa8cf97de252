import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import { flip } from "./log.test-support.ts";
import { createSealedBox } from "./sealed-box.ts";
import { createSealer } from "./sealer.ts";

const key = Buffer.alloc(32, 1);
const isBroken = (error: unknown) =>
  error instanceof GatewayError && error.code === "audit.seal_broken";
const bytes = fc.uint8Array({ maxLength: 200 });

test("what was sealed is opened as it was, also by a later start with the same key", () => {
  fc.assert(
    fc.property(bytes, (plain) => {
      const sealed = createSealer(key).seal(plain);
      assert.deepEqual(Buffer.from(createSealer(key).open(sealed)), Buffer.from(plain));
    }),
    { numRuns: 50 },
  );
});

test("any changed byte of sealed bytes is noticed", () => {
  const sealer = createSealer(key);
  const sealed = sealer.seal(Buffer.from("a review"));
  for (let position = 0; position < sealed.length; position += 1) {
    for (const mask of [0x01, 0x80]) {
      assert.throws(() => sealer.open(flip(sealed, position, mask)), isBroken);
    }
  }
});

test("sealed bytes that were cut or prolonged are not opened", () => {
  const sealer = createSealer(key);
  const sealed = Buffer.from(sealer.seal(Buffer.from("a review")));
  for (let length = 0; length < sealed.length; length += 1) {
    assert.throws(() => sealer.open(sealed.subarray(0, length)), isBroken);
  }
  assert.throws(() => sealer.open(Buffer.concat([sealed, Buffer.of(0)])), isBroken);
});

test("another key and another domain open nothing", () => {
  const sealed = createSealedBox(key, "one").seal(Buffer.from("a review"));
  assert.throws(() => createSealedBox(Buffer.alloc(32, 2), "one").open(sealed), isBroken);
  assert.throws(() => createSealedBox(key, "two").open(sealed), isBroken);
});

test("the same bytes are never sealed the same way twice, within a start and across", () => {
  const boxes = [createSealedBox(key, "one"), createSealedBox(key, "one")];
  const plain = Buffer.from("a review");
  const sealed = boxes.flatMap((box) => Array.from({ length: 50 }, () => box.seal(plain)));
  const nonces = sealed.map((text) => Buffer.from(text).toString("hex", 17, 29));
  assert.equal(new Set(nonces).size, sealed.length);
  const salts = sealed.map((text) => Buffer.from(text).toString("hex", 1, 17));
  assert.equal(new Set(salts).size, boxes.length);
});

test("a key that has sealed its share gives way to another, and all is still opened", () => {
  const box = createSealedBox(key, "one", 3);
  const plain = Buffer.from("a review");
  const sealed = Array.from({ length: 7 }, () => box.seal(plain));
  const salts = sealed.map((text) => Buffer.from(text).toString("hex", 1, 17));
  assert.deepEqual(
    salts.map((salt) => salts.indexOf(salt)),
    [0, 0, 0, 3, 3, 3, 6],
  );
  for (const text of sealed) assert.deepEqual(Buffer.from(box.open(text)), plain);
});

test("more keys of earlier starts than are kept at a time can be read", () => {
  const plain = Buffer.from("a review");
  const sealed = Array.from({ length: 40 }, () => createSealedBox(key, "one").seal(plain));
  const box = createSealedBox(key, "one");
  for (const text of [...sealed, ...sealed]) assert.deepEqual(Buffer.from(box.open(text)), plain);
});

test("a key of another length is a mistake", () => {
  assert.throws(() => createSealer(Buffer.alloc(31)), /32 bytes/);
});
