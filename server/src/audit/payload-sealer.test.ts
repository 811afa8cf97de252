import assert from "node:assert/strict";
import { createCipheriv, createHmac, hkdfSync } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { createAuthenticator } from "./authenticator.ts";
import { createPayloadBox, openPayload, sealedHash } from "./payload.ts";
import { createPayloadSealer } from "./payload-sealer.ts";

const master = Buffer.alloc(32, 7);
const payloadOf = (text: string) => Buffer.from(JSON.stringify({ text }));

test("payloads that are sealed together are opened each by itself, whatever their lengths", () => {
  const texts = fc.array(fc.string({ maxLength: 100 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1, maxLength: 4 }), (commits) => {
      const sealer = createPayloadSealer(master);
      for (const commit of commits) {
        const sealed = sealer.seal(commit.map(payloadOf));
        assert.equal(sealed.length, commit.length);
        for (const [at, { sealed: stored, reference }] of sealed.entries()) {
          // A copy, as it comes out of the database: nothing around it is needed.
          const opened = openPayload(createPayloadBox(master), new Uint8Array(stored));
          assert.deepEqual(opened.payload, { text: commit[at] });
          assert.equal(opened.commitment, reference.commitment);
          assert.equal(sealedHash(stored), reference.sealed);
        }
      }
    }),
  );
});

test("more than is encrypted at a time, and more than one key is for, is sealed as well", () => {
  const lengths = [0, 1, 300_000, 200_000, 100_000, 50, 1_000_000, 7];
  const sealed = createPayloadSealer(master, 10_000).seal(
    lengths.map((length) => payloadOf("x".repeat(length))),
  );
  const box = createPayloadBox(master);
  assert.deepEqual(
    sealed.map(({ sealed: stored }) => openPayload(box, stored).payload),
    lengths.map((length) => ({ text: "x".repeat(length) })),
  );
  const keySalts = sealed.map(({ sealed: stored }) =>
    Buffer.from(stored.subarray(1, 17)).toString("hex"),
  );
  assert.equal(new Set(keySalts).size, 4);
});

test("no counter is used twice under a key", () => {
  const sealer = createPayloadSealer(master);
  const places: { readonly first: bigint; readonly end: bigint }[] = [];
  for (let commit = 0; commit < 50; commit += 1) {
    const payloads = Array.from({ length: commit % 7 }, (_, at) => payloadOf("y".repeat(at * 13)));
    for (const { sealed } of sealer.seal(payloads)) {
      const first = Buffer.from(sealed).readBigUInt64BE(17);
      places.push({ first, end: first + BigInt(Math.ceil((sealed.length - 25 - 16) / 16)) });
    }
  }
  for (const [at, { end }] of places.entries()) {
    const next = places[at + 1];
    assert.ok(next === undefined || next.first >= end, `payload ${at}`);
  }
});

test("a stored payload is what its format says, by the library's own primitives", () => {
  const [{ sealed, reference } = assert.fail()] = createPayloadSealer(master)
    .seal([payloadOf("a"), payloadOf("b")])
    .slice(1);
  const bytes = Buffer.from(sealed);
  const tag = "countersign/payload/v1\0";
  const keys = Buffer.from(hkdfSync("sha256", master, bytes.subarray(1, 17), tag, 64));
  const counter = Buffer.alloc(16);
  bytes.copy(counter, 8, 17, 25);
  const plain = createCipheriv("aes-256-ctr", keys.subarray(0, 32), counter).update(
    bytes.subarray(25, -16),
  );
  assert.equal(bytes[0], 2);
  assert.equal(plain.toString("utf8", 32), '{"text":"b"}');
  const code = createHmac("sha256", keys.subarray(32)).update(reference.commitment).digest();
  assert.deepEqual(bytes.subarray(-16), code.subarray(0, 16));
});

test("the authenticator is HMAC-SHA256, for keys of up to a block", () => {
  for (const length of [1, 32, 63, 64]) {
    const key = Buffer.alloc(length, length);
    const { text, code } = createAuthenticator(key, 100);
    for (const words of ["", "a", "b".repeat(64), "c".repeat(100)]) {
      text.write(words);
      const expected = createHmac("sha256", key).update(words).digest("hex");
      assert.equal(Buffer.from(code(words.length), "latin1").toString("hex"), expected);
    }
    assert.throws(() => code(101));
  }
  assert.throws(() => createAuthenticator(Buffer.alloc(65), 100));
});
