/**
 * One table that finds all anchors in one pass over bytes.
 *
 * It is the Aho-Corasick automaton of all anchors, whose elements are sets of bytes (so that a case can be folded where
 * one anchor wants it), run together with the counters of `runs.ts`. Each byte is one look-up; no text makes it slower.
 */
import assert from "node:assert";
import type { InSteps } from "#/masking/in-steps.ts";
import type { Anchor } from "./anchor.ts";
import { countsMost, createCounts } from "./counts.ts";
import { createPositions, growTree, statesMost } from "./positions.ts";
import { createRows, type Rows } from "./rows.ts";
import { counters } from "./runs.ts";

export interface Automaton {
  /** The class of each byte; bytes of one class are alike to every anchor. */
  readonly classes: Uint8Array;
  /**
   * Rows of states, each of which is named by where its row begins: `next[state + class]` is the next state, so that a step costs but one sum
   * and one look-up. In the last place of a row stands which of `found` is the state's.
   */
  readonly next: Uint32Array;
  /** The last place of a row. */
  readonly width: number;
  /** As if a line had just begun. */
  readonly start: number;
  /** States from this one on have found something. */
  readonly firstHit: number;
  /** And from this one on something else than what is but noted. */
  readonly firstDecided: number;
  /** What a state from `firstHit` on has found: indices of anchors; those of counters come after all anchors. */
  readonly found: readonly (readonly number[])[];
}

/** So many rows are filled in one step: about a millisecond. */
const rowsOfStep = 32;
/** So many states need but to be looked up or copied. */
const statesOfStep = 1024;
const lineFeed = 0x0a;

/** `isNoted`: whether an anchor decides nothing where it is found. */
export function* buildAutomaton(
  anchors: readonly Anchor[],
  isNoted: (index: number) => boolean = () => false,
): InSteps<Automaton> {
  const { classes, samples } = classify(anchors);
  const width = samples.length;
  const positions = createPositions(yield* growTree(anchors, classes), width);
  const counts = createCounts(samples, anchors.length);
  const pairs: { readonly position: number; readonly count: number }[] = [];
  const ids = new Map<number, number>();
  const idOf = (position: number, count: number): number => {
    const key = position * countsMost + count;
    let id = ids.get(key);
    if (id === undefined) {
      id = pairs.length;
      assert(id < statesMost, "there are more anchors than one table takes");
      ids.set(key, id);
      pairs.push({ position, count });
    }
    return id;
  };

  const idle = positions.row(0).slice();
  /** Of each state of the counters the row that holds where no anchor is under way. */
  const plainRows = new Map<number, Uint16Array>();
  const plainRow = (count: number): Uint16Array => {
    let row = plainRows.get(count);
    if (row === undefined) {
      row = Uint16Array.from(samples, (_, each) => idOf(idle[each] ?? 0, counts.step(count, each)));
      plainRows.set(count, row);
    }
    return row;
  };

  idOf(0, 0);
  const rows = createRows(width);
  for (let id = 0; id < pairs.length; id += 1) {
    if (id % rowsOfStep === 0) yield;
    const { position = 0, count = 0 } = pairs[id] ?? {};
    const steps = positions.row(position);
    const row = rows.at(rows.add(plainRow(count)));
    for (let each = 0; each < width; each += 1) {
      const step = steps[each] as number;
      if (step !== idle[each]) row[each] = idOf(step, counts.step(count, each));
    }
  }
  const found: (readonly number[])[] = [];
  for (const { position, count } of pairs) {
    if (found.length % statesOfStep === 0) yield;
    found.push([...positions.found(position), ...counts.found(count)]);
  }
  const orderOf = (indices: readonly number[]) =>
    indices.length === 0 ? 0 : indices.every(isNoted) ? 1 : 2;
  return yield* layOut(rows, found, orderOf, { classes, width });
}

/** Bytes that no anchor and no counter tells apart are one class. */
function classify(anchors: readonly Anchor[]): {
  readonly classes: Uint8Array;
  readonly samples: readonly number[];
} {
  const sets = new Map(anchors.flatMap(({ sets: each }) => each.map((set) => [set.join(), set])));
  const signatures = Array.from({ length: 256 }, (_, byte) =>
    counters.map(({ kind }) => kind(byte)).join(),
  );
  for (const [number, set] of [...sets.values()].entries()) {
    for (const byte of set) signatures[byte] += `;${number}`;
  }
  const known = new Map<string, number>();
  const samples: number[] = [];
  const classes = new Uint8Array(256);
  for (const byte of new Set([...Buffer.from(usual, "latin1"), ...signatures.keys()])) {
    const signature = signatures[byte] ?? "";
    let index = known.get(signature);
    if (index === undefined) {
      index = samples.push(byte) - 1;
      known.set(signature, index);
    }
    classes[byte] = index;
  }
  return { classes, samples };
}

/** What most texts are made of comes first, so that it shares the lines of the processor's cache in every row. */
const usual = " etaoinsrhldcumfpgwybvkxjqz_\n.,\"0123456789:-/='()ETAOINSRHLDCUMFPGWYBVKXJQZ";

/** States that have found something come last, those that decide something at the very end, so that one comparison tells. */
function* layOut(
  rows: Rows,
  found: readonly (readonly number[])[],
  orderOf: (indices: readonly number[]) => 0 | 1 | 2,
  { classes, width }: { readonly classes: Uint8Array; readonly width: number },
): InSteps<Automaton> {
  const ordered: number[][] = [[], [], []];
  for (const [id, indices] of found.entries()) ordered[orderOf(indices)]?.push(id);
  const [quiet = [], noted = [], decided = []] = ordered;
  const places = new Uint16Array(found.length);
  for (const [place, id] of [...quiet, ...noted, ...decided].entries()) places[id] = place;
  const stride = width + 1;
  const next = new Uint32Array(found.length * stride);
  for (let id = 0; id < found.length; id += 1) {
    if (id % statesOfStep === 0) yield;
    const row = rows.at(id);
    const place = places[id] as number;
    const offset = place * stride;
    for (let each = 0; each < width; each += 1)
      next[offset + each] = (places[row[each] as number] as number) * stride;
    next[offset + width] = Math.max(0, place - quiet.length);
  }
  return {
    classes,
    next,
    width,
    start: next[(places[0] ?? 0) * stride + (classes[lineFeed] ?? 0)] ?? 0,
    firstHit: quiet.length * stride,
    firstDecided: (quiet.length + noted.length) * stride,
    found: [...noted, ...decided].map((id) => found[id] ?? []),
  };
}
