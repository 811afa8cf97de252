/**
 * What the verification of a log reports: problems, bounded in number, each with a stable code.
 *
 * A place where leaves and stored tree part is kept as a `Difference` until the end: only when the
 * root is known can be said which of the two is wrong.
 */
import type { TlogErrorCode } from "./errors.ts";
import type { NodePlace } from "./merkle.ts";

/** What is wrong with a log, apart from the codes that its checkpoint may fail with. */
export const logProblems = {
  "input.unreadable": "a leaf or a stored node could not be read; verification stopped there",
  "leaf.altered": "the leaf and its stored hash agree with each other, but not with the tree",
  "leaf.hash_mismatch": "the leaf's bytes do not match its stored hash",
  "leaf.malformed": "an entry has no valid index, or no bytes",
  "leaf.missing": "one or more leaves, starting at the index, are missing",
  "leaf.repeated": "the index occurs twice, or out of order",
  "leaf.uncovered": "the leaf lies beyond the size of the checkpoint",
  "node.altered": "a stored node does not match leaves that the checkpoint proves",
  "problems.more": "there are more problems than are listed",
  "root.mismatch": "the tree does not have the signed root, and nothing stored shows where",
  "subtree.altered": "some of these leaves do not match the tree, and nothing stored tells which",
} as const;

export type LogProblemCode = keyof typeof logProblems | TlogErrorCode;

/** `index` is that of the leaf in question; null where no one leaf is. */
export type LogProblem = {
  readonly index: number | null;
  readonly code: LogProblemCode;
  readonly message: string;
};

export type LogReport = {
  readonly ok: boolean;
  /** The checkpoint's size, or the number of leaves that were read if it does not verify. */
  readonly size: number;
  /** Base64, computed from the bytes of all leaves; null if some of them can't be had. */
  readonly root: string | null;
  readonly problems: readonly LogProblem[];
};

export type Difference = { readonly differs: NodePlace };

export type Findings = {
  readonly add: (finding: LogProblem | Difference) => void;
  /** `isProven`: the leaves have the signed root. */
  readonly problems: (isProven: boolean) => readonly LogProblem[];
};

export const problemsMax = 100;

export function problem(index: number | null, code: LogProblemCode, message: string): LogProblem {
  return { index, code, message };
}

/** Keeps the first `problemsMax` and counts the rest. */
export function openFindings(): Findings {
  const first: (LogProblem | Difference)[] = [];
  let count = 0;
  return {
    add: (finding) => {
      count += 1;
      if (first.length < problemsMax) first.push(finding);
    },
    problems: (isProven) => {
      const listed = first.map((finding) =>
        "differs" in finding ? describe(finding.differs, isProven) : finding,
      );
      const more = count - listed.length;
      if (more === 0) return listed;
      return [...listed, problem(null, "problems.more", `and ${more} more problems`)];
    },
  };
}

/** If the leaves have the signed root they are right, and what is stored about them is wrong. */
function describe({ level, index }: NodePlace, isProven: boolean): LogProblem {
  const first = index * 2 ** level;
  const leaf = level === 0 ? first : null;
  const leaves = level === 0 ? `leaf ${first}` : `leaves ${first} to ${first + 2 ** level - 1}`;
  if (isProven) {
    const message = `the stored node (${level}, ${index}) does not match ${leaves}, which the checkpoint proves`;
    return problem(leaf, "node.altered", message);
  }
  const code = level === 0 ? "leaf.altered" : "subtree.altered";
  return problem(leaf, code, `${leaves} and the stored tree do not match`);
}
