/** What follows all states of a pattern at once (Thompson 1968), so that none is ever tried again. */

import type { Reading } from "#/masking/reading.ts";
import { PatternError, type PatternNode } from "./pattern-tree.ts";

const statesMax = 2000;

/** Instructions: a set to pass, or two ways to go on. The last one accepts. */
export type Instruction =
  | { readonly set: Uint8Array }
  | { readonly split: readonly [number, number] }
  | { readonly accept: true };

export function compilePattern(tree: PatternNode): readonly Instruction[] {
  const program: Instruction[] = [];
  emit(tree);
  program.push({ accept: true });
  return program;

  function add(instruction: Instruction): number {
    if (program.length >= statesMax) throw new PatternError(`it has more than ${statesMax} states`);
    return program.push(instruction) - 1;
  }

  function emit(node: PatternNode): void {
    switch (node.kind) {
      case "set":
        add({ set: node.bytes });
        return;
      case "sequence":
        for (const part of node.parts) emit(part);
        return;
      case "choice":
        emitChoice(node.parts);
        return;
      case "repeat":
        emitRepeat(node);
        return;
      default:
        node satisfies never;
    }
  }

  function emitChoice(parts: readonly PatternNode[]): void {
    const [first, ...rest] = parts;
    if (first === undefined) return;
    if (rest.length === 0) return emit(first);
    const split = add({ split: [0, 0] });
    emit(first);
    const jump = add({ split: [0, 0] });
    program[split] = { split: [split + 1, program.length] };
    emitChoice(rest);
    program[jump] = { split: [program.length, program.length] };
  }

  function emitRepeat({ of, min, max }: Extract<PatternNode, { kind: "repeat" }>): void {
    for (let count = 0; count < min; count += 1) emit(of);
    if (max === Number.POSITIVE_INFINITY) {
      const split = add({ split: [0, 0] });
      emit(of);
      add({ split: [split, split] });
      program[split] = { split: [split + 1, program.length] };
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max; count += 1) {
      splits.push(add({ split: [0, 0] }));
      emit(of);
    }
    for (const split of splits) program[split] = { split: [split + 1, program.length] };
  }
}

/** The end of the longest match from `start` on, or -1. Each byte moves all states at once. */
export function longestMatch(
  program: readonly Instruction[],
  reading: Reading,
  start: number,
): number {
  const { bytes, limit } = reading;
  let end = -1;
  let states = new Set<number>();
  follow(program, states, 0);
  for (let at = start; states.size > 0; at += 1) {
    if (states.has(program.length - 1)) end = at;
    if (at >= limit) break;
    const next = new Set<number>();
    for (const state of states) {
      const instruction = program[state];
      if (
        instruction !== undefined &&
        "set" in instruction &&
        instruction.set[bytes[at] ?? 0] === 1
      ) {
        follow(program, next, state + 1);
      }
    }
    reading.spend(states.size);
    states = next;
  }
  return end;
}

function follow(program: readonly Instruction[], states: Set<number>, from: number): void {
  const pending = [from];
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (states.has(state)) continue;
    states.add(state);
    const instruction = program[state];
    if (instruction !== undefined && "split" in instruction) pending.push(...instruction.split);
  }
}
