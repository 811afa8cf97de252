/**
 * Joins what several permits ask for into what all of them ask for: the strictest of each (SEMANTICS §3).
 *
 * Only permits that hold the action have a say about the review, all of them about what it returns. One that holds and does not state a
 * time means the default, so that a second permit with a longer time can't lengthen it.
 */
import type { Entity } from "#/core/entity.ts";
import {
  coversMask,
  type Mask,
  noObligations,
  type Obligations,
  type QuorumSlot,
  type RowCap,
  targetText,
} from "#/core/obligation.ts";
import { type Assurance, assuranceMeets } from "#/core/principal.ts";

export function joinObligations(list: readonly Obligations[]): Obligations {
  const holding = list.filter(({ quorum }) => quorum.length > 0);
  const rows = leastRows(list.flatMap((each) => (each.rows === null ? [] : [each.rows])));
  const masks = joinMasks(list.map((each) => each.masks));
  if (holding.length === 0) return { ...noObligations, rows, masks };
  return {
    rows,
    masks,
    reveals: joinReveals(holding.map(({ reveals }) => reveals)),
    quorum: joinQuorums(holding.map(({ quorum }) => quorum)),
    ttlMs: Math.min(...holding.map(({ ttlMs }) => ttlMs)),
    validMs: Math.min(...holding.map(({ validMs }) => validMs)),
    assurance: holding.map(({ assurance }) => assurance).reduce(stronger),
  };
}

/** The largest number asked of each group; people of different groups are asked in addition. */
function joinQuorums(quorums: readonly (readonly QuorumSlot[])[]): readonly QuorumSlot[] {
  const needed = new Map<string, number>();
  for (const slot of quorums.flat()) {
    needed.set(slot.group, Math.max(slot.needed, needed.get(slot.group) ?? 0));
  }
  return Array.from(needed, ([group, n]) => ({ group, needed: n })).toSorted((one, other) =>
    one.group < other.group ? -1 : 1,
  );
}

/** Of equal ones the first by name, so that the same rules are always the same join. */
function leastRows(caps: readonly RowCap[]): RowCap | null {
  const [least] = caps.toSorted(
    (one, other) => one.max - other.max || (one.policy < other.policy ? -1 : 1),
  );
  return least ?? null;
}

/** Every target that one of them names, under the strictest of its maskers. */
export function joinMasks(lists: readonly (readonly Mask[])[]): readonly Mask[] {
  const strictest = new Map<string, Mask>();
  for (const mask of lists.flat()) {
    const name = targetText(mask.target);
    const other = strictest.get(name);
    if (other === undefined || coversMask(mask, other)) strictest.set(name, mask);
  }
  return [...strictest]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, mask]) => mask);
}

function joinReveals(lists: readonly (readonly Entity[])[]): readonly Entity[] {
  return [...new Set(lists.flat())].toSorted();
}

function stronger(one: Assurance, other: Assurance): Assurance {
  return assuranceMeets(one, other) ? one : other;
}
