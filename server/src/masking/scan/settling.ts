/** Candidates of a text as they come, and the findings that are left of them, told in the order of the text. */
import type { Candidate, Finding } from "#/masking/finding.ts";
import { inOrder, settle, toFinding } from "./settle.ts";

export interface Settling {
  readonly add: (candidate: Candidate) => void;
  /** Tells what nothing can change any more, where all that comes later begins at `until` or behind it. */
  readonly settleUpTo: (until: number) => void;
  /** Tells all that is left. */
  readonly end: () => void;
  /** Drops what is not told yet. */
  readonly forget: () => void;
  /** The beginning of the first that is not told yet; Infinity where there is none. */
  readonly first: () => number;
}

export function createSettling(onFinding: (finding: Finding) => void): Settling {
  let open: Candidate[] = [];
  let current: Candidate | null = null;

  return {
    add: (candidate) => open.push(candidate),
    settleUpTo,
    end() {
      settleUpTo(Number.POSITIVE_INFINITY);
      if (current !== null) onFinding(toFinding(current));
      current = null;
    },
    forget() {
      current = null;
      open.length = 0;
    },
    first: () =>
      open.reduce(
        (least, { start }) => Math.min(least, start),
        current?.start ?? Number.POSITIVE_INFINITY,
      ),
  };

  function settleUpTo(until: number): void {
    if (open.length > 1) open.sort(inOrder);
    let taken = 0;
    for (const candidate of open) {
      if (candidate.start >= until) break;
      taken += 1;
      const joined = current === null ? candidate : settle(current, candidate);
      if (joined === null && current !== null) onFinding(toFinding(current));
      current = joined ?? candidate;
    }
    if (taken > 0) open = open.slice(taken);
    if (current === null || current.to > until || until === Number.POSITIVE_INFINITY) return;
    // What waits may still explain it.
    for (const { from } of open) if (from < current.to) return;
    onFinding(toFinding(current));
    current = null;
  }
}
