/**
 * One table that finds all anchors in one pass over bytes.
 *
 * It is the Aho-Corasick automaton of all anchors, whose elements are sets of bytes (so that a case can be folded where
 * one anchor wants it), run together with the counters of `runs.ts`. Each byte is one look-up; no text makes it slower.
 */
import assert from "node:assert";
import { counters } from "./runs.ts";

/** A sequence of sets of bytes. */
export interface Anchor {
  readonly sets: readonly (readonly number[])[];
}

export interface Automaton {
  /** The class of each byte; bytes of one class are alike to every anchor. */
  readonly classes: Uint8Array;
  /** Rows of states: `next[(state << shift) | class]` is the next state. */
  readonly next: Uint16Array;
  readonly shift: number;
  /** As if a line had just begun. */
  readonly start: number;
  /** States from this one on have found something. */
  readonly firstHit: number;
  /** What a state from `firstHit` on has found: indices of anchors; those of counters come after all anchors. */
  readonly found: readonly (readonly number[])[];
}

const statesMost = 0x1_0000;
const lineFeed = 0x0a;

export function literalAnchor(text: string | Uint8Array, fold = false): Anchor {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  return { sets: Array.from(bytes, (byte) => (fold ? bothCases(byte) : [byte])) };
}

function bothCases(byte: number): readonly number[] {
  const low = byte | 0x20;
  return low >= 0x61 && low <= 0x7a ? [low, low - 0x20] : [byte];
}

