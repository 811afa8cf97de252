/** The labels of one session in memory. They only add up; each lapses when nothing of its kind was read for its lifetime. */
import { dataClasses, overflowLabel } from "#/core/label.ts";
import { labelKeptEveryMs, labelLifetimeMs } from "./kept-labels.ts";
import { type OneAtATime, oneAtATime } from "./one-at-a-time.ts";
import type { Source, Taken } from "./session-reads.ts";

/** Labels of one principal. With more it counts as having read everything. */
export const labelsMax = 1_000;

export const everything: readonly string[] = [...dataClasses, overflowLabel].toSorted();
export const nowhere: Source = { kind: "none" };

export interface Held {
  readonly taken: Map<string, Taken>;
  list: readonly string[];
  /** Until when `list` is right: then a label lapses. */
  rightUntil: number;
  /** Whether something has to be written down. */
  isDue: boolean;
  readonly keeping: OneAtATime;
}

export function freshHeld(taken: Map<string, Taken>, write: () => Promise<void>): Held {
  return { taken, list: [], rightUntil: 0, isDue: false, keeping: oneAtATime(write) };
}

/** Notes that a label was taken once more; false where it is not one that counts now. */
export function takeAgain(held: Held, label: string, now: number): boolean {
  const known = held.taken.get(label);
  if (known === undefined || now >= known.until) return false;
  known.at = now;
  known.until = now + labelLifetimeMs;
  if (now - known.keptAt >= labelKeptEveryMs) held.isDue = true;
  return true;
}

export function takeFirst(held: Held, label: string, source: Source, now: number): void {
  const taken = { since: now, at: now, until: now + labelLifetimeMs, keptAt: 0 };
  if (held.taken.has(label) || held.taken.size < labelsMax) {
    held.taken.set(label, { source, ...taken });
  } else if (takeAgain(held, overflowLabel, now)) {
    return;
  } else {
    held.taken.set(overflowLabel, { source: nowhere, ...taken });
  }
  held.rightUntil = now;
  held.isDue = true;
}

/** The labels that count now; the same list object as long as they are the same. Until `allUntil` everything counts as read. */
export function listNow(held: Held, now: number, allUntil: number): readonly string[] {
  if (now < held.rightUntil) return held.list;
  let rightUntil = now < allUntil ? allUntil : Number.POSITIVE_INFINITY;
  for (const [label, { until }] of held.taken) {
    if (until <= now) held.taken.delete(label);
    else rightUntil = Math.min(rightUntil, until);
  }
  const taken = [...held.taken.keys()];
  const list =
    now < allUntil || taken.includes(overflowLabel)
      ? [...new Set([...taken, ...everything])].toSorted()
      : taken.toSorted();
  if (!isSame(list, held.list)) held.list = list;
  held.rightUntil = rightUntil;
  return held.list;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((label, at) => label === other[at]);
}
