/** The columns behind each output of a query, in their order. Pure. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import type { NamedIn, Relations } from "./relations.ts";
import { type Output, topScope } from "./scope.ts";
import { readingOf } from "./start-reading.ts";
import { Unreadable } from "./unreadable.ts";

/** Null where they can't be told, by their number either. */
export function outputColumns(
  select: Fields,
  catalogue: Relations,
  where: NamedIn,
): readonly Output[] | null {
  const reading = readingOf(catalogue);
  try {
    const { list, isOpen } = reading.query(select, topScope(where));
    return isOpen ? null : list;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
