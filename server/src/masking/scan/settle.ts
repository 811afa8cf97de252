/**
 * Settles overlaps, in the order in which findings begin, looking at two at a time.
 *
 * What another finding explains is dropped; what overlaps it only in part is joined to it, so that no byte that
 * belongs to any of them is left.
 */
import { entityOf } from "#/core/entity.ts";
import type { Candidate, Finding } from "#/masking/finding.ts";

export function inOrder(one: Candidate, other: Candidate): number {
  return (
    one.start - other.start ||
    other.end - one.end ||
    one.from - other.from ||
    rankOf(other) - rankOf(one) ||
    other.confidence - one.confidence ||
    (one.entity < other.entity ? -1 : 1)
  );
}

/** Of two that touch: the one that is left of both, or null where both stand. `one` begins first, or where the other does. */
export function settle(one: Candidate, other: Candidate): Candidate | null {
  if (other.from >= one.to && other.start >= one.end) return null;
  const winner = isStronger(other, one) ? other : one;
  const loser = winner === one ? other : one;
  if (loser.start >= winner.from && loser.end <= winner.to) return extend(winner, loser);
  if (other.start >= one.end) return null;
  return {
    ...winner,
    start: one.start,
    end: Math.max(one.end, other.end),
    from: Math.min(one.from, other.from),
    to: Math.max(one.to, other.to),
  };
}

/** The winner goes on explaining what the loser did. */
function extend(winner: Candidate, loser: Candidate): Candidate {
  return winner.from <= loser.from && winner.to >= loser.to
    ? winner
    : { ...winner, from: Math.min(winner.from, loser.from), to: Math.max(winner.to, loser.to) };
}

function isStronger(one: Candidate, other: Candidate): boolean {
  const [rank, otherRank] = [rankOf(one), rankOf(other)];
  if (rank !== otherRank) return rank > otherRank;
  if (one.confidence !== other.confidence) return one.confidence > other.confidence;
  return one.end - one.start > other.end - other.start;
}

function rankOf({ entity }: Candidate): number {
  return entityOf(entity).rank;
}

export function toFinding({ entity, start, end, confidence, rule }: Candidate): Finding {
  return { entity, start, end, confidence, rule };
}
