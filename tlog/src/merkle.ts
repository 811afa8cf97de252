/**
 * The RFC 6962 Merkle tree: hashing, growth, proofs and their verification, as pure functions.
 *
 * The stored node (level, index) is the hash of the complete subtree of 2^level leaves that starts
 * at leaf index * 2^level. Once written it never changes; the right edge, where subtrees are not
 * complete yet, is never stored. Sizes are safe integers: arithmetic here is exact up to 2^53 - 1,
 * hence no bit operators, which would cut it at 2^31. A failed verification throws, so that a
 * result nobody looks at can't pass for success. Signatures, files and databases are unknown here.
 */
import { hash as digest } from "node:crypto";
import { TlogError } from "./errors.ts";

/** A tree as a checkpoint states it. */
export type TreeHead = { readonly size: number; readonly root: Uint8Array };
export type NodePlace = { readonly level: number; readonly index: number };
export type TreeNode = NodePlace & { readonly hash: Uint8Array };
export type ReadNode = (level: number, index: number) => Uint8Array;

export const hashBytes = 32;
export const emptyRoot: Uint8Array = sha256(Buffer.alloc(0));

export function leafHash(leaf: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(1 + leaf.length);
  input[0] = 0x00;
  input.set(leaf, 1);
  return sha256(input);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(1 + left.length + right.length);
  input[0] = 0x01;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return sha256(input);
}

export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/**
 * Grows a tree of `size` leaves: every node that `leafHashes` complete, in the order in which they
 * depend on each other, and the new root. Reads at most log2(size) nodes; hashes once per new leaf
 * on average, and log2(size) times for the root.
 */
export function appendLeaves(
  size: number,
  leafHashes: readonly Uint8Array[],
  readNode: ReadNode,
): { readonly nodes: readonly TreeNode[]; readonly root: Uint8Array } {
  checkSize(size);
  checkSize(size + leafHashes.length);
  const nodes: TreeNode[] = [];
  const peaks = readSubtrees({ start: 0, end: size }, readNode);
  for (const [offset, hash] of leafHashes.entries()) {
    const leaf = { level: 0, index: size + offset, hash };
    nodes.push(leaf);
    growPeaks(peaks, leaf, (left, right) => {
      const parent = { ...parentOf(left), hash: nodeHash(left.hash, right.hash) };
      nodes.push(parent);
      return parent;
    });
  }
  return { nodes, root: foldPeaks(peaks) };
}

export function rootOf(size: number, readNode: ReadNode): Uint8Array {
  checkSize(size);
  return rangeHash({ start: 0, end: size }, readNode);
}

/** RFC 6962 section 2.1.1: the hashes beside the path from the leaf up to the root. */
export function inclusionProof(index: number, size: number, readNode: ReadNode): Uint8Array[] {
  return pathToLeaf(index, size).siblings.map((sibling) => rangeHash(sibling, readNode));
}

/** RFC 6962 section 2.1.2: what shows that the tree of size `to` only appends to that of `from`. */
export function consistencyProof(from: number, to: number, readNode: ReadNode): Uint8Array[] {
  const { subtree, siblings } = pathToPrefix(from, to);
  const ranges = subtree.start === 0 ? siblings : [subtree, ...siblings];
  return ranges.map((range) => rangeHash(range, readNode));
}

/** Throws unless `proof` shows that the leaf stands at `index` of the tree. */
export function verifyInclusion(
  leaf: { readonly index: number; readonly hash: Uint8Array },
  proof: readonly Uint8Array[],
  head: TreeHead,
): void {
  const { siblings } = pathToLeaf(leaf.index, head.size);
  let root = leaf.hash;
  for (const { side, hash } of pairWithProof(siblings, proof)) {
    root = side === "left" ? nodeHash(hash, root) : nodeHash(root, hash);
  }
  checkRoot(root, head.root);
}

/** Throws unless `proof` shows that the tree `to` starts with all of the tree `from`, unchanged. */
export function verifyConsistency(
  from: TreeHead,
  to: TreeHead,
  proof: readonly Uint8Array[],
): void {
  const { subtree, siblings } = pathToPrefix(from.size, to.size);
  // Where the old tree is one complete subtree of the new one, its root is known and not repeated.
  const [seed, ...rest] = subtree.start === 0 ? [from.root, ...proof] : proof;
  if (seed === undefined) throw new TlogError("proof.length_wrong", "the proof is empty");
  let oldRoot = seed;
  let newRoot = seed;
  for (const { side, hash } of pairWithProof(siblings, rest)) {
    if (side === "left") oldRoot = nodeHash(hash, oldRoot);
    newRoot = side === "left" ? nodeHash(hash, newRoot) : nodeHash(newRoot, hash);
  }
  checkRoot(oldRoot, from.root);
  checkRoot(newRoot, to.root);
}

