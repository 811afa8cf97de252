/**
 * Whether enough distinct people have approved.
 *
 * Guarantees that a person fills one slot in all, whatever number of groups they are in: a quorum is a
 * maximum matching of people to slots, never a count of groups. The same approvals in the same order fill
 * the same slots.
 */
import type { PersonId } from "#/core/ids.ts";
import type { Obligations, QuorumSlot } from "#/core/obligation.ts";

/** One person's word, with the groups for which it counts. */
export interface Approval {
  readonly person: PersonId;
  readonly groups: readonly string[];
}

export interface FilledSlot extends QuorumSlot {
  /** In the order in which they approved, at most `needed`. */
  readonly given: readonly PersonId[];
}

export interface Quorum {
  readonly satisfied: boolean;
  readonly slots: readonly FilledSlot[];
}

export function satisfied(
  obligations: Pick<Obligations, "quorum">,
  approvals: readonly Approval[],
): Quorum {
  const people = groupsByPerson(approvals);
  const filled = obligations.quorum.map((slot) => ({ ...slot, given: new Array<PersonId>() }));
  for (const person of people.keys()) place(person, people, filled, new Set());

  const order = [...people.keys()];
  const slots = filled.map(({ group, needed, given }) => ({
    group,
    needed,
    given: given.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)),
  }));
  return { satisfied: slots.every(({ needed, given }) => given.length >= needed), slots };
}

/** A person who speaks twice is still one person. */
function groupsByPerson(approvals: readonly Approval[]): ReadonlyMap<PersonId, Set<string>> {
  const people = new Map<PersonId, Set<string>>();
  for (const { person, groups } of approvals) {
    people.set(person, new Set([...(people.get(person) ?? []), ...groups]));
  }
  return people;
}

interface Filling extends QuorumSlot {
  readonly given: PersonId[];
}

/**
 * Finds the person a slot along an augmenting path: a free one, or one whose holder can move to another.
 * Whoever has a slot keeps one, so that one pass over the people gives a maximum matching.
 */
function place(
  person: PersonId,
  people: ReadonlyMap<PersonId, ReadonlySet<string>>,
  slots: readonly Filling[],
  visited: Set<Filling>,
): boolean {
  for (const slot of slots) {
    if (visited.has(slot) || people.get(person)?.has(slot.group) !== true) continue;
    visited.add(slot);
    if (slot.given.length < slot.needed) {
      slot.given.push(person);
      return true;
    }
    const mover = slot.given.findIndex((holder) => place(holder, people, slots, visited));
    if (mover !== -1) {
      slot.given[mover] = person;
      return true;
    }
  }
  return false;
}
