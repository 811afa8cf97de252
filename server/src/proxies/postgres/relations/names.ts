/**
 * Names of relations, as a session means them along its search path, or as the definitions of views are printed: for the analysis of
 * statements, without asking anybody.
 */
import type { NamedIn, Relation, Relations } from "#/proxies/postgres/touched/relations.ts";
import type { AllRelations, KnownRelation } from "./read-relations.ts";

export interface Names {
  readonly byName: ReadonlyMap<string, KnownRelation>;
  /** Names under which some session has a relation of its own: which of both one means, only it knows. */
  readonly temporary: ReadonlySet<string>;
  /** Along which the definitions of views leave schemas out. */
  readonly viewPath: readonly string[];
  /** For columns that are generated: what their expressions read. */
  readonly generatedFrom: ReadonlyMap<number, Relation["generatedFrom"]>;
  /** Filled as they are asked for. */
  readonly described: Map<number, Relation>;
}

export function indexNames(
  { relations, generated }: AllRelations,
  viewPath: readonly string[],
): Names {
  const byName = new Map<string, KnownRelation>();
  const temporary = new Set<string>();
  for (const relation of relations.values()) {
    byName.set(keyOf(relation.schema, relation.name), relation);
    if (relation.isTemporary) temporary.add(relation.name);
  }
  const generatedFrom = new Map<number, Map<string, string[]>>();
  for (const { oid, from, to } of generated) {
    const columns = relations.get(oid)?.columns;
    const [source, name] = [columns?.get(from), columns?.get(to)];
    if (name === undefined) continue;
    const own = generatedFrom.get(oid) ?? new Map<string, string[]>();
    const sources = own.get(name) ?? [];
    generatedFrom.set(oid, own.set(name, source === undefined ? sources : [...sources, source]));
  }
  return { byName, temporary, viewPath, generatedFrom, described: new Map() };
}

/**
 * `describe` says of a relation what only its caller knows, once. A name without a schema leads nowhere where `isHidden` says so of one
 * further along the path: what was prepared before the first was made still means that one.
 */
export function relationsAlong(
  names: Names,
  path: readonly string[],
  describe: (relation: KnownRelation) => Pick<Relation, "isView" | "query" | "kin">,
  isHidden: (relation: KnownRelation) => boolean = () => false,
): Relations {
  const relationOf = (known: KnownRelation): Relation => {
    const before = names.described.get(known.oid);
    if (before !== undefined) return before;
    const relation: Relation = {
      oid: String(known.oid),
      name: `${known.schema}.${known.name}`,
      columns: [...known.columns.values()],
      generatedFrom: names.generatedFrom.get(known.oid) ?? new Map(),
      hasRowSecurity: false,
      ...describe(known),
    };
    names.described.set(known.oid, relation);
    return relation;
  };
  return {
    named(schema, name, where) {
      const [first, ...behind] = find(names, path, [schema, name], where);
      return first === undefined || behind.some(isHidden) ? null : relationOf(first);
    },
  };
}

function find(
  { byName, temporary, viewPath }: Names,
  path: readonly string[],
  [schema, name]: readonly [string | null, string],
  where: NamedIn,
): readonly KnownRelation[] {
  if (schema !== null) return asList(byName.get(keyOf(schema, name)));
  // A temporary table comes before all of them, in the session that has made it.
  if (temporary.has(name)) return [];
  const schemas = where === "view" ? viewPath : path;
  return schemas.flatMap((each) => asList(byName.get(keyOf(each, name))));
}

function asList(found: KnownRelation | undefined): readonly KnownRelation[] {
  return found === undefined ? [] : [found];
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}
