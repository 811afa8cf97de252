/**
 * A few of the rows of a measured run, as it found them and as it left them, within its transaction.
 *
 * Guarantees that the count never hangs on it: what can't be read is not shown. What is after is read before the run
 * is undone, and what was before afterwards, each where the statement itself said that it lies.
 */

import type { ColumnMark } from "#/core/column-mark.ts";
import { lastPart } from "#/core/dotted-name.ts";
import type { Sample } from "#/core/sample.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { setLocal } from "#/proxies/postgres/effect/own-meaning.ts";
import type { OwnAnswer } from "#/proxies/postgres/effect/own-session.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { type Assigned, assignedBy } from "./assigned.ts";
import { presentSample } from "./present-sample.ts";
import { keyOf, readRows } from "./read-rows.ts";
import { readTarget, type SampleTarget } from "./sample-target.ts";
import { placeColumns, placesOf, type Spot, sampledRun, targetOf, writeIn } from "./sampled-run.ts";

export interface Sampling {
  /** The statement that is run, which says besides where its rows lie. */
  readonly sql: string;
  readonly target: SampleTarget;
  readonly assigned: Assigned;
}

export interface SamplingOptions {
  readonly classified: Classified;
  readonly classifier: Classifier;
  /** The search path of the statement. */
  readonly path: string;
  /** What the configuration marks as sensitive. */
  readonly marks: readonly ColumnMark[];
}

/** Rows that are looked at, so that those that change can be shown first. */
const sampleSeenMax = 20;
/** What is kept of the run's answer. */
export const sampleKept = { rows: sampleSeenMax, columns: placeColumns } as const;

/** Before the run, under its search path, which it leaves as it was. Null where no row can be shown. */
export async function prepareSample(
  statement: string,
  { classified, classifier, path, marks }: SamplingOptions,
  ask: Ask,
): Promise<Sampling | null> {
  const write = writeIn(classifier.trees(statement));
  const named = write === null ? null : targetOf(write);
  if (write === null || named === null) return null;
  const { reads, writes } = classified.facts;
  const tables = [...reads, ...writes].map(lastPart);
  const assigned = assignedBy(write, marks, tables);
  const [found] = await ask("select pg_catalog.to_regclass($1)::pg_catalog.oid", [named]);
  const oid = found?.[0] ?? null;
  if (oid === null) return null;
  await ask(setLocal, ["search_path", "pg_catalog"]);
  const target = await readTarget(oid, { assigned, kind: write.kind, marks }, ask);
  await ask(setLocal, ["search_path", path]);
  if (target === null) return null;
  const sql = sampledRun(statement, target.version, classifier.trees);
  return sql === null ? null : { sql, target, assigned };
}

/** After the run, which it undoes. Null where nothing can be shown. */
export async function takeSample(
  { target, assigned }: Sampling,
  { rows }: Pick<OwnAnswer, "rows">,
  {
    ask,
    undo,
    finder,
  }: { readonly ask: Ask; readonly undo: () => Promise<void>; readonly finder: Finder },
): Promise<Sample | null> {
  try {
    const places = placesOf(rows);
    const spots = (which: "before" | "after"): readonly Spot[] =>
      places.flatMap((place) => place[which] ?? []);
    await ask(setLocal, ["search_path", "pg_catalog"]);
    const after = await readRows(target, spots("after"), ask);
    await undo();
    await ask(setLocal, ["search_path", "pg_catalog"]);
    const before = await readRows(target, spots("before"), ask);
    const raw = places.flatMap((place) => {
      const [was, is] = [
        place.before === null ? null : before.get(keyOf(place.before)),
        place.after === null ? null : after.get(keyOf(place.after)),
      ];
      // Somebody else has changed it since: then it can't be told what it was.
      return was === undefined || is === undefined ? [] : [{ before: was, after: is }];
    });
    return presentSample(target, raw, { derives: assigned.derives, finder });
  } catch {
    return null;
  }
}
