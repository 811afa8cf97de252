import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { der, integer, oid, readDer, tags, time } from "./der.ts";

test("lengths are written as X.690 has them, and read back", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const bytes = der(tags.octetString, Buffer.alloc(length, 7));
    const read = readDer(Buffer.concat([Buffer.from([0]), bytes, Buffer.from([9])]), 1);
    assert.equal(read?.tag, tags.octetString);
    assert.equal(read.content.length, length);
    assert.equal(read.end, 1 + bytes.length);
  }
  assert.equal(der(tags.octetString, Buffer.alloc(200)).subarray(0, 3).toString("hex"), "0481c8");
});

test("identifiers, integers and times have the bytes of the standards' own examples", () => {
  assert.equal(oid("1.2.840.113549").toString("hex"), "06062a864886f70d");
  assert.equal(oid("2.5.4.3").toString("hex"), "0603550403");
  assert.equal(integer(Buffer.from([0])).toString("hex"), "020100");
  assert.equal(integer(Buffer.from([0, 0, 0x80])).toString("hex"), "02020080");
  assert.equal(integer(Buffer.from([0x7f])).toString("hex"), "02017f");
  assert.equal(time(Date.parse("2049-12-31T23:59:59Z")).toString("latin1", 2), "491231235959Z");
  assert.equal(time(Date.parse("2050-01-01T00:00:00Z")).toString("latin1", 2), "20500101000000Z");
});

test("whatever the bytes, the reader stays within them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(45), (array, start) => {
      const bytes = Buffer.from(array);
      const read = readDer(bytes, start);
      if (read === undefined) return;
      assert.ok(read.end <= bytes.length && read.end > start + 1);
      assert.ok(read.content.length <= bytes.length - start - 2);
    }),
  );
});
