import { columnsIn } from "./expression.ts";
import { query } from "./query.ts";
import type { Reading } from "./reading.ts";
import type { Relations } from "./relations.ts";
import { noColumns } from "./scope.ts";
import { Unreadable } from "./unreadable.ts";

export interface ReadingOptions extends Pick<Reading, "unread" | "isKnownCall" | "looksIntoViews"> {
  /** Reads a statement in WITH that does not only read. */
  readonly change: (
    statement: unknown,
    outer: Parameters<Reading["change"]>[1],
    reading: Reading,
  ) => ReturnType<Reading["change"]>;
}

/** Of what only reads, down to what its views filter by. */
const ofReads: ReadingOptions = {
  unread: noColumns,
  isKnownCall: () => true,
  looksIntoViews: true,
  change: () => {
    throw new Unreadable("It holds a statement that does not only read.");
  },
};

/** Nothing is found yet. */
export function readingOf(
  catalogue: Relations,
  { unread, isKnownCall, looksIntoViews, change }: ReadingOptions = ofReads,
): Reading {
  const reading: Reading = {
    catalogue,
    relations: new Set(),
    used: new Set(),
    besides: new Set(),
    views: new Map(),
    unread,
    isKnownCall,
    viewDepth: 0,
    looksIntoViews,
    usesPositions: false,
    nodes: 0,
    query: (select, outer) => query(select, outer, reading),
    change: (statement, outer) => change(statement, outer, reading),
    columnsIn: (node, scope) => columnsIn(node, scope, reading),
  };
  return reading;
}
