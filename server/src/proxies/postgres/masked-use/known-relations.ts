/**
 * All relations of a database with their columns, as the catalogue had them when it was read on a client's session: where its names lead to
 * without asking. Held in bounds; of a database with more nothing is known.
 */
import type { Ask } from "#/proxies/postgres/ask.ts";
import { childrenOf, parentsOf, reachedIn } from "#/proxies/postgres/relations/edges.ts";
import { indexNames, type Names, relationsAlong } from "#/proxies/postgres/relations/names.ts";
import {
  type KnownRelation,
  readAllRelations,
  readDefinitions,
  TooManyRelations,
} from "#/proxies/postgres/relations/read-relations.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import { parseSearchPath } from "#/proxies/postgres/sql/search-path.ts";
import { partOf } from "#/proxies/postgres/touched/node.ts";
import type { Relation, Relations } from "#/proxies/postgres/touched/relations.ts";

export type RelationName = Pick<KnownRelation, "schema" | "name">;

export interface KnownRelations {
  readonly names: Names;
  /** What each is called, itself first, then what it is a part of and what is a part of it; by its oid. */
  readonly kin: ReadonlyMap<string, readonly [RelationName, ...RelationName[]]>;
  /** Of views, as the catalogue prints them. */
  readonly definitions: ReadonlyMap<number, string>;
}

/** Relations of a database. Of one with more no column can be traced. */
const knownRelationsMax = 50_000;

export async function readKnownRelations(
  ask: Ask,
  role: string,
): Promise<KnownRelations | "too_many"> {
  const [path] = await ask("show search_path");
  const parts = { rowsAtOnce: knownRelationsMax, rowsMax: knownRelationsMax };
  const read = await readAllRelations(ask, parts).catch((error: unknown) => {
    if (error instanceof TooManyRelations) return null;
    throw error;
  });
  if (read === null) return "too_many";
  const { relations, inherited } = read;
  const ownViews = [...relations.values()].filter(isOwnView).map(({ oid }) => oid);
  const [up, down] = [parentsOf(inherited), childrenOf(inherited)];
  const kin = new Map<string, readonly [RelationName, ...RelationName[]]>();
  for (const relation of relations.values()) {
    const others = [...reachedIn(up, relation.oid), ...reachedIn(down, relation.oid)];
    kin.set(String(relation.oid), [relation, ...others.flatMap((oid) => relations.get(oid) ?? [])]);
  }
  return {
    names: indexNames(read, parseSearchPath(path?.[0] ?? "", role)),
    kin,
    definitions: await readDefinitions(ask, ownViews),
  };
}

/** Names as a session means them whose search path this is. */
export function knownAlong(
  { names, kin, definitions }: KnownRelations,
  searchPath: readonly string[],
  classifier: Pick<Classifier, "trees">,
): Relations {
  return relationsAlong(names, searchPath, (relation) => {
    const definition = definitions.get(relation.oid);
    const [, ...others] = kin.get(String(relation.oid)) ?? [relation];
    return {
      isView: isOwnView(relation) || holdsStatistics(relation),
      query: definition === undefined ? null : queryOf(definition, classifier),
      kin: others.map(({ schema, name }) => `${schema}.${name}`),
    };
  });
}

function queryOf(definition: string, classifier: Pick<Classifier, "trees">): Relation["query"] {
  const [tree, ...more] = classifier.trees(definition) ?? [];
  return more.length > 0 ? null : partOf(tree?.stmt, "SelectStmt");
}

/** The system's own views count as tables: what they hold is no table's. Its objects have lower numbers. */
function isOwnView({ isView, oid }: KnownRelation): boolean {
  return isView && oid >= 16_384;
}

/** They hold values of all tables: like a view that can't be read, whatever comes of them is not known. */
function holdsStatistics({ schema, name }: RelationName): boolean {
  return schema === "pg_catalog" && valuesOfAny.test(name);
}

/** Apart from `pg_statistic_ext`: it holds what was defined, and clients ask it about every table that they describe. */
const valuesOfAny = /^pg_(?:statistic(?!_ext$)|stats)(?:_|$)/;
