/**
 * What sessions have read, kept beside the log, so that neither a restart nor a crash forgets any of it: one document of each session.
 *
 * Guarantees that what was kept comes back; that what can't be read any more counts as everything; and that a data folder that knows
 * actions, and nothing of what was read by them, counts as everything for a label's lifetime.
 */
import { type KeptLabels, overflowLabel } from "#/core/label.ts";
import type { Log } from "#/platform/log.ts";
import { type Source, type Taken } from "./session-reads.ts";

/** A label lapses this long after it was last taken: longer than a model's session of a working day. */
export const labelLifetimeMs = 12 * 60 * 60_000;
/** How often a label that is taken again is written down again. After a restart it may count for this much longer. */
export const labelKeptEveryMs = 30 * 60_000;
const readAtOnceMax = 200;

/** What this file needs of the store. */
export interface LabelStore {
  keepLabels(kept: KeptLabels): Promise<void>;
  /** `document` is null where it can't be read any more. */
  keptLabels(
    after: string,
    limit: number,
  ): Promise<readonly (Omit<KeptLabels, "document"> & { readonly document: string | null })[]>;
}

export interface LabelsBefore {
  readonly sessions: ReadonlyMap<string, Map<string, Taken>>;
  /** Until when sessions that are not in `sessions` count as having read everything. */
  readonly othersUntil: number;
  /** Until when all sessions do. */
  readonly allUntil: number;
}

/** The document that belongs to no session. */
const generalScope = "*";
/** Its time, so that it is never old enough to be forgotten. */
const always = Number.MAX_SAFE_INTEGER;

type Entry = readonly [label: string, source: Source, since: number, at: number];

interface General {
  readonly othersUntil: number;
  readonly allUntil: number;
}

/** `isFresh`: the log of this data folder is empty. */
export async function loadLabels(
  store: LabelStore,
  { now, isFresh, log }: { readonly now: number; readonly isFresh: boolean; readonly log: Log },
): Promise<LabelsBefore> {
  const sessions = new Map<string, Map<string, Taken>>();
  let general: General | null = null;
  for (let after = ""; ; ) {
    const page = await store.keptLabels(after, readAtOnceMax);
    for (const { scope, document } of page) {
      after = scope;
      if (scope === generalScope) general = generalOf(document, now);
      else sessions.set(scope, takenIn(document, now));
    }
    if (page.length < readAtOnceMax) break;
  }
  if (general === null) {
    general = { othersUntil: 0, allUntil: isFresh ? 0 : now + labelLifetimeMs };
    await store.keepLabels(generalDocument(general));
  }
  const { allUntil } = general;
  // What waits for people until then, and did not before, has this for its reason.
  if (now < allUntil) log.warn("labels.unknown", { until: new Date(allUntil).toISOString() });
  return { sessions, ...general };
}

export function generalDocument(general: General): KeptLabels {
  return { scope: generalScope, at: always, document: JSON.stringify(general) };
}

export function labelsDocument(
  scope: string,
  taken: ReadonlyMap<string, Taken>,
  at: number,
): KeptLabels {
  const entries: readonly Entry[] = Array.from(taken, ([label, each]) => {
    return [label, each.source, each.since, each.at];
  });
  return { scope, at, document: JSON.stringify(entries) };
}

function takenIn(document: string | null, now: number): Map<string, Taken> {
  const until = now + labelLifetimeMs;
  const everything: Taken = {
    source: { kind: "none" },
    since: now,
    at: now,
    until,
    keptAt: 0,
  };
  if (document === null) return new Map([[overflowLabel, everything]]);
  const entries = JSON.parse(document) as readonly Entry[];
  return new Map(
    entries.map(([label, source, since, at]) => [
      label,
      { source, since, at, until: at + labelKeptEveryMs + labelLifetimeMs, keptAt: at },
    ]),
  );
}

function generalOf(document: string | null, now: number): General {
  const until = now + labelLifetimeMs;
  if (document === null) return { othersUntil: until, allUntil: until };
  return JSON.parse(document) as General;
}
