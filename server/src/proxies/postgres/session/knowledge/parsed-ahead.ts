/** What may be sent to be parsed before it is decided, and what may stand before it. */
import { type Catalogue, isProven, mayCheck } from "#/proxies/postgres/catalogue/catalogue.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { changesNames } from "./changes.ts";

/** Whether parsing it may run a function that somebody made. */
export function mayRunParsed(
  { statements, facts, references }: Classified,
  catalogue: Catalogue | null,
): boolean {
  // Of a text that can't be read nobody knows which types it names.
  const isUnread = statements.length === 0 && facts.opaque !== null;
  if (catalogue === null || (isUnread && catalogue.checkingTypes.size > 0)) return true;
  return mayCheck(references, catalogue);
}

/** Whether a later name stands for the same without it. Only code that somebody made changes that unseen. */
export function keepsNames(classified: Classified, catalogue: Catalogue | null): boolean {
  if (catalogue === null || changesNames(classified)) return false;
  if (classified.statements.some(({ kind }) => kind === "savepoint")) return false;
  return catalogue.volatile.size === 0 || isProven(classified, catalogue);
}
