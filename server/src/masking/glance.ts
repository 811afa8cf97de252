/**
 * Whether a short text may hold anything: one look at its bytes, which keeps and decides nothing.
 *
 * Guarantees that of a text of which it says no, a scan finds nothing either (`glance.test.ts`): whatever is found begins at an anchor
 * that decides something, or in a run that may be encoded, or lies in what `fold.ts` reads as something else.
 */

import { isPlainByte } from "./fold/fold.ts";
import type { RuleSet } from "./rules.ts";
import { encodedBytesLeast, isEncodedByte } from "./scan/encoded-run.ts";

export type Glance = (bytes: Uint8Array, from: number, to: number) => boolean;

const always: Glance = () => true;
const half = encodedBytesLeast / 2;

/** Of texts before which `lead` stands. */
export function glanceBehind({ automaton }: RuleSet, lead: Uint8Array): Glance {
  const { classes, next, start, firstDecided } = automaton;
  let before = start;
  for (const byte of lead) {
    before = next[before + (classes[byte] as number)] as number;
    if (before >= firstDecided || isPlainByte[byte] === 0) return always;
  }
  // A run would go on in the text.
  if (isEncodedByte(lead.at(-1) ?? 0)) return always;
  /** Of each byte its class, and above it whether it may be read as something else. */
  const kinds = Uint16Array.from(
    classes,
    (each, byte) => each | (isPlainByte[byte] === 1 ? 0 : folded),
  );
  return (bytes, from, to) => {
    let state = before;
    let seen = 0;
    for (let at = from; at < to; at += 1) {
      const kind = kinds[bytes[at] as number] as number;
      state = next[state + (kind & classBits)] as number;
      if (state >= firstDecided) return true;
      seen |= kind;
    }
    return seen >= folded || hasRun(bytes, from, to);
  };
}

const classBits = 0xff;
const folded = 0x100;

/** A run of `encodedBytesLeast` holds one of the positions that are looked at, and half as much before it. */
function hasRun(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from + half - 1; at < to; at += half) {
    if (!isEncodedByte(bytes[at - half / 2] as number) || !isEncodedByte(bytes[at] as number))
      continue;
    let first = at;
    while (first > from && isEncodedByte(bytes[first - 1] as number)) first -= 1;
    let end = at + 1;
    while (end < to && end - first < encodedBytesLeast && isEncodedByte(bytes[end] as number))
      end += 1;
    if (end - first >= encodedBytesLeast) return true;
  }
  return false;
}
