/**
 * Rows of a result, as people may see them: every value shows its kind and none of what it held.
 *
 * A plan is made once for a result and holds for all its rows. It fails closed: a value for which the plan has no place is replaced.
 */
import type { Entity } from "#/core/entity.ts";
import type { Finder } from "./finder.ts";
import { maskText } from "./mask-text.ts";
import { classOf, maskValue, type ValueClass, type ValueDescription } from "./mask-value.ts";
import { type Replace, redact } from "./replace.ts";

export interface RowPlan {
  readonly classes: readonly ValueClass[];
}

export interface MaskedValue {
  /** Null is null: that there is nothing is no secret. */
  readonly text: string | null;
  /** What was replaced in it. */
  readonly entities: readonly Entity[];
}

/** Around the border of two values so much is read as one text. */
const seamCharsMax = 64;

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
    if (!isText(classes[index - 1]) || !isText(classes[index]) || !one || !other) continue;
    if (one.length + other.length < 12 || /\s$/.test(one) || /^\s/.test(other)) continue;
    const head = Buffer.from(one.slice(-seamCharsMax));
    const text = Buffer.concat([head, Buffer.from(other.slice(0, seamCharsMax))]);
    const split = finder
      .find(text)
      .find(({ start, end }) => start < head.length && end > head.length);
    if (split === undefined || isAlready(finder, replace, one, other, split.entity)) continue;
    hidden.set(index - 1, split.entity);
    hidden.set(index, split.entity);
  }
  if (hidden.size === 0) return masked;
  return masked.map((value, index) => {
    const entity = hidden.get(index);
    return entity === undefined
      ? value
      : { text: replace(entity, values[index] ?? ""), entities: [entity] };
  });
}

function isText(is: ValueClass | undefined): boolean {
  return is?.kind === "text" || is?.kind === "number";
}

/** Whether one of the two holds it by itself: its neighbour only adds to it. */
function isAlready(
  finder: Finder,
  replace: Replace,
  one: string,
  other: string,
  entity: Entity,
): boolean {
  return [one, other].some((text) => maskText(finder, replace, text).entities.includes(entity));
}
