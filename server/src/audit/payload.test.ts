import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseLeaf } from "./leaf.ts";
import { draft, flip, payloadKey, seal } from "./log.test-support.ts";
import { createPayloadBox, openPayload } from "./payload.ts";

const payload = { comment: "Zoë said so", b: [1, null], a: { z: 1, y: 2 } };
const canonical = '{"a":{"y":2,"z":1},"b":[1,null],"comment":"Zoë said so"}';

const sha256 = (...parts: readonly (string | Uint8Array)[]) => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
};

function sealOne(changes = {}) {
  const record = seal(draft({ payload, ...changes }));
  const leaf = parseLeaf(record.leaf) ?? assert.fail();
  return { ...record, stored: record.payload ?? assert.fail(), reference: leaf.payload };
}

test("the commitment is SHA-256 over tag, salt and the payload's canonical bytes", () => {
  const { stored, reference } = sealOne();
  const opened = openPayload(createPayloadBox(payloadKey), stored);
  assert.deepEqual(opened.payload, payload);
  assert.equal(opened.salt.length, 32);
  const commitment = sha256("countersign/payload/v1\0", opened.salt, canonical);
  assert.equal(reference?.commitment, commitment);
  assert.equal(opened.commitment, commitment);
});

test("the leaf has the hash of the ciphertext, so that no key is needed to notice a change", () => {
  const { stored, reference } = sealOne();
  assert.equal(reference?.sealed, sha256(stored));
});

test("equal payloads have different salts and commitments, so that none can be guessed", () => {
  const records = Array.from({ length: 50 }, () => sealOne());
  assert.equal(new Set(records.map(({ reference }) => reference?.commitment)).size, 50);
  const salts = records.map(({ stored }) => openPayload(createPayloadBox(payloadKey), stored).salt);
  assert.equal(new Set(salts.map((salt) => Buffer.from(salt).toString("hex"))).size, 50);
});

test("neither leaf nor ciphertext holds the payload's words", () => {
  const { leaf, stored } = sealOne();
  for (const bytes of [leaf, stored]) assert(!Buffer.from(bytes).includes("said so"));
});

test("with any byte changed, cut or added, and under another key, nothing is opened", () => {
  const { stored } = sealOne();
  const broken = { code: "audit.seal_broken" };
  const box = createPayloadBox(payloadKey);
  for (let at = 0; at < stored.length; at += 1) {
    assert.throws(() => openPayload(box, flip(stored, at, 1 << (at % 8))), broken, `byte ${at}`);
    assert.throws(() => openPayload(box, stored.subarray(0, at)), broken, `the first ${at}`);
  }
  assert.throws(() => openPayload(box, Buffer.concat([stored, Buffer.of(0)])), broken);
  assert.throws(() => openPayload(createPayloadBox(Buffer.alloc(32, 8)), stored), broken);
});

test("a record without a payload commits to none, and an empty payload is one", () => {
  const bare = seal(draft({ payload: null }));
  assert.equal(bare.payload, null);
  assert.equal(parseLeaf(bare.leaf)?.payload, null);
  const { stored } = sealOne({ payload: {} });
  assert.deepEqual(openPayload(createPayloadBox(payloadKey), stored).payload, {});
});
