/**
 * Rows of a result, as people may see them: every value shows its kind and none of what it held.
 *
 * A plan is made once for a result and holds for all its rows. It fails closed: a value for which the plan has no place is replaced.
 */
import type { Entity } from "#/core/entity.ts";
import type { Finder } from "#/masking/finder.ts";
import { type Replace, redact } from "#/masking/replacement/replace.ts";
import { splitOver } from "#/masking/seam.ts";
import { maskValue } from "./mask-value.ts";
import { classOf, type ValueClass, type ValueDescription } from "./value-class.ts";

export interface RowPlan {
  readonly classes: readonly ValueClass[];
}

export interface MaskedValue {
  /** Null is null: that there is nothing is no secret. */
  readonly text: string | null;
  /** What was replaced in it. */
  readonly entities: readonly Entity[];
}

export function planRow(finder: Finder, columns: readonly ValueDescription[]): RowPlan {
  return { classes: columns.map((column) => classOf(finder, column)) };
}

export function maskRow(
  finder: Finder,
  replace: Replace,
  { classes }: RowPlan,
  values: readonly (string | null)[],
): readonly MaskedValue[] {
  const masked = values.map((value, index): MaskedValue => {
    if (value === null) return { text: null, entities: [] };
    const is = classes[index];
    if (is === undefined) return { text: redact("unscanned", value), entities: ["unscanned"] };
    return maskValue(finder, replace, is, value);
  });
  return hideSplit(finder, replace, classes, values, masked);
}

/** What two texts side by side hold only together is in neither of them: then both are replaced. */
function hideSplit(
  finder: Finder,
  replace: Replace,
  classes: readonly ValueClass[],
  values: readonly (string | null)[],
  masked: readonly MaskedValue[],
): readonly MaskedValue[] {
  const hidden = new Map<number, Entity>();
  for (let index = 1; index < values.length; index += 1) {
    const [one, other] = [values[index - 1], values[index]];
    if (!hasSeam(classes[index - 1], classes[index]) || !one || !other) continue;
    const entity = splitOver(finder, Buffer.from(one), Buffer.from(other));
    if (entity === null) continue;
    hidden.set(index - 1, entity);
    hidden.set(index, entity);
  }
  if (hidden.size === 0) return masked;
  return masked.map((value, index) => {
    const entity = hidden.get(index);
    return entity === undefined
      ? value
      : { text: replace(entity, values[index] ?? ""), entities: [entity] };
  });
}

/** Two numbers side by side are no text: their digits make something together too often. */
function hasSeam(one: ValueClass | undefined, other: ValueClass | undefined): boolean {
  const isText = one?.kind === "text" || other?.kind === "text";
  return isText && isRead(one) && isRead(other);
}

function isRead(is: ValueClass | undefined): boolean {
  return is?.kind === "text" || is?.kind === "number";
}
