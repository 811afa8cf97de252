/**
 * The right edge of the tree, in memory: the roots of the complete subtrees that the next leaves will be
 * hashed with. Without it each commit would first read as many rows as the tree has levels.
 */
import assert from "node:assert/strict";
import type { NodeAddress, SealedRecord } from "#/store/ledger.ts";
import { completingLeaf } from "./log-rows.ts";

export type Frontier = ReadonlyMap<string, Uint8Array>;

/** Of a tree of `size`: the largest complete subtrees that cover it, one for each 1 bit. */
export function frontierOf(
  size: number,
  read: (address: NodeAddress) => Uint8Array | null,
): Frontier {
  const frontier = new Map<string, Uint8Array>();
  for (let level = 0, width = size; width > 0; level += 1, width = Math.floor(width / 2)) {
    if (width % 2 === 0) continue;
    const address = { level, index: width - 1 };
    const node = read(address);
    assert(node !== null, "a complete subtree has its node");
    frontier.set(frontierKey(address), node);
  }
  return frontier;
}

/** The frontier after these leaves, which complete these nodes, were added to a tree of `size`. */
export function growFrontier(
  frontier: Frontier,
  size: number,
  leaves: readonly SealedRecord[],
  completed: readonly (readonly Uint8Array[])[],
): Frontier {
  return frontierOf(size + leaves.length, (address) => {
    const offset = completingLeaf(address) - size;
    // INVARIANT: a subtree that is older than these leaves and still not part of a larger complete one was
    // on the edge before.
    if (offset < 0) return frontier.get(frontierKey(address)) ?? null;
    const { level } = address;
    return (level === 0 ? leaves[offset]?.leafHash : completed[offset]?.[level - 1]) ?? null;
  });
}

export function frontierKey({ level, index }: NodeAddress): string {
  return `${level}/${index}`;
}
