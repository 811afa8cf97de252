/** Which columns of a connection are masked by some policy, or marked as sensitive in its configuration. */
import type { ColumnMark } from "#/core/column-mark.ts";
import { type ColumnName, isColumn } from "#/core/obligation.ts";
import type { RelationName } from "./known-relations.ts";

export interface MaskedColumns {
  readonly targets: readonly ColumnName[];
  readonly marks: readonly ColumnMark[];
}

/**
 * Null while there are none: then nothing has to be known of any column. The same object for the same list of what policy
 * masks.
 */
export function maskedColumns(
  ofPolicy: () => readonly ColumnName[],
  marks: readonly ColumnMark[],
): () => MaskedColumns | null {
  let last: MaskedColumns | null = null;
  return () => {
    const targets = ofPolicy();
    if (targets.length + marks.length === 0) return null;
    if (last?.targets !== targets) last = { targets, marks };
    return last;
  };
}

/** A column is masked too under the names of what its table is a part of, or of what is a part of that. */
export function isMasked(
  { targets, marks }: MaskedColumns,
  relations: readonly RelationName[],
  column: string,
): boolean {
  return relations.some(
    ({ schema, name: table }) =>
      targets.some((target) => isColumn(target, { schema, table, column })) ||
      marks.some((mark) => mark.isOnColumn(column) && mark.isOnRelation(`${schema}.${table}`)),
  );
}
