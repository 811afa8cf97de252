/**
 * What sessions have read, kept beside the log, so that neither a restart nor a crash forgets any of it: one document of each session.
 *
 * Guarantees that what was kept comes back; that what can't be read any more counts as everything; and that a data folder that knows
 * actions, and nothing of what was read by them, counts as everything for a label's lifetime.
 */
import { type KeptLabels, overflowLabel } from "#/core/label.ts";
import type { Log } from "#/platform/log.ts";
import { type Source, type Taken } from "./session-reads.ts";

/** A label goes so long after it was last taken: longer than a working day's session of a model. */
export const labelLifetimeMs = 12 * 60 * 60_000;
/** What was read anew is kept so often. After a restart a label may count for so much longer. */
export const labelKeptEveryMs = 30 * 60_000;
const readAtOnceMax = 200;

/** As the store has it. */
export interface LabelStore {
  keepLabels(kept: KeptLabels): Promise<void>;
  /** `document`: null where it is not whole. */
  keptLabels(
    after: string,
    limit: number,
  ): Promise<readonly (Omit<KeptLabels, "document"> & { readonly document: string | null })[]>;
}

export interface LabelsBefore {
  readonly sessions: ReadonlyMap<string, Map<string, Taken>>;
  /** Until when those that are not among them count as having read everything. */
  readonly othersUntil: number;
  /** The same of all. */
  readonly allUntil: number;
}

/** Of no session. */
const generalScope = "*";
/** It is never too old. */
const always = Number.MAX_SAFE_INTEGER;

type Entry = readonly [label: string, source: Source, since: number, at: number];

interface General {
  readonly othersUntil: number;
  readonly allUntil: number;
}

/** `isFresh`: nothing was ever done with this data folder. */
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
