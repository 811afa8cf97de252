/**
 * Drafts become leaves, leaves become a signed tree (RFC 6962, C2SP tlog-checkpoint).
 *
 * Runs inside every group commit, in the store's thread: no waiting, no reading besides the tree's right edge.
 * Signs whatever size it is told: that no two histories of one size are signed is up to the store, which
 * keeps one head, and to `checkLogStart`, which compares it with the tree before anything is appended.
 */
import assert from "node:assert/strict";
import { signCheckpoint } from "@countersign/tlog/checkpoint";
import { appendLeaves, leafHash } from "@countersign/tlog/merkle";
import type { SigningKey } from "@countersign/tlog/note";
import type { Ledger, SealedRecord } from "#/store/ledger.ts";
import { joinLeaf } from "./leaf.ts";
import { createPayloadSealer } from "./payload-sealer.ts";
import { createSpelling } from "./spell-record.ts";

export interface LedgerOptions {
  /** The log's name in the world; the signing key bears the same. */
  readonly origin: string;
  readonly signingKey: SigningKey;
  readonly payloadKey: Uint8Array;
}

export function createLedger({ origin, signingKey, payloadKey }: LedgerOptions): Ledger {
  assert.equal(signingKey.name, origin, "the signing key bears the log's origin as its name");
  const payloads = createPayloadSealer(payloadKey);
  return {
    spell: createSpelling(),
    seal(records) {
      const plain: Uint8Array[] = [];
      for (const { payload } of records) if (payload !== null) plain.push(payload);
      const sealed = payloads.seal(plain);
      let next = 0;
      return records.map(({ head, tail, payload }): SealedRecord => {
        const own = payload === null ? null : (sealed[next++] ?? null);
        const leaf = joinLeaf(head, tail, own?.reference ?? null);
        return { leaf, leafHash: leafHash(leaf), payload: own?.sealed ?? null };
      });
    },
    integrate(size, leaves, readNode) {
      const hashes = leaves.map((sealed) => sealed.leafHash);
      const { nodes, root } = appendLeaves(size, hashes, readNode);
      const checkpoint = signCheckpoint({ origin, size: size + leaves.length, root }, signingKey);
      return { nodes, checkpoint };
    },
  };
}
