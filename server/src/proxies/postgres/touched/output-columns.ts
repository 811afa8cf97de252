/** The columns behind each output of a query, in their order. Pure. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import type { Column, NamedIn, Relations } from "./relations.ts";
import type { Scope } from "./scope.ts";
import { readingOf } from "./start-reading.ts";
import { Unreadable } from "./unreadable.ts";

/** Null where they can't be told, by their number either. */
export function outputColumns(
  select: Fields,
  catalogue: Relations,
  where: NamedIn,
): readonly ReadonlySet<Column>[] | null {
  const top: Scope = { sources: [], outer: null, queries: new Map(), where };
  const reading = readingOf(catalogue);
  try {
    const { list, isOpen } = reading.query(select, top);
    return isOpen ? null : list.map(({ columns }) => columns);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
