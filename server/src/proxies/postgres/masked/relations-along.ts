/** The catalogue as it was read, for the analysis of queries: names as a session finds them along its path, or as views are printed. */
import type { Fields } from "#/proxies/postgres/sql/tree.ts";
import type { NamedIn, Relation, Relations } from "#/proxies/postgres/touched/relations.ts";
import type { KnownRelation, RelationsRead } from "./read-relations.ts";

/** What views read; null where it can't be read. A view that is not among them stands for itself. */
export type Definitions = ReadonlyMap<number, Fields | null>;

export interface NamedRelations {
  along(path: readonly string[]): Relations;
}

export function nameRelations(
  { relations, generated }: RelationsRead,
  definitions: Definitions,
): NamedRelations {
  const byName = new Map<string, KnownRelation>();
  const temporary = new Set<string>();
  for (const relation of relations.values()) {
    byName.set(`${relation.schema}.${relation.name}`, relation);
    if (relation.isTemporary) temporary.add(relation.name);
  }
  const sources = new Map<number, Map<string, string[]>>();
  for (const { oid, from, to } of generated) {
    const columns = relations.get(oid)?.columns;
    const [source, name] = [columns?.get(from), columns?.get(to)];
    if (source === undefined || name === undefined) continue;
    const known = sources.get(oid) ?? new Map<string, string[]>();
    sources.set(oid, known.set(name, [...(known.get(name) ?? []), source]));
  }
  const asked = new Map<number, Relation>();
  const relationOf = (known: KnownRelation): Relation => {
    const before = asked.get(known.oid);
    if (before !== undefined) return before;
    const relation: Relation = {
      oid: String(known.oid),
      name: `${known.schema}.${known.name}`,
      isView: definitions.has(known.oid),
      columns: [...known.columns.values()],
      generatedFrom: sources.get(known.oid) ?? new Map(),
      query: definitions.get(known.oid) ?? null,
      kin: [],
      hasRowSecurity: false,
    };
    asked.set(known.oid, relation);
    return relation;
  };
  const find = (
    path: readonly string[],
    [schema, name]: readonly [string | null, string],
    where: NamedIn,
  ): KnownRelation | null => {
    if (schema !== null) return byName.get(`${schema}.${name}`) ?? null;
    if (where === "view") return byName.get(`pg_catalog.${name}`) ?? null;
    // A temporary table comes before all of them, in the session that has made it.
    if (temporary.has(name)) return null;
    for (const each of path) {
      const known = byName.get(`${each}.${name}`);
      if (known !== undefined) return known;
    }
    return null;
  };
  return {
    along: (path) => ({
      named(schema, name, where) {
        const known = find(path, [schema, name], where);
        return known === null ? null : relationOf(known);
      },
    }),
  };
}
