/**
 * Which views were shown lately, so that a verdict that names one of them is known for what its giver saw, also where the review
 * says more by now. What is forgotten is asked for again: a verdict on it is refused.
 */
import type { Digest, PersonId, ReviewId } from "#/core/ids.ts";
import type { NamedView, ShownEffect } from "#/core/view.ts";

/** The oldest go. */
const viewsShownMax = 10_000;

interface Shown {
  readonly review: ReviewId;
  readonly person: PersonId;
  readonly view: Digest;
}

export interface ShownViews {
  note(shown: Shown, effect: ShownEffect): void;
  find(shown: Shown): NamedView;
}

export function createShownViews(): ShownViews {
  const shown = new Map<string, ShownEffect>();
  return {
    note(view, effect) {
      const key = keyOf(view);
      shown.delete(key);
      shown.set(key, effect === null ? null : { basis: effect.basis, rows: effect.rows });
      const [oldest] = shown.keys();
      if (shown.size > viewsShownMax && oldest !== undefined) shown.delete(oldest);
    },
    find(view) {
      const effect = shown.get(keyOf(view));
      return { digest: view.view, effect: effect === undefined ? "unknown" : effect };
    },
  };
}

function keyOf({ review, person, view }: Shown): string {
  return `${review}/${person}/${view}`;
}
