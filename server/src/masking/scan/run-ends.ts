/** Where runs of each alphabet end: of what was read for one anchor nothing is read again for the next. */
import { alphabetsMost, alphabetsOfByte } from "#/masking/alphabet.ts";
import type { TextWindow } from "./text-window.ts";

export interface RunEnds {
  readonly endOf: (bit: number, from: number, last: number) => number;
  readonly forget: () => void;
}

/** `spend` is told what was read. */
export function createRunEnds(window: TextWindow, spend: (bytes: number) => void): RunEnds {
  /** Of each alphabet the last run that was read: where it was begun and how far it is known to go. */
  const runFrom = new Float64Array(alphabetsMost);
  const runTo = new Float64Array(alphabetsMost);
  let hasRuns = false;
  return {
    endOf(bit, from, last) {
      hasRuns = true;
      const { bytes, base } = window;
      const index = 31 - Math.clz32(bit);
      const first = base + from;
      const known = (runTo[index] as number) - base;
      const isInside = first >= (runFrom[index] as number) && from <= known;
      let at = isInside ? Math.min(known, last) : from;
      const start = at;
      while (at < last && ((alphabetsOfByte[bytes[at] as number] as number) & bit) !== 0) at += 1;
      spend(1 + at - start);
      if (!isInside) runFrom[index] = first;
      if (!isInside || at > known) runTo[index] = base + at;
      return at;
    },
    forget() {
      if (!hasRuns) return;
      runFrom.fill(-1);
      runTo.fill(-1);
      hasRuns = false;
    },
  };
}
