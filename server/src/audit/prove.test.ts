import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyBundle } from "@countersign/tlog/bundle";
import { inclusionProof } from "@countersign/tlog/merkle";
import { formatProof, parseProof, verifyProof } from "@countersign/tlog/proof";
import { GatewayError } from "#/core/errors.ts";
import type { ActionId } from "#/core/ids.ts";
import type { Store } from "#/store/store.ts";
import { parseLeaf } from "./leaf.ts";
import {
  appendTo,
  draft,
  type MemoryLog,
  memoryLog,
  nodeOf,
  otherVerifierKey,
  seal,
  verifierKey,
} from "./log.test-support.ts";
import { proveAction } from "./prove.ts";

const wanted = "act_wanted" as ActionId;

/** Of `size` records, every third belongs to the wanted action. */
function logOf(size: number): MemoryLog {
  return memoryLog(
    Array.from({ length: size }, (_, number) =>
      draft({ body: { number }, action: number % 3 === 0 ? wanted : null }),
    ),
  );
}

function storeOf(log: MemoryLog): Pick<Store, "logHead" | "nodes" | "recordsOfAction"> {
  return {
    logHead: async () => log.head,
    recordsOfAction: async (action, limit) =>
      log.records.filter(({ leaf }) => parseLeaf(leaf)?.action === action).slice(0, limit),
    nodes: async (addresses) => addresses.map(({ level, index }) => nodeOf(log, level, index)),
  };
}

const isCode = (code: string) => (error: unknown) =>
  error instanceof GatewayError && error.code === code;

test("the proof of an action holds all its records, and verifies with the public key alone", async () => {
  for (let size = 1; size <= 17; size += 1) {
    const log = logOf(size);
    const verified = verifyBundle(await proveAction(storeOf(log), wanted), verifierKey);
    assert.equal(verified.size, size);
    assert.deepEqual(
      verified.leaves,
      log.records
        .filter(({ index }) => index % 3 === 0)
        .map(({ index, leaf }) => ({ index, bytes: leaf })),
    );
  }
});

test("the proof verifies under no other key of the same name", async () => {
  const proof = await proveAction(storeOf(logOf(7)), wanted);
  assert.throws(() => verifyBundle(proof, otherVerifierKey));
});

test("the file proves its last record to tools that know nothing of Countersign", async () => {
  const log = logOf(11);
  const proof = await proveAction(storeOf(log), wanted);
  const leaf = log.records[9]?.leaf ?? assert.fail();
  assert.equal(verifyProof(proof, leaf, verifierKey).index, 9);
  assert.throws(() => verifyProof(proof, log.records[8]?.leaf ?? assert.fail(), verifierKey));
});

test("every record of a log has a proof by the standard functions, for it and no other", () => {
  const log = logOf(13);
  for (const { index, leaf } of log.records) {
    const hashes = inclusionProof(index, 13, (level, at) => nodeOf(log, level, at) as Uint8Array);
    const file = formatProof({ extra: null, index, hashes, checkpoint: log.head.checkpoint });
    assert.equal(verifyProof(file, leaf, verifierKey).index, index);
    const other = log.records[(index + 1) % 13]?.leaf ?? assert.fail();
    assert.throws(() => verifyProof(file, other, verifierKey));
    assert.throws(() => verifyProof(file, leaf, otherVerifierKey));
  }
});

test("records that are appended while the proof is made are left out of it", async () => {
  const log = logOf(4);
  const store = storeOf(log);
  const proof = await proveAction(
    {
      ...store,
      async logHead() {
        const { head } = log;
        appendTo(log, [seal(draft({ action: wanted }))]);
        return head;
      },
    },
    wanted,
  );
  const indexes = verifyBundle(proof, verifierKey).leaves.map(({ index }) => index);
  assert.deepEqual(indexes, [0, 3]);
  assert.equal(parseProof(proof).checkpoint.split("\n")[1], "4");
});

test("an action of which the log knows nothing is not found", async () => {
  const unknown = "act_unknown" as ActionId;
  await assert.rejects(proveAction(storeOf(logOf(4)), unknown), isCode("api.not_found"));
});

test("an action with more records than a file holds is told so", async () => {
  const drafts = Array.from({ length: 1025 }, () => draft({ action: wanted, payload: null }));
  const store = storeOf(memoryLog(drafts, 1025));
  await assert.rejects(proveAction(store, wanted), isCode("audit.proof_too_large"));
});

test("no proof is made from a tree with a hole", async () => {
  const log = logOf(8);
  log.nodes.delete("2/1");
  await assert.rejects(proveAction(storeOf(log), wanted), isCode("store.unreadable"));
});