/**
 * Adds a complete subtree at the right edge. As a carry runs through a binary counter, it joins
 * with each left sibling it meets; `peaks` are the complete subtrees of the tree, from the left.
 */
export function growPeaks<T extends NodePlace>(
  peaks: T[],
  added: T,
  join: (left: T, right: T) => T,
): void {
  let node = added;
  // INVARIANT: peaks cover all leaves before `added`, so an odd node's left sibling is the last.
  while (node.index % 2 === 1) node = join(peaks.pop() as T, node);
  peaks.push(node);
}

export function parentOf(place: NodePlace): NodePlace {
  return { level: place.level + 1, index: Math.floor(place.index / 2) };
}

/** The largest complete subtrees that cover the leaves from `start` up to `end`, from the left. */
export function completeSubtrees({ start, end }: LeafRange): NodePlace[] {
  const places: NodePlace[] = [];
  for (let at = start; at < end; ) {
    let level = 0;
    let width = 1;
    while (at % (2 * width) === 0 && at + 2 * width <= end) {
      level += 1;
      width *= 2;
    }
    places.push({ level, index: at / width });
    at += width;
  }
  return places;
}

/** The root over complete subtrees of descending size. */
export function foldPeaks(peaks: readonly { readonly hash: Uint8Array }[]): Uint8Array {
  if (peaks.length === 0) return emptyRoot;
  return peaks.map((peak) => peak.hash).reduceRight((right, left) => nodeHash(left, right));
}

export type LeafRange = { readonly start: number; readonly end: number };
type Sibling = LeafRange & { readonly side: "left" | "right" };
type Path = { readonly subtree: LeafRange; readonly siblings: readonly Sibling[] };

function pathToLeaf(index: number, size: number): Path {
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new TlogError("proof.range_invalid", `no leaf ${index} in a tree of size ${size}`);
  }
  return descend(index, size, ({ start, end }) => end - start === 1);
}

/** The way to the largest subtree of the new tree that ends where the old tree ended. */
function pathToPrefix(from: number, to: number): Path {
  checkSize(from);
  checkSize(to);
  if (from === 0 || from > to) {
    throw new TlogError("proof.range_invalid", `no consistency proof from size ${from} to ${to}`);
  }
  return descend(from - 1, to, ({ end }) => end === from);
}

/** From the root towards a leaf; the siblings that stay beside the way come lowest first. */
function descend(index: number, size: number, isThere: (subtree: LeafRange) => boolean): Path {
  const siblings: Sibling[] = [];
  let subtree: LeafRange = { start: 0, end: size };
  while (!isThere(subtree)) {
    const middle = subtree.start + powerOfTwoBelow(subtree.end - subtree.start);
    const left = { start: subtree.start, end: middle };
    const right = { start: middle, end: subtree.end };
    siblings.unshift(index < middle ? { ...right, side: "right" } : { ...left, side: "left" });
    subtree = index < middle ? left : right;
  }
  return { subtree, siblings };
}

function powerOfTwoBelow(size: number): number {
  let power = 1;
  while (2 * power < size) power *= 2;
  return power;
}

function rangeHash(range: LeafRange, readNode: ReadNode): Uint8Array {
  return foldPeaks(readSubtrees(range, readNode));
}

function readSubtrees(range: LeafRange, readNode: ReadNode): TreeNode[] {
  return completeSubtrees(range).map((place) => ({
    ...place,
    hash: readNode(place.level, place.index),
  }));
}

function pairWithProof(siblings: readonly Sibling[], proof: readonly Uint8Array[]) {
  if (proof.length !== siblings.length) {
    throw new TlogError("proof.length_wrong", "the proof has the wrong number of hashes");
  }
  return proof.map((hash, step) => {
    if (hash.length !== hashBytes) {
      throw new TlogError("proof.malformed", `a hash of the proof is not ${hashBytes} bytes long`);
    }
    return { hash, side: siblings[step]?.side };
  });
}

/** By way of a string ("binary" is latin1), which takes half the time of a Buffer of its own. */
function sha256(input: Uint8Array): Uint8Array {
  return Buffer.from(digest("sha256", input, "binary"), "latin1");
}

function checkRoot(computed: Uint8Array, expected: Uint8Array): void {
  if (!equalHashes(computed, expected)) {
    throw new TlogError("proof.root_mismatch", "the proof does not lead to the root");
  }
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new TlogError("tree.size_invalid", "a tree size must be a safe integer of at least 0");
  }
}
