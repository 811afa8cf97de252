/** One anchor and what is done where it is found. */
import { type Anchor, literalAnchor } from "./automaton/anchor.ts";
import type { Counter } from "./automaton/runs.ts";
import type { Reading } from "./reading.ts";

export interface Rule {
  readonly anchor: Anchor | Counter["name"];
  /** So many bytes after the anchor decide it. */
  readonly ahead: number;
  /** `at` is the last byte of the anchor. */
  readonly find: (reading: Reading, at: number) => void;
}

export function atText(
  text: string,
  ahead: number,
  find: Rule["find"],
  { fold = false }: { readonly fold?: boolean } = {},
): Rule {
  return { anchor: literalAnchor(text, fold), ahead, find };
}
