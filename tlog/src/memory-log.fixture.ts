/** A log in memory, for tests: grown in batches through `appendLeaves`, with its nodes stored. */
import { formatBundle } from "./bundle.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { appendLeaves, emptyRoot, inclusionProof, leafHash, type ReadNode } from "./merkle.ts";
import { formatVerifierKey, generateKey } from "./note.ts";
import { formatProof } from "./proof.ts";
import type { StoredLeaf } from "./verify-log.ts";

export type MemoryLog = ReturnType<typeof memoryLog>;

export function memoryLog(leaves: readonly Uint8Array[], { batch = 7, origin = "log.test" } = {}) {
  const key = generateKey(origin);
  const nodes = new Map<string, Uint8Array>();
  const readNode: ReadNode = (level, index) => {
    const hash = nodes.get(`${level}/${index}`);
    if (hash === undefined) throw new Error(`node (${level}, ${index}) was never stored`);
    return hash;
  };
  let root = emptyRoot;
  for (let size = 0; size < leaves.length; size += batch) {
    const grown = appendLeaves(size, leaves.slice(size, size + batch).map(leafHash), readNode);
    for (const node of grown.nodes) nodes.set(`${node.level}/${node.index}`, node.hash);
    root = grown.root;
  }
  const size = leaves.length;
  const head = { origin, size, root };
  const checkpoint = signCheckpoint(head, key);
  const leafAt = (index: number) => {
    const bytes = leaves[index];
    if (bytes === undefined) throw new Error(`no leaf ${index}`);
    return { index, bytes, proof: inclusionProof(index, size, readNode) };
  };
  return {
    key,
    vkey: formatVerifierKey(key),
    nodes,
    readNode,
    head,
    checkpoint,
    leafAt,
    proofFile: (index: number, extra: Uint8Array | null = null) =>
      formatProof({ extra, index, hashes: leafAt(index).proof, checkpoint }),
    bundle: (indexes: readonly number[]) => formatBundle(indexes.map(leafAt), checkpoint),
    /** A copy to tamper with; node (0, index) is kept beside the leaf, as a database would. */
    stored: (): { leaves: StoredLeaf[]; nodes: Map<string, Uint8Array> } => ({
      leaves: leaves.map((bytes, index) => ({ index, bytes, storedHash: leafHash(bytes) })),
      nodes: new Map([...nodes].filter(([place]) => !place.startsWith("0/"))),
    }),
  };
}

export function numberedLeaves(count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(`{"n":${index}}`));
}

/** The UTF-8 bytes of `text`, with one byte changed. */
export function flipByte(text: string, position: number, mask: number): string {
  const bytes = Buffer.from(text);
  const at = position % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  return bytes.toString();
}
