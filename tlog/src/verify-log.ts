/**
 * Recomputes a whole log from its leaves and says what, if anything, was changed, and where.
 *
 * One pass; memory for about log2(size) hashes and `problemsMax` problems. Bad data never throws:
 * it is reported. Only the checkpoint is trusted, by a key from outside. Stored hashes serve one
 * purpose: to name the place where leaves and tree part. To that end each subtree carries two
 * hashes: `computed`, from the bytes of its leaves alone, and `recorded`, in which stored values
 * have taken the place of those found to differ, so that a change is not named again higher up and
 * does not hide the next one. What a leaf says is not known here.
 */
import { type Checkpoint, verifyCheckpoint } from "./checkpoint.ts";
import { TlogError } from "./errors.ts";
import { type Findings, type LogReport, openFindings, problem } from "./log-report.ts";
import {
  completeSubtrees,
  equalHashes,
  foldPeaks,
  growPeaks,
  leafHash,
  type NodePlace,
  nodeHash,
  parentOf,
} from "./merkle.ts";
import { toBase64 } from "./parse.ts";

/** `storedHash` is the log's stored node (0, index). */
export type StoredLeaf = {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly storedHash: Uint8Array;
};

export type LogInput = {
  /** In ascending order of their index. */
  readonly leaves: Iterable<StoredLeaf> | AsyncIterable<StoredLeaf>;
  /** Null where nothing is stored: there, nothing is compared. */
  readonly readStoredNode: (level: number, index: number) => Uint8Array | null;
  /** The signed note. */
  readonly checkpoint: string;
};

export async function verifyLog(input: LogInput, vkey: string): Promise<LogReport> {
  const found = openFindings();
  const checkpoint = readCheckpoint(input.checkpoint, vkey, found);
  const walk: Walk = { input, found, peaks: [], size: 0 };
  try {
    await readLeaves(walk, checkpoint?.size ?? Number.MAX_SAFE_INTEGER);
    skipTo(walk, checkpoint?.size ?? walk.size);
    compareLastLeaf(walk);
  } catch (error) {
    found.add(problem(walk.size, "input.unreadable", `reading stopped: ${String(error)}`));
    const size = checkpoint?.size ?? walk.size;
    return { ok: false, size, root: null, problems: found.problems(false) };
  }
  return judge(walk, checkpoint);
}

/** A complete subtree; a hash is null where leaves are missing and nothing stands in for them. */
type Subtree = NodePlace & {
  readonly computed: Uint8Array | null;
  readonly recorded: Uint8Array | null;
};

type Walk = {
  readonly input: LogInput;
  readonly found: Findings;
  /** The complete subtrees over the `size` leaves so far, from the left. */
  readonly peaks: Subtree[];
  size: number;
};

function readCheckpoint(text: string, vkey: string, found: Findings): Checkpoint | null {
  try {
    return verifyCheckpoint(text, vkey);
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    found.add(problem(null, error.code, error.message));
    return null;
  }
}

async function readLeaves(walk: Walk, end: number): Promise<void> {
  for await (const leaf of walk.input.leaves) {
    const { index } = leaf;
    if (!Number.isSafeInteger(index) || index < 0) {
      walk.found.add(problem(null, "leaf.malformed", "an entry has no valid index"));
    } else if (index >= end) {
      const message = `leaf ${index} lies beyond the checkpoint's size ${end}`;
      walk.found.add(problem(index, "leaf.uncovered", message));
    } else if (index < walk.size) {
      const message = `leaf ${index} occurs twice, or out of order`;
      walk.found.add(problem(index, "leaf.repeated", message));
    } else {
      skipTo(walk, index);
      grow(walk, hashLeaf(walk, leaf));
    }
  }
}

/** Goes on at leaf `index`; stored nodes stand in for the leaves that are missing before it. */
function skipTo(walk: Walk, index: number): void {
  const start = walk.size;
  if (index === start) return;
  const missing =
    index === start + 1
      ? `leaf ${start} is missing`
      : `leaves ${start} to ${index - 1} are missing`;
  walk.found.add(problem(start, "leaf.missing", missing));
  for (const place of completeSubtrees({ start, end: index })) {
    const recorded = walk.input.readStoredNode(place.level, place.index);
    grow(walk, { ...place, computed: null, recorded });
  }
}

