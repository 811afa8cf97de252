/** Digits as people write them: groups with separators between, read from the place where the automaton counted enough. */
import { isDigit, isSeparator, separatorsMost } from "#/masking/automaton/runs.ts";

/** A candidate has at most so many groups; a run of single digits, as many. */
const groupsMax = 24;
const digitsMax = 64;
/** So far around the anchor a number can reach. */
const numberReachMax = 64;

/** One run, in arrays that are used again for the next. */
export interface NumberRun {
  readonly digits: Uint8Array;
  groups: number;
  /** For each group: its first digit among `digits`, how many it has, and where it begins and ends in the text. */
  readonly first: Uint8Array;
  readonly size: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

export function createRun(): NumberRun {
  return {
    digits: new Uint8Array(digitsMax),
    groups: 0,
    first: new Uint8Array(groupsMax),
    size: new Uint8Array(groupsMax),
    start: new Int32Array(groupsMax),
    end: new Int32Array(groupsMax),
  };
}

/**
 * Reads the groups around `at`, which is a digit. No group begins before `from`; a group that is longer than any
 * number is left out, and ends the run.
 */
export function readRun(
  run: NumberRun,
  bytes: Uint8Array,
  at: number,
  from: number,
  limit: number,
): void {
  run.groups = 0;
  let digits = 0;
  let position = runStart(bytes, at, Math.max(from, at - numberReachMax));
  const last = Math.min(limit, at + numberReachMax);
  while (position < last && run.groups < groupsMax) {
    const start = position;
    const first = digits;
    while (position < last && isDigit(bytes[position] ?? 0)) {
      if (digits === digitsMax) return;
      run.digits[digits] = (bytes[position] ?? 0) - 0x30;
      digits += 1;
      position += 1;
    }
    if (position === start) return;
    // A group that goes on beyond what may be read is none.
    if (position === last && position < limit && isDigit(bytes[position] ?? 0)) return;
    run.first[run.groups] = first;
    run.size[run.groups] = position - start;
    run.start[run.groups] = start;
    run.end[run.groups] = position;
    run.groups += 1;
    let separators = 0;
    while (position < last && separators < separatorsMost && isSeparator(bytes[position] ?? 0)) {
      position += 1;
      separators += 1;
    }
    if (separators === 0) return;
  }
}

function runStart(bytes: Uint8Array, at: number, from: number): number {
  let start = at;
  let position = at;
  let separators = 0;
  while (position > from) {
    const byte = bytes[position - 1] ?? 0;
    if (isDigit(byte)) {
      position -= 1;
      start = position;
      separators = 0;
    } else if (isSeparator(byte) && separators < separatorsMost) {
      position -= 1;
      separators += 1;
    } else {
      break;
    }
  }
  // In the middle of a group that began earlier: what is left of it is no number.
  if (start > 0 && start === from && isDigit(bytes[start - 1] ?? 0)) {
    while (start <= at && isDigit(bytes[start] ?? 0)) start += 1;
    while (start <= at && !isDigit(bytes[start] ?? 0)) start += 1;
  }
  return start;
}

/** How groups `from` to `to` are written: `3-2-4`, `4 4 4 4`; separators that stand together are all shown. */
export function formOf(run: NumberRun, bytes: Uint8Array, from: number, to: number): string {
  let form = String(run.size[from]);
  for (let group = from + 1; group <= to; group += 1) {
    for (let at = run.end[group - 1] ?? 0; at < (run.start[group] ?? 0); at += 1) {
      form += String.fromCharCode(bytes[at] ?? 0);
    }
    form += String(run.size[group]);
  }
  return form;
}
