/**
 * Columns that masks name and a database does not have: a name that was mistyped, or a column that was renamed, masks nothing.
 *
 * Guarantees that each is told once while it is missing, and again where it was there in between.
 */
import { isColumn, type Mask, targetText } from "#/core/obligation.ts";
import type { RelationsRead } from "./read-relations.ts";

/** Names that were told and are remembered. With more all are told anew. */
const absentRememberedMax = 2_000;

export type TellAbsent = (read: Pick<RelationsRead, "relations">, masks: readonly Mask[]) => void;

export function tellAbsentColumns(tell: (columns: readonly string[]) => void): TellAbsent {
  const told = new Set<string>();
  return ({ relations }, masks) => {
    const named = masks.flatMap(({ target }) => (target.kind === "column" ? [target] : []));
    const tables = new Set(named.map(tableOf));
    const here = new Set<string>();
    for (const { schema, name: table, columns } of relations.values()) {
      if (!tables.has(tableOf({ schema, table }))) continue;
      for (const target of named) {
        const isHere = [...columns.values()].some((column) =>
          isColumn(target, { schema, table, column }),
        );
        if (isHere) here.add(targetText(target));
      }
    }
    for (const target of here) told.delete(target);
    const absent = named.map(targetText).filter((target) => !here.has(target) && !told.has(target));
    if (absent.length === 0) return;
    if (told.size + absent.length > absentRememberedMax) told.clear();
    for (const target of absent) told.add(target);
    tell(absent);
  };
}

function tableOf({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}\0${table}`.toLowerCase();
}
