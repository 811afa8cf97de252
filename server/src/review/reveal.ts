/**
 * Who has seen what unmasked, and what an approver has to have seen.
 *
 * Guarantees that a reveal is on record before its value leaves, and that no approval counts of somebody who has not
 * seen all that is demanded of exactly this action.
 */
import assert from "node:assert/strict";
import { valueRevealedRecord } from "#/audit/noted-records.ts";
import type { Entity } from "#/core/entity.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import type { Reveal, Review, Verdict } from "#/core/review.ts";
import type { Hidden } from "#/core/view.ts";
import {
  moved,
  next,
  type PeopleLookup,
  type RevealEvent,
  refused,
  type Transition,
} from "./event.ts";

/** Reveals of one review, by all people together. */
export const revealsMax = 1_000;

/** Whoever may see it is asked where it is known what it is: here it is only kept. Also of a review that has ended. */
export function onReveal(
  review: Review,
  { person: id, digest, field, entities }: RevealEvent,
  now: number,
  people: PeopleLookup,
): Transition {
  if (digest !== review.digest) return refused("review.digest_mismatch");
  const person = people(id);
  assert(person !== null, "whoever may reveal is known");
  const reveals = review.reveals ?? [];
  if (reveals.length >= revealsMax) return refused("review.too_many_reveals");
  const reveal: Reveal = { person: id, field, entities, digest, at: now };
  const after = next(review, { reveals: [...reveals, reveal] });
  return moved(after, valueRevealedRecord(after, reveal, person.name, now));
}

type Revealed = Pick<Review, "reveals" | "digest">;

/** What this person has revealed of exactly the action that waits, sorted. */
export function revealedBy(review: Revealed, person: PersonId): readonly Entity[] {
  const entities = ownReveals(review, person).flatMap((reveal) => reveal.entities);
  return [...new Set(entities)].toSorted();
}

/** The fields that stand masked, sorted. */
export function fieldsRevealedBy(review: Revealed, person: PersonId): readonly string[] {
  return [...new Set(ownReveals(review, person).map(({ field }) => field))].toSorted();
}

/** What an approval counts as seen: also a demanded field of which the action holds nothing. */
export function seenBy(
  review: Revealed & Pick<Review, "obligations">,
  person: PersonId,
  { fields }: Hidden,
): readonly Entity[] {
  const none = review.obligations.reveals.filter(
    (demanded) => !fields.some(({ entities }) => entities.includes(demanded)),
  );
  return [...new Set([...revealedBy(review, person), ...none])].toSorted();
}

/** Fields that this person has yet to reveal before they can approve. */
export function fieldsToReveal(
  review: Revealed & Pick<Review, "obligations">,
  person: PersonId,
  { fields }: Hidden,
): readonly string[] {
  const seen = fieldsRevealedBy(review, person);
  const { reveals } = review.obligations;
  const demanded = fields.filter(
    ({ field, isUnread, entities }) =>
      !seen.includes(field) && (isUnread || entities.some((entity) => reveals.includes(entity))),
  );
  return [...new Set(demanded.map(({ field }) => field))];
}

/** What is demanded and was not revealed; empty: an approval counts, as far as this goes. */
export function unrevealed(
  { reveals }: Pick<Obligations, "reveals">,
  { revealed }: Pick<Verdict, "revealed">,
): readonly Entity[] {
  return reveals.filter((entity) => !revealed.includes(entity));
}

/** The reveals of one person, of exactly the action that waits. */
function ownReveals({ reveals, digest }: Revealed, person: PersonId): readonly Reveal[] {
  return (reveals ?? []).filter((reveal) => reveal.person === person && reveal.digest === digest);
}
