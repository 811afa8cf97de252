/** What an approver has to have seen unmasked, and has. */
import type { Entity } from "#/core/entity.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import type { Review, Verdict } from "#/core/review.ts";

/** What this person has revealed of exactly the action that waits, sorted. */
export function revealedBy(
  { reveals, digest }: Pick<Review, "reveals" | "digest">,
  person: PersonId,
): readonly Entity[] {
  const own = reveals.filter((reveal) => reveal.person === person && reveal.digest === digest);
  return [...new Set(own.flatMap(({ entities }) => entities))].toSorted();
}

/** What is demanded and was not revealed; empty: an approval counts, as far as this goes. */
export function unrevealed(
  { reveals }: Pick<Obligations, "reveals">,
  { revealed }: Pick<Verdict, "revealed">,
): readonly Entity[] {
  return reveals.filter((entity) => !revealed.includes(entity));
}
