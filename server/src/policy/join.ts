/**
 * Joins what several permits ask for into what all of them ask for: the strictest of each (SEMANTICS §3).
 *
 * Only permits that hold the action have a say about the review, all of them about its rows. One that holds and does not state a
 * time means the default, so that a second permit with a longer time can't lengthen it.
 */
import {
  noObligations,
  type Obligations,
  type QuorumSlot,
  type RowCap,
} from "#/core/obligation.ts";
import { type Assurance, assuranceMeets } from "#/core/principal.ts";

export function joinObligations(list: readonly Obligations[]): Obligations {
  const holding = list.filter(({ quorum }) => quorum.length > 0);
  const rows = leastRows(list.flatMap((each) => (each.rows === null ? [] : [each.rows])));
  if (holding.length === 0) return { ...noObligations, rows };
  return {
    rows,
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

function stronger(one: Assurance, other: Assurance): Assurance {
  return assuranceMeets(one, other) ? one : other;
}
