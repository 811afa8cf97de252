/** Masks of several decisions as one list. */
import { type Mask, maskers, targetText } from "#/core/obligation.ts";

/** The strictest for each target; the first list's own objects where they are. */
export function joined(one: readonly Mask[], other: readonly Mask[]): readonly Mask[] {
  const byTarget = new Map<string, Mask>();
  for (const mask of [...one, ...other]) {
    const key = targetText(mask.target);
    const before = byTarget.get(key);
    const isStricter =
      before === undefined || maskers.indexOf(mask.masker) < maskers.indexOf(before.masker);
    if (isStricter) byTarget.set(key, mask);
  }
  return [...byTarget.values()];
}
