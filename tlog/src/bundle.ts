/**
 * The evidence of one action: all its leaves with their proofs, in one standard tlog-proof@v1 file.
 *
 * The file itself proves the last leaf, as any C2SP tool can check. Its `extra` holds, as canonical
 * JSON (RFC 8785), every leaf with its own proof. `extra` is not authenticated by the format, so
 * nothing leaves `verifyBundle` before it was proven against the signed checkpoint. A bundle has
 * one spelling only: no changed byte, added field or other order passes. What a leaf says, and
 * whether the leaves of an action are all there, is not known here.
 */
import { type Checkpoint, verifyCheckpoint } from "./checkpoint.ts";
import { TlogError } from "./errors.ts";
import { leafHash, type TreeHead, verifyInclusion } from "./merkle.ts";
import {
  bundleLeavesMax,
  checkBound,
  leafBytesMax,
  parseBase64,
  parseHash,
  toBase64,
} from "./parse.ts";
import { formatProof, parseProof } from "./proof.ts";

export type ProvenLeaf = { readonly index: number; readonly bytes: Uint8Array };
export type BundleLeaf = ProvenLeaf & { readonly proof: readonly Uint8Array[] };

/** `leaves` in ascending order of their index, each proven for the size of the checkpoint. */
export function formatBundle(leaves: readonly BundleLeaf[], checkpoint: string): string {
  const last = lastOf(leaves);
  return formatProof({
    extra: Buffer.from(formatLeaves(leaves)),
    index: last.index,
    hashes: last.proof,
    checkpoint,
  });
}

/** Returns only leaves that the log of `vkey` holds, in ascending order. */
export function verifyBundle(
  text: string,
  vkey: string,
): Checkpoint & { readonly leaves: readonly ProvenLeaf[] } {
  const file = parseProof(text);
  const { origin, size, root } = verifyCheckpoint(file.checkpoint, vkey);
  const leaves = parseLeaves(file.extra);
  const last = lastOf(leaves);
  if (file.index !== last.index) {
    throw new TlogError("bundle.order_wrong", "the file's own leaf is not the bundle's last one");
  }
  for (const leaf of [...leaves, { ...last, proof: file.hashes }]) {
    checkProven(leaf, { size, root });
  }
  return { origin, size, root, leaves: leaves.map(({ index, bytes }) => ({ index, bytes })) };
}

const format = "countersign/bundle/v1";

/** Keys stand in canonical order; all values are ASCII, so JSON.stringify writes RFC 8785. */
function formatLeaves(leaves: readonly BundleLeaf[]): string {
  return JSON.stringify({
    format,
    leaves: leaves.map(({ index, bytes, proof }) => {
      return { index, leaf: toBase64(bytes), proof: proof.map(toBase64) };
    }),
  });
}

function parseLeaves(extra: Uint8Array | null): BundleLeaf[] {
  const json = Buffer.from(extra ?? []).toString("latin1");
  const { leaves } = fieldsOf(parseJson(json));
  if (!Array.isArray(leaves)) throw malformed("the list of leaves is missing");
  const parsed = leaves.map(parseLeaf);
  if (formatLeaves(parsed) !== json) throw malformed(`the text is not canonical ${format}`);
  return parsed;
}

function parseLeaf(value: unknown): BundleLeaf {
  const { index, leaf, proof } = fieldsOf(value);
  if (typeof index !== "number" || !Array.isArray(proof)) {
    throw malformed("a leaf has no index or no proof");
  }
  return {
    index,
    bytes: parseBase64(textOf(leaf), "bundle.malformed", "a leaf"),
    proof: proof.map((hash) => parseHash(textOf(hash), "bundle.malformed", "a hash of a proof")),
  };
}

/** The last leaf of a list that is within its bounds and whose indexes ascend. */
function lastOf(leaves: readonly BundleLeaf[]): BundleLeaf {
  checkBound("the number of leaves", leaves.length, bundleLeavesMax);
  let last: BundleLeaf | undefined;
  for (const leaf of leaves) {
    checkBound("the length of a leaf", leaf.bytes.length, leafBytesMax);
    if (last !== undefined && leaf.index <= last.index) {
      throw new TlogError("bundle.order_wrong", `leaf ${leaf.index} follows leaf ${last.index}`);
    }
    last = leaf;
  }
  if (last === undefined) throw malformed("the bundle has no leaf");
  return last;
}

function checkProven({ index, bytes, proof }: BundleLeaf, head: TreeHead): void {
  try {
    verifyInclusion({ index, hash: leafHash(bytes) }, proof, head);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    const message = `leaf ${index} is not proven by the checkpoint: ${cause.message}`;
    throw new TlogError("bundle.leaf_unproven", message, { cause });
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw malformed("the file has no extra line that holds JSON");
  }
}

function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === "object" ? { ...value } : {};
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw malformed("a text is missing");
  return value;
}

function malformed(message: string): TlogError {
  return new TlogError("bundle.malformed", message);
}