function hashLeaf({ found }: Walk, { index, bytes, storedHash }: StoredLeaf): Subtree {
  const place = { level: 0, index };
  const recorded = storedHash instanceof Uint8Array ? Buffer.from(storedHash) : null;
  if (!(bytes instanceof Uint8Array)) {
    found.add(problem(index, "leaf.malformed", `leaf ${index} has no bytes`));
    return { ...place, computed: null, recorded };
  }
  const computed = leafHash(bytes);
  if (isSame(computed, recorded)) return { ...place, computed, recorded: computed };
  const message = `the bytes of leaf ${index} do not match its stored hash`;
  found.add(problem(index, "leaf.hash_mismatch", message));
  return { ...place, computed, recorded };
}

function grow(walk: Walk, added: Subtree): void {
  growPeaks(walk.peaks, added, (left, right) => join(walk, left, right));
  walk.size += 2 ** added.level;
}

function join(walk: Walk, left: Subtree, right: Subtree): Subtree {
  const place = parentOf(left);
  const computed = pairHash(left.computed, right.computed);
  // The same object, not only the same bytes: while nothing differs, one hash serves for both.
  const isIntact = left.recorded === left.computed && right.recorded === right.computed;
  const recorded = isIntact ? computed : pairHash(left.recorded, right.recorded);
  const subtree = { ...place, computed, recorded };
  const stored = walk.input.readStoredNode(place.level, place.index);
  if (stored === null) return subtree;
  if (isSame(computed, stored)) return { ...subtree, recorded: computed };
  if (differs(subtree, stored)) {
    for (const altered of smallestAltered(walk, left, right)) walk.found.add({ differs: altered });
  }
  return { ...subtree, recorded: stored };
}

/** One leaf, if the store keeps leaf hashes among its nodes as well; else the pair's subtree. */
function smallestAltered(walk: Walk, left: Subtree, right: Subtree): readonly NodePlace[] {
  const altered = [left, right].filter((child) => child.level === 0 && isAlteredLeaf(walk, child));
  return altered.length > 0 ? altered : [parentOf(left)];
}

function isAlteredLeaf({ input }: Walk, leaf: Subtree): boolean {
  const stored = input.readStoredNode(0, leaf.index);
  return stored !== null && differs(leaf, stored);
}

/** The last leaf of an odd number is in no complete pair and so was not compared yet. */
function compareLastLeaf(walk: Walk): void {
  const last = walk.peaks.at(-1);
  if (last?.level !== 0 || !isAlteredLeaf(walk, last)) return;
  walk.found.add({ differs: last });
  walk.peaks.pop();
  walk.peaks.push({ ...last, recorded: walk.input.readStoredNode(0, last.index) });
}

function judge({ peaks, found, size }: Walk, checkpoint: Checkpoint | null): LogReport {
  const computed = foldKnown(peaks.map((peak) => peak.computed));
  const recorded = foldKnown(peaks.map((peak) => peak.recorded));
  const isProven = checkpoint !== null && isSame(computed, checkpoint.root);
  if (checkpoint !== null && differs({ computed, recorded }, checkpoint.root)) {
    const message = "the tree does not have the signed root, and nothing stored shows where";
    found.add(problem(null, "root.mismatch", message));
  }
  const problems = found.problems(isProven);
  return {
    ok: problems.length === 0,
    size,
    root: computed === null ? null : toBase64(computed),
    problems,
  };
}

/** Neither of the hashes is the expected one; where leaves are missing, that can't be said. */
function differs(hashes: Pick<Subtree, "computed" | "recorded">, expected: Uint8Array): boolean {
  const { computed, recorded } = hashes;
  return recorded !== null && !isSame(recorded, expected) && !isSame(computed, expected);
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && equalHashes(a, b);
}

function pairHash(left: Uint8Array | null, right: Uint8Array | null): Uint8Array | null {
  return left === null || right === null ? null : nodeHash(left, right);
}

function foldKnown(hashes: readonly (Uint8Array | null)[]): Uint8Array | null {
  const known = hashes.flatMap((hash) => (hash === null ? [] : [{ hash }]));
  return known.length === hashes.length ? foldPeaks(known) : null;
}
