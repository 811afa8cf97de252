import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";

/** PFX, version 3, signed data: the frame of a store of so many bytes (RFC 7292, section 4). */
function keyStore(length: number): Buffer {
  const frame = [0x30, 0x82, 0, 0, 0x02, 0x01, 0x03, 0x30, 0x82, 0, 0];
  const type = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
  const store = Buffer.alloc(length, 0x5a);
  Buffer.from([...frame, ...type]).copy(store);
  store.writeUInt16BE(length - 4, 2);
  return store;
}

function kindsIn(text: string | Buffer): readonly (string | null)[] {
  return finder.find(text).map(({ rule }) => rule);
}

test("a key store in PKCS#12 is found to its end, as bytes, in base64 and in lines of base64", () => {
  const store = keyStore(900);
  const behind = Buffer.concat([store, Buffer.from("\nnothing else")]);
  assert.deepEqual(
    finder.find(behind).map(({ entity, start, end }) => ({ entity, start, end })),
    [{ entity: "private_key", start: 0, end: 900 }],
  );
  const text = store.toString("base64");
  assert.deepEqual(kindsIn(`keystore: ${text}\n`), ["pkcs12_base64"]);
  const lines = text.replaceAll(/(.{64})/g, "$1\n");
  const [found] = finder.find(`before\n${lines}\n`);
  assert.deepEqual([found?.start, found?.end], [7, 7 + lines.length]);
});

test("certificates and numbers that look like the beginning of one are none", () => {
  const certificate = Buffer.concat([
    Buffer.from([0x30, 0x82, 0x03, 0x4c, 0x30, 0x82, 0x02, 0x34, 0x02, 0x01, 0x03, 0x30, 0x82]),
    Buffer.alloc(400, 0x11),
  ]);
  assert.deepEqual(kindsIn(certificate), []);
  assert.deepEqual(kindsIn(certificate.toString("base64")), []);
});
