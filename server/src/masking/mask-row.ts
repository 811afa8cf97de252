/**
 * Rows of a result, as people may see them: every value shows its kind and none of what it held.
 *
 * A plan is made once for a result and holds for all its rows. It fails closed: a value for which the plan has no place is replaced.
 */
import type { Entity } from "#/core/entity.ts";
import { alphabetsOfByte, letterBit } from "./alphabet.ts";
import type { Finder } from "./finder.ts";
import { maskValue } from "./mask-value.ts";
import { type Replace, redact } from "./replace.ts";
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

/** Around the border of two values so much of each is read as one text. */
const seamBytesMax = 64;
/** What two values hold together is longer than that; where letters meet at their border, the word that they make. */
const seamBytesLeast = 12;
const seamWordLeast = 15;

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

/** What stands across the border of two values and in neither of them; null where nothing does. */
export function splitOver(finder: Finder, one: Uint8Array, other: Uint8Array): Entity | null {
  if (one.length + other.length < seamBytesLeast) return null;
  if (!mayJoin(one, other)) return null;
  const head = one.subarray(-seamBytesMax);
  const text = Buffer.concat([head, other.subarray(0, seamBytesMax)]);
  const split = finder
    .find(text)
    .find(({ start, end }) => start < head.length && end > head.length);
  if (split === undefined) return null;
  // Where one of the two holds it by itself, its neighbour only adds to it.
  const isAlready = [one, other].some((value) =>
    finder.find(value).some(({ entity }) => entity === split.entity),
  );
  return isAlready ? null : split.entity;
}

/** No number goes on where a letter stands, so that only long words are left, and addresses. */
function mayJoin(one: Uint8Array, other: Uint8Array): boolean {
  if (isBlank(one.at(-1) ?? 0) || isBlank(other[0] ?? 0)) return false;
  if (!isLetter(one.at(-1) ?? 0) && !isLetter(other[0] ?? 0)) return true;
  let length = 0;
  let hasSign = false;
  for (let at = one.length - 1; at >= 0 && length < seamWordLeast; at -= 1, length += 1) {
    if (isBlank(one[at] as number)) break;
    hasSign ||= one[at] === 0x40;
  }
  const half = length;
  for (let at = 0; at < other.length && length < half + seamWordLeast; at += 1, length += 1) {
    if (isBlank(other[at] as number)) break;
    hasSign ||= other[at] === 0x40;
  }
  return hasSign || length >= seamWordLeast;
}

function isBlank(byte: number): boolean {
  return byte <= 0x20;
}

function isLetter(byte: number): boolean {
  return ((alphabetsOfByte[byte] ?? 0) & letterBit) !== 0;
}