export function buildAutomaton(anchors: readonly Anchor[]): Automaton {
  const { classes, samples } = classify(anchors);
  const positions = createPositions(growTree(anchors, classes), samples.length);
  const counts = createCounts(samples, anchors.length);
  const width = samples.length;
  const pairs: { readonly position: number; readonly count: number }[] = [];
  const ids = new Map<number, number>();
  const idOf = (position: number, count: number): number => {
    const key = position * 0x1_0000 + count;
    let id = ids.get(key);
    if (id === undefined) {
      id = pairs.length;
      ids.set(key, id);
      pairs.push({ position, count });
    }
    return id;
  };

  const idle = positions.row(0);
  /** Of each state of the counters the row that holds where no anchor is under way. */
  const plainRows = new Map<number, Int32Array>();
  const plainRow = (count: number): Int32Array => {
    let row = plainRows.get(count);
    if (row === undefined) {
      row = Int32Array.from(samples, (_, each) => idOf(idle[each] ?? 0, counts.step(count, each)));
      plainRows.set(count, row);
    }
    return row;
  };

  idOf(0, 0);
  const rows: Int32Array[] = [];
  for (let id = 0; id < pairs.length; id += 1) {
    const { position = 0, count = 0 } = pairs[id] ?? {};
    const row = plainRow(count).slice();
    const steps = positions.row(position);
    for (let each = 0; each < width; each += 1) {
      const step = steps[each] ?? 0;
      if (step !== idle[each]) row[each] = idOf(step, counts.step(count, each));
    }
    rows.push(row);
  }
  assert(rows.length <= statesMost, "there are more anchors than one table takes");
  const found = pairs.map(({ position, count }) => [
    ...positions.found(position),
    ...counts.found(count),
  ]);
  return layOut(rows, found, classes, width);
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

interface Tree {
  /** For each node, what follows it by class of byte; node 0 is the root. */
  readonly children: readonly ReadonlyMap<number, readonly number[]>[];
  readonly ends: readonly (readonly number[])[];
}

/** Anchors that begin alike share nodes. */
function growTree(anchors: readonly Anchor[], classes: Uint8Array): Tree {
  const bySet: Map<string, number>[] = [new Map()];
  const children: Map<number, number[]>[] = [new Map()];
  const ends: number[][] = [[]];
  for (const [index, { sets }] of anchors.entries()) {
    let node = 0;
    for (const set of sets) {
      const key = set.join();
      let child = bySet[node]?.get(key);
      if (child === undefined) {
        child = children.length;
        bySet[node]?.set(key, child);
        bySet.push(new Map());
        children.push(new Map());
        ends.push([]);
        for (const each of new Set(set.map((byte) => classes[byte] ?? 0))) {
          const reached = children[node]?.get(each);
          if (reached === undefined) children[node]?.set(each, [child]);
          else reached.push(child);
        }
      }
      node = child;
    }
    ends[node]?.push(index);
  }
  return { children, ends };
}

/**
 * Sets of nodes that are under way at once, each with a number; 0 is the empty one. A set's steps are those of the set
 * without its deepest node, changed where that node leads on.
 */
function createPositions({ children, ends }: Tree, width: number) {
  const sets: (readonly number[])[] = [];
  const rows: (Int32Array | null)[] = [];
  const ids = new Map<string, number>();
  const idOf = (nodes: readonly number[]): number => {
    const key = String.fromCharCode(...nodes);
    let id = ids.get(key);
    if (id === undefined) {
      id = sets.length;
      ids.set(key, id);
      sets.push(nodes);
      rows.push(null);
    }
    return id;
  };
  const row = (position: number): Int32Array => {
    const known = rows[position];
    if (known !== null && known !== undefined) return known;
    // Nodes were numbered as anchors grew: the last is as good as the deepest.
    const nodes = sets[position] ?? [];
    const steps = position === 0 ? new Int32Array(width) : row(idOf(nodes.slice(0, -1))).slice();
    for (const [each, reached] of children[nodes.at(-1) ?? 0] ?? []) {
      const others = sets[steps[each] ?? 0] ?? [];
      const all = new Set([...others, ...reached]);
      steps[each] = idOf([...all].toSorted((one, other) => one - other));
    }
    rows[position] = steps;
    return steps;
  };
  idOf([]);
  return {
    row,
    found: (position: number) => (sets[position] ?? []).flatMap((node) => ends[node] ?? []),
  };
}

/** What all counters say together, each with a number; 0 is where they begin. */
function createCounts(samples: readonly number[], firstIndex: number) {
  const states: (readonly number[])[] = [];
  const steps: Map<number, number>[] = [];
  const ids = new Map<string, number>();
  const idOf = (state: readonly number[]): number => {
    const key = state.join();
    let id = ids.get(key);
    if (id === undefined) {
      id = states.length;
      ids.set(key, id);
      states.push(state);
      steps.push(new Map());
    }
    return id;
  };
  idOf(counters.map(() => 0));
  return {
    step(count: number, each: number): number {
      const known = steps[count]?.get(each);
      if (known !== undefined) return known;
      const id = idOf(
        counters.map(({ step }, index) => step(states[count]?.[index] ?? 0, samples[each] ?? 0)),
      );
      steps[count]?.set(each, id);
      return id;
    },
    found: (count: number) =>
      counters.flatMap(({ fires }, index) =>
        fires(states[count]?.[index] ?? 0) ? [firstIndex + index] : [],
      ),
  };
}

/** States that have found something come last, so that one comparison tells. */
function layOut(
  rows: readonly Int32Array[],
  found: readonly (readonly number[])[],
  classes: Uint8Array,
  width: number,
): Automaton {
  const isQuiet = (id: number) => found[id]?.length === 0;
  const quiet = Array.from(rows.keys()).filter(isQuiet);
  const loud = Array.from(rows.keys()).filter((id) => !isQuiet(id));
  const places = new Int32Array(rows.length);
  for (const [place, id] of [...quiet, ...loud].entries()) places[id] = place;
  const shift = Math.ceil(Math.log2(width));
  const next = new Uint16Array(rows.length << shift);
  for (const [id, row] of rows.entries()) {
    const offset = (places[id] ?? 0) << shift;
    for (let each = 0; each < width; each += 1) next[offset + each] = places[row[each] ?? 0] ?? 0;
  }
  return {
    classes,
    next,
    shift,
    start: next[((places[0] ?? 0) << shift) | (classes[lineFeed] ?? 0)] ?? 0,
    firstHit: quiet.length,
    found: loud.map((id) => found[id] ?? []),
  };
}
