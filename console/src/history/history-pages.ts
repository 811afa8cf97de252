/**
 * What the loaded pages of the history hold together, and how far back they looked.
 *
 * Guarantees that a page without anything in it is never taken for the end: only the gateway says that.
 */
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { HistoryPage } from "../api/queries.ts";

export interface LoadedHistory {
  readonly actions: readonly ActionSummary[];
  readonly reach: Reach;
}

export type Reach =
  | { readonly kind: "everything" }
  /** The newest so many records of the log; null where that can't be told. */
  | { readonly kind: "newest"; readonly records: number | null };

export function loadedHistory(pages: readonly HistoryPage[]): LoadedHistory {
  const actions = new Map(pages.flatMap(({ items }) => items).map((item) => [item.id, item]));
  // Of what was written since the first page nothing has been looked at.
  const logSize = pages[0]?.logSize ?? null;
  return { actions: [...actions.values()], reach: reachOf(pages.at(-1)?.next ?? null, logSize) };
}

/** The history's `next` is the index of a record: all after it was looked at. */
function reachOf(next: string | null, logSize: number | null): Reach {
  if (next === null) return { kind: "everything" };
  const index = /^\d{1,15}$/.test(next) ? Number(next) : null;
  const isKnown = index !== null && logSize !== null && logSize >= index;
  return { kind: "newest", records: isKnown ? logSize - index : null };
}

export function reachText(reach: Reach): string {
  if (reach.kind === "everything") return "the whole log";
  if (reach.records === null) return "the newest part of the log";
  const records = reach.records.toLocaleString("en");
  return reach.records === 1
    ? "the last record of the log"
    : `the last ${records} records of the log`;
}
