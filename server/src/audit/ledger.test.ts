import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { verifyCheckpoint } from "@countersign/tlog/checkpoint";
import { emptyRoot } from "@countersign/tlog/merkle";
import { createLedger } from "./ledger.ts";
import {
  draft,
  drafts,
  memoryLog,
  nodeOf,
  otherVerifierKey,
  payloadKey,
  seal,
  signingKey,
  verifierKey,
} from "./log.test-support.ts";

const sha256 = (...parts: readonly Uint8Array[]) =>
  createHash("sha256").update(Buffer.concat(parts)).digest();
const leafOf = (bytes: Uint8Array) => sha256(Buffer.of(0), bytes);
const join = (left: Uint8Array, right: Uint8Array) => sha256(Buffer.of(1), left, right);

test("a log without records has a signed head of size 0", () => {
  const { head } = memoryLog([]);
  const signed = verifyCheckpoint(head.checkpoint, verifierKey);
  assert.deepEqual({ size: signed.size, root: signed.root }, { size: 0, root: emptyRoot });
});

test("the checkpoint signs the RFC 6962 tree over the leaves, whatever the commits were", () => {
  for (const batchMax of [1, 2, 3, 5]) {
    const log = memoryLog(drafts(5), batchMax);
    const [a, b, c, d, e] = log.records.map(({ leaf }) => leafOf(leaf));
    assert(a && b && c && d && e);
    const signed = verifyCheckpoint(log.head.checkpoint, verifierKey);
    assert.equal(signed.origin, "countersign.test/1");
    assert.equal(signed.size, 5);
    assert.deepEqual(Buffer.from(signed.root), join(join(join(a, b), join(c, d)), e));
    assert.deepEqual([...log.nodes.keys()].toSorted(), ["1/0", "1/1", "2/0"]);
    assert.deepEqual(nodeOf(log, 2, 0), join(join(a, b), join(c, d)));
  }
});

test("the checkpoint verifies under the gateway's key and under no other of the same name", () => {
  const { checkpoint } = memoryLog(drafts(2)).head;
  assert.throws(() => verifyCheckpoint(checkpoint, otherVerifierKey));
});

test("a record's hash is that of its leaf", () => {
  const record = seal(draft());
  assert.deepEqual(Buffer.from(record.leafHash), leafOf(record.leaf));
});

test("a ledger whose origin is not its key's name is a mistake", () => {
  const origin = "countersign.test/2";
  assert.throws(() => createLedger({ origin, signingKey, payloadKey }), /origin/);
});
