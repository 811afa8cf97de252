/** Which of the touched columns the configuration marks as sensitive, and what of all that a review names. Pure. */
import type { ColumnMark } from "#/core/column-mark.ts";
import type { TouchedFound } from "#/core/protocol.ts";
import type { TouchedRelation } from "#/core/touched.ts";
import { partsOfColumn, type Relation } from "./relations.ts";
import type { Touching } from "./touched-columns.ts";

/** Named on a review; the others are counted. */
const relationsNamedMax = 50;
/** Of each relation, those that are marked first. */
const columnsNamedMax = 100;

type Known = Extract<Touching, { readonly kind: "known" }>;

/** A column is marked too under the names of what its table is a part of, or of what is a part of that. */
export function marksOn(
  { name, kin }: Pick<Relation, "name" | "kin">,
  marks: readonly ColumnMark[],
): readonly ColumnMark[] {
  return marks.filter((mark) => [name, ...kin].some(mark.isOnRelation));
}

/** Sensitive columns first, and relations that have some; where some are only counted even so, that is said. */
export function presentTouching(
  { relations, columns, besides }: Known,
  marks: readonly ColumnMark[],
): TouchedFound {
  const names = new Map<string, string[]>();
  for (const column of columns) {
    const { oid, name } = partsOfColumn(column);
    names.set(oid, [...(names.get(oid) ?? []), name]);
  }
  const all = [...relations]
    .map((relation) => touchedRelation(relation, names.get(relation.oid) ?? [], marks))
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  return {
    relations: all.slice(0, relationsNamedMax),
    relationsMore: Math.max(0, all.length - relationsNamedMax),
    besides:
      all.some(hidesMarked) || all.slice(relationsNamedMax).some((each) => rank(each) === 0)
        ? [...besides, "More sensitive columns than are named."]
        : besides,
  };
}

function hidesMarked({ columns, columnsMore }: TouchedRelation): boolean {
  return columnsMore > 0 && columns.every(({ sensitive }) => sensitive);
}

function rank({ columns }: TouchedRelation): number {
  return columns.some(({ sensitive }) => sensitive) ? 0 : 1;
}

function touchedRelation(
  relation: Relation,
  touched: readonly string[],
  marks: readonly ColumnMark[],
): TouchedRelation {
  const own = marksOn(relation, marks);
  const all = relation.columns
    .filter((name) => touched.includes(name))
    .map((name) => ({ name, sensitive: own.some((mark) => mark.isOnColumn(name)) }))
    .toSorted((a, b) => Number(b.sensitive) - Number(a.sensitive));
  return {
    name: relation.name,
    isView: relation.isView,
    columns: all.slice(0, columnsNamedMax),
    columnsMore: Math.max(0, all.length - columnsNamedMax),
  };
}
