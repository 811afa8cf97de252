/** What a national number with letters among its digits has to be. */
import type { Entity } from "#/core/entity.ts";
import type { Topic } from "#/masking/topics.ts";

export interface Lettered {
  readonly entity: Entity;
  /**
   * What the automaton finds: `9` a digit, `A` a letter, `-` a separator; other characters are themselves. Null where
   * six digits and a letter, as `runs.ts` counts them, are what tells.
   */
  readonly anchor: string | null;
  /** Where the number begins, in characters before the anchor's first; a little more is read for separators. */
  readonly before: number;
  readonly after: number;
  /** Without an anchor: how many digits stand before the letter. */
  readonly digits?: readonly number[];
  /** The fewest characters that it has, where a part of it is met often. */
  readonly least?: number;
  /** The whole, in upper case, without blanks, dots and dashes where `loose`. */
  readonly form: RegExp;
  /** How it may be written, where not every way to group it will do. */
  readonly written?: RegExp;
  readonly check: (text: string) => boolean;
  readonly sure: number;
  /** How sure with a word nearby only. */
  readonly needs?: Topic;
}

export function digitsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => Number.parseInt(character, 10) || 0);
}
