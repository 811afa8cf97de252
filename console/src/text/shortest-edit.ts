/**
 * How one list becomes another, by few steps (Myers, "An O(ND) difference algorithm", 1986).
 *
 * Guarantees that the steps, taken in order, use up both lists, and that "same" stands for equal items. The
 * time is bounded by the length of the lists times `stepsMax`: of lists that differ more, only what they
 * begin and end with alike is the same.
 */
export type Step = "same" | "removed" | "added";

export function stepsBetween(
  before: readonly string[],
  after: readonly string[],
  stepsMax: number,
): readonly Step[] {
  const start = sameStart(before, after, Math.min(before.length, after.length));
  const end = sameEnd(before, after, Math.min(before.length, after.length) - start);
  const [one, other] = [
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  ];
  return [
    ...steps("same", start),
    ...(shortest(one, other, stepsMax) ?? [
      ...steps("removed", one.length),
      ...steps("added", other.length),
    ]),
    ...steps("same", end),
  ];
}

function steps(step: Step, count: number): readonly Step[] {
  return Array.from({ length: count }, () => step);
}

function sameStart(one: readonly string[], other: readonly string[], max: number): number {
  let count = 0;
  while (count < max && one[count] === other[count]) count += 1;
  return count;
}

function sameEnd(one: readonly string[], other: readonly string[], max: number): number {
  let count = 0;
  while (count < max && one[one.length - 1 - count] === other[other.length - 1 - count]) count += 1;
  return count;
}

/** Null where it takes more than so many steps. */
function shortest(
  one: readonly string[],
  other: readonly string[],
  stepsMax: number,
): readonly Step[] | null {
  // For each number of steps, how far into `one` each diagonal comes; diagonal k is at [stepsMax + 1 + k].
  const reached: Int32Array[] = [];
  const middle = stepsMax + 1;
  let last = new Int32Array(2 * middle + 1);
  for (let count = 0; count <= stepsMax; count += 1) {
    const far = last.slice();
    for (let diagonal = -count; diagonal <= count; diagonal += 2) {
      let at = startOf(last, middle, diagonal, count);
      while (at < one.length && at - diagonal < other.length && one[at] === other[at - diagonal])
        at += 1;
      far[middle + diagonal] = at;
      if (at >= one.length && at - diagonal >= other.length) {
        return walkBack([...reached, last], middle, one.length, other.length);
      }
    }
    reached.push(last);
    last = far;
  }
  return null;
}

/** The better of a removal from the diagonal below and an addition from the one above. */
function startOf(last: Int32Array, middle: number, diagonal: number, count: number): number {
  if (count === 0) return 0;
  return isAddition(last, middle, diagonal, count)
    ? (last[middle + diagonal + 1] ?? 0)
    : (last[middle + diagonal - 1] ?? 0) + 1;
}

function isAddition(last: Int32Array, middle: number, diagonal: number, count: number): boolean {
  if (diagonal === -count) return true;
  if (diagonal === count) return false;
  return (last[middle + diagonal - 1] ?? 0) < (last[middle + diagonal + 1] ?? 0);
}

function walkBack(
  reached: readonly Int32Array[],
  middle: number,
  oneLength: number,
  otherLength: number,
): readonly Step[] {
  const backward: Step[] = [];
  let [at, otherAt] = [oneLength, otherLength];
  for (let count = reached.length - 1; count >= 0; count -= 1) {
    const last = reached[count] ?? new Int32Array();
    const diagonal = at - otherAt;
    const start = startOf(last, middle, diagonal, count);
    for (let same = start; same < at; same += 1) backward.push("same");
    if (count === 0) break;
    const adds = isAddition(last, middle, diagonal, count);
    backward.push(adds ? "added" : "removed");
    at = adds ? start : start - 1;
    otherAt = adds ? start - diagonal - 1 : start - diagonal;
  }
  return backward.toReversed();
}
