/** Which of the touched columns the configuration marks as sensitive, and what of all that a review names. Pure. */
import type { TouchedFound } from "#/core/protocol.ts";
import type { TouchedRelation } from "#/core/touched.ts";
import { partsOfColumn, type Relation } from "./relations.ts";
import type { Touching } from "./touched-columns.ts";

/** Named on a review; the others are counted. */
const relationsNamedMax = 50;
/** Of each relation, those that are marked first. */
const columnsNamedMax = 100;

type Known = Extract<Touching, { readonly kind: "known" }>;

/**
 * `schema.relation.column`, each of them a name or `*`. A column is marked too under the names of what its table
 * is a part of, or of what is a part of that.
 */
export function isSensitive(
  { name, kin }: Pick<Relation, "name" | "kin">,
  column: string,
  marks: readonly string[],
): boolean {
  const names = [name, ...kin].map((each) => `${each}.${column}`);
  return marks.some((mark) => names.some((each) => matches(each, mark)));
}

function matches(name: string, mark: string): boolean {
  const [schema, relation, column] = mark.split(".").map((part) => (part === "*" ? null : part));
  const rest = schema === null ? afterDot(name) : afterPrefix(name, `${schema}.`);
  if (rest === null) return false;
  const last = relation === null ? afterDot(rest) : afterPrefix(rest, `${relation}.`);
  return last !== null && (column === null || last === column);
}

function afterPrefix(text: string, prefix: string): string | null {
  return text.startsWith(prefix) ? text.slice(prefix.length) : null;
}

function afterDot(text: string): string | null {
  const at = text.indexOf(".");
  return at < 0 ? null : text.slice(at + 1);
}

/** Sensitive columns first, and relations that have some; where some are only counted even so, that is said. */
export function presentTouching(
  { relations, columns, besides }: Known,
  marks: readonly string[],
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
  marks: readonly string[],
): TouchedRelation {
  const all = relation.columns
    .filter((name) => touched.includes(name))
    .map((name) => ({ name, sensitive: isSensitive(relation, name, marks) }))
    .toSorted((a, b) => Number(b.sensitive) - Number(a.sensitive));
  return {
    name: relation.name,
    isView: relation.isView,
    columns: all.slice(0, columnsNamedMax),
    columnsMore: Math.max(0, all.length - columnsNamedMax),
  };
}
