/** The tree of RFC 6962, computed from the records alone, against which a store's is compared. */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import type { NodeAddress } from "#/store/ledger.ts";
import type { Store } from "#/store/store.ts";
import { range } from "./harness.ts";

/** Recomputes the tree of RFC 6962 §2.1 from the records and compares everything that is stored of it. */
export async function assertTree(store: Store): Promise<void> {
  const { size, checkpoint } = await store.logHead();
  const records = await store.records(0, size + 1);
  assert.deepEqual(
    records.map(({ index }) => index),
    range(size),
  );
  const hashes = records.map(({ leaf }) => leafHash(leaf));
  assert.deepEqual(
    records.map(({ leafHash }) => Buffer.from(leafHash)),
    hashes,
  );

  const addresses: NodeAddress[] = [];
  const expected: Buffer[] = [];
  let level = hashes;
  for (let height = 0; level.length > 0; height += 1) {
    addresses.push(...level.map((_, index) => ({ level: height, index })));
    expected.push(...level);
    level = range(Math.floor(level.length / 2)).map((index) =>
      nodeHash(level[2 * index] as Buffer, level[2 * index + 1] as Buffer),
    );
    const beyond = { level: height + 1, index: level.length };
    assert.deepEqual(await store.nodes([beyond]), [null], "an incomplete subtree has no node");
  }
  const stored = await store.nodes(addresses);
  assert.deepEqual(
    stored.map((node) => Buffer.from(node ?? [])),
    expected,
  );
  assert.deepEqual(signedHead(checkpoint), { size, root: rootOf(hashes).toString("base64") });
}

export function leafHash(leaf: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.of(0), leaf]));
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.of(1), left, right]));
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length <= 1) return hashes[0] ?? sha256(Buffer.of());
  let half = 1;
  while (2 * half < hashes.length) half *= 2;
  return nodeHash(rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

function sha256(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer");
}

/** What a checkpoint says: C2SP tlog-checkpoint, of which the signature is not this suite's matter. */
export function signedHead(checkpoint: string): { readonly size: number; readonly root: string } {
  const [, size, root] = checkpoint.split("\n");
  return { size: Number(size), root: root ?? "" };
}
