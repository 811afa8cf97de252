/** The tree of all anchors, and the sets of its nodes that are under way at once: the automaton without its counters. */
import assert from "node:assert";
import type { InSteps } from "#/masking/in-steps.ts";
import type { Anchor } from "./anchor.ts";
import { createRows } from "./rows.ts";

/** As many as a number of 16 bits names. */
export const statesMost = 0x1_0000;
/** So many anchors are grown into the tree in one step. */
const anchorsOfStep = 32;

export interface Tree {
  /** For each node, what follows it by class of byte; node 0 is the root. */
  readonly children: readonly ReadonlyMap<number, readonly number[]>[];
  readonly ends: readonly (readonly number[])[];
}

/** Anchors that begin alike share nodes. */
export function* growTree(anchors: readonly Anchor[], classes: Uint8Array): InSteps<Tree> {
  const bySet: Map<string, number>[] = [new Map()];
  const children: Map<number, number[]>[] = [new Map()];
  const ends: number[][] = [[]];
  for (const [index, { sets }] of anchors.entries()) {
    if (index % anchorsOfStep === 0) yield;
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
export function createPositions({ children, ends }: Tree, width: number) {
  const sets: (readonly number[])[] = [];
  const rows = createRows(width);
  /** Of each set its row, or -1 where it is not made yet. */
  const rowOf: number[] = [];
  /** Of each set the one without its deepest node. */
  const without: number[] = [];
  const ids = new Map<number, number>();
  const add = (nodes: readonly number[], shorter: number): number => {
    const id = sets.push(nodes) - 1;
    assert(id < statesMost, "there are more anchors than one table takes");
    without.push(shorter);
    rowOf.push(-1);
    return id;
  };
  /** Node by node: what a set begins with is a set, too. */
  const idOf = (nodes: readonly number[]): number => {
    let id = 0;
    for (const [at, node] of nodes.entries()) {
      const key = id * children.length + node;
      const known = ids.get(key);
      if (known === undefined) {
        const longer = add(nodes.slice(0, at + 1), id);
        ids.set(key, longer);
        id = longer;
      } else id = known;
    }
    return id;
  };
  const none = new Uint16Array(width);
  const row = (position: number): Uint16Array => {
    const known = rowOf[position] ?? -1;
    if (known >= 0) return rows.at(known);
    // Nodes were numbered as anchors grew: the last is as good as the deepest.
    const nodes = sets[position] ?? [];
    const made = rows.add(position === 0 ? none : row(without[position] ?? 0));
    const steps = rows.at(made);
    for (const [each, reached] of children[nodes.at(-1) ?? 0] ?? []) {
      const others = sets[steps[each] ?? 0] ?? [];
      steps[each] = idOf(others.length === 0 ? reached : union(others, reached));
    }
    rowOf[position] = made;
    return steps;
  };
  add([], 0);
  return {
    row,
    found: (position: number) => (sets[position] ?? []).flatMap((node) => ends[node] ?? []),
  };
}

/** Both in order, and so is what comes of them. */
function union(some: readonly number[], others: readonly number[]): readonly number[] {
  const all: number[] = [];
  let [at, otherAt] = [0, 0];
  for (;;) {
    const [one = Infinity, other = Infinity] = [some[at], others[otherAt]];
    if (one === Infinity && other === Infinity) return all;
    all.push(Math.min(one, other));
    if (one <= other) at += 1;
    if (other <= one) otherAt += 1;
  }
}
