/** What people are shown of a review, in the words of those who judge what they say to it. */
import type { Effect } from "./effect.ts";
import type { Entity } from "./entity.ts";
import type { Digest } from "./ids.ts";

/** The number of rows that a view told; null where it told none. */
export type ShownEffect = Pick<Effect, "basis" | "rows"> | null;

/** The view that a verdict names. */
export interface NamedView {
  readonly digest: Digest;
  /** `unknown`: it is not what is shown now, and nobody knows any more what it showed. */
  readonly effect: ShownEffect | "unknown";
}

/** What the masker hides of an action. */
export interface Hidden {
  /** The action's. */
  readonly digest: Digest;
  readonly fields: readonly HiddenField[];
}

export interface HiddenField {
  readonly field: string;
  readonly entities: readonly Entity[];
  /** Of a command that can't be read: what is hidden may be what it does. */
  readonly isUnread: boolean;
}

export function isSameEffect(one: ShownEffect, other: ShownEffect): boolean {
  return one?.basis === other?.basis && one?.rows === other?.rows;
}

/** Whose reveal shows values of which kinds, of reviews on a connection. */
export interface RevealRight {
  readonly groups: readonly string[];
  readonly entities: readonly Entity[] | "all";
}

/** Whether somebody in these groups may see all that was found in one field. */
export function mayReveal(
  rights: readonly RevealRight[],
  groups: readonly string[],
  found: readonly Entity[],
): boolean {
  const own = rights.filter((right) => right.groups.some((group) => groups.includes(group)));
  return found.every((entity) =>
    own.some(({ entities }) => entities === "all" || entities.includes(entity)),
  );
}
