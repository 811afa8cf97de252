/**
 * The evidence of one action: one file that proves all its records, and needs no server to be checked.
 */
import { formatBundle } from "@countersign/tlog/bundle";
import { inclusionProof, type ReadNode } from "@countersign/tlog/merkle";
import { bundleLeavesMax } from "@countersign/tlog/parse";
import { GatewayError } from "#/core/errors.ts";
import type { ActionId } from "#/core/ids.ts";
import type { NodeAddress } from "#/store/ledger.ts";
import type { Store } from "#/store/store.ts";
import type { StoredRecord } from "#/store/stored.ts";

/** The text of a `tlog-proof` file; see docs/reference/log-format.md. */
export async function proveAction(
  store: Pick<Store, "logHead" | "nodes" | "recordsOfAction">,
  action: ActionId,
): Promise<string> {
  // The head first: what is appended meanwhile is not under its checkpoint, and left out.
  const { size, checkpoint } = await store.logHead();
  const records = (await store.recordsOfAction(action, bundleLeavesMax + 1)).filter(
    ({ index }) => index < size,
  );
  if (records.length === 0) {
    throw new GatewayError("api.not_found", "The log has no record of an action with this id.");
  }
  if (records.length > bundleLeavesMax) {
    throw new GatewayError(
      "audit.proof_too_large",
      `The action has more records than the ${bundleLeavesMax} that a proof file holds.`,
    );
  }
  const readNode = await readNodes(store, records, size);
  const leaves = records.map(({ index, leaf }) => {
    return { index, bytes: leaf, proof: inclusionProof(index, size, readNode) };
  });
  return formatBundle(leaves, checkpoint);
}

/** A proof asks for its nodes one by one and at once; so a rehearsal finds out which, to read them together. */
async function readNodes(
  store: Pick<Store, "nodes">,
  records: readonly StoredRecord[],
  size: number,
): Promise<ReadNode> {
  const asked = new Map<string, NodeAddress>();
  const unknown = new Uint8Array(32);
  for (const { index } of records) {
    inclusionProof(index, size, (level, at) => {
      asked.set(`${level}/${at}`, { level, index: at });
      return unknown;
    });
  }
  const hashes = await store.nodes([...asked.values()]);
  const found = new Map([...asked.keys()].map((name, at) => [name, hashes[at] ?? null]));
  return (level, index) => {
    const node = found.get(`${level}/${index}`) ?? null;
    if (node !== null) return node;
    throw new GatewayError("store.unreadable", `The log's node (${level}, ${index}) is missing.`);
  };
}
