/**
 * All relations of a database with their columns, as the catalogue had them when it was read: where names lead to without
 * asking. Held in bounds; of a database with more nothing is known.
 */
import type { Ask } from "#/proxies/postgres/ask.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import { parseSearchPath } from "#/proxies/postgres/sql/search-path.ts";
import { listOf, partOf } from "#/proxies/postgres/touched/node.ts";
import type { Relation, Relations } from "#/proxies/postgres/touched/relations.ts";

export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

export interface KnownRelations {
  readonly byName: ReadonlyMap<string, KnownRelation>;
  readonly byOid: ReadonlyMap<string, KnownRelation>;
  /** Names under which some session has a relation of its own: which of both one means, only it knows. */
  readonly temporary: ReadonlySet<string>;
  /** Along which the definitions of views leave schemas out. */
  readonly viewPath: readonly string[];
  /** Read views, by their oid. Filled as they are asked for. */
  readonly views: Map<string, Relation>;
}

export interface KnownRelation extends RelationName {
  readonly oid: string;
  readonly columns: readonly string[];
  readonly generatedFrom: ReadonlyMap<string, readonly string[]>;
  /** Of a view, or a materialised one. */
  readonly definition: string | null;
  readonly isView: boolean;
  /** Itself first. */
  readonly names: readonly RelationName[];
}

/** Relations of a database. Of one with more no column can be traced. */
const knownRelationsMax = 50_000;

export async function readKnownRelations(
  ask: Ask,
  role: string,
): Promise<KnownRelations | "too_many"> {
  const [path] = await ask("show search_path");
  const relations = await ask(relationsQuery);
  const inherits = await ask(inheritsQuery);
  const generated = await ask(generatedQuery);
  const isTooMany = [relations, inherits, generated].some(
    ({ length }) => length >= knownRelationsMax,
  );
  if (isTooMany) return "too_many";

  const named = new Map<string, RelationName>();
  for (const [oid, schema, name] of relations) {
    named.set(oid ?? "", { schema: schema ?? "", name: name ?? "" });
  }
  const kin = kinOf(inherits.map(([child, parent]) => [child ?? "", parent ?? ""]));
  const generatedFrom = generatedByRelation(generated);
  const byOid = new Map<string, KnownRelation>();
  const byName = new Map<string, KnownRelation>();
  const temporary = new Set<string>();
  for (const [oid = "", schema, name, isView, isTemporary, columns, definition] of relations) {
    const own = named.get(oid ?? "");
    if (oid === null || own === undefined) continue;
    if (isTemporary !== "f") temporary.add(own.name);
    const relation: KnownRelation = {
      ...own,
      oid,
      columns: listOf(JSON.parse(columns ?? "[]")).map(String),
      generatedFrom: generatedFrom.get(oid) ?? new Map(),
      definition: definition ?? null,
      isView: isView !== "f" || holdsStatistics(own),
      names: [own, ...kin(oid).flatMap((each) => named.get(each) ?? [])],
    };
    byOid.set(oid, relation);
    byName.set(keyOf(schema ?? "", name ?? ""), relation);
  }
  const viewPath = parseSearchPath(path?.[0] ?? "", role);
  return { byName, byOid, temporary, viewPath, views: new Map() };
}

/** Names as a session means them whose search path this is. */
export function relationsAlong(
  known: KnownRelations,
  searchPath: readonly string[],
  classifier: Pick<Classifier, "trees">,
): Relations {
  return {
    named(schema, name, where) {
      const relation = find(known, schema, name, where === "view" ? known.viewPath : searchPath);
      return relation === null ? null : relationOf(relation, known, classifier);
    },
  };
}

function find(
  { byName, temporary }: KnownRelations,
  schema: string | null,
  name: string,
  path: readonly string[],
): KnownRelation | null {
  if (schema !== null) return byName.get(keyOf(schema, name)) ?? null;
  if (temporary.has(name)) return null;
  for (const each of path) {
    const relation = byName.get(keyOf(each, name));
    if (relation !== undefined) return relation;
  }
  return null;
}

function relationOf(
  relation: KnownRelation,
  { views }: KnownRelations,
  classifier: Pick<Classifier, "trees">,
): Relation {
  const before = views.get(relation.oid);
  if (before !== undefined) return before;
  const { oid, columns, generatedFrom, isView, names, definition } = relation;
  const [own, ...kin] = names.map(({ schema, name }) => `${schema}.${name}`);
  const read: Relation = {
    oid,
    name: own ?? "",
    isView: isView,
    columns,
    generatedFrom,
    query: definition === null ? null : queryOf(definition, classifier),
    kin,
    hasRowSecurity: false,
  };
  views.set(oid, read);
  return read;
}

function queryOf(definition: string, classifier: Pick<Classifier, "trees">): Relation["query"] {
  const [tree, ...more] = classifier.trees(definition) ?? [];
  return more.length > 0 ? null : partOf(tree?.stmt, "SelectStmt");
}

/** They hold values of all tables: like a view that can't be read, whatever comes of them is not known. */
function holdsStatistics({ schema, name }: RelationName): boolean {
  return schema === "pg_catalog" && /^pg_(?:statistic|stats)(?:_|$)/.test(name);
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

/** All that a relation is a part of, and all that is a part of it. */
function kinOf(pairs: readonly (readonly [string, string])[]): (oid: string) => readonly string[] {
  const up = new Map<string, string[]>();
  const down = new Map<string, string[]>();
  for (const [child, parent] of pairs) {
    up.set(child, [...(up.get(child) ?? []), parent]);
    down.set(parent, [...(down.get(parent) ?? []), child]);
  }
  const reached = (oid: string, next: ReadonlyMap<string, readonly string[]>) => {
    const found = new Set<string>();
    const pending = [...(next.get(oid) ?? [])];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      pending.push(...(next.get(at) ?? []));
    }
    return found;
  };
  return (oid) => [...reached(oid, up), ...reached(oid, down)];
}

function generatedByRelation(
  rows: readonly (readonly (string | null)[])[],
): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const all = new Map<string, Map<string, readonly string[]>>();
  for (const [oid, column, sources] of rows) {
    const own = all.get(oid ?? "") ?? new Map<string, readonly string[]>();
    own.set(column ?? "", listOf(JSON.parse(sources ?? "[]")).map(String));
    all.set(oid ?? "", own);
  }
  return all;
}

/** The definitions of the system's own views are not asked for: what they hold is no table's. */
const relationsQuery = `
select c.oid, n.nspname, c.relname,
       c.relkind operator(pg_catalog.=) any ('{v,m}') and c.oid operator(pg_catalog.>=) 16384,
       c.relpersistence operator(pg_catalog.=) 't',
       (select pg_catalog.json_agg(a.attname order by a.attnum)
          from pg_catalog.pg_attribute as a
         where a.attrelid operator(pg_catalog.=) c.oid and a.attnum operator(pg_catalog.>) 0
           and not a.attisdropped),
       case when c.relkind operator(pg_catalog.=) any ('{v,m}') and c.oid operator(pg_catalog.>=) 16384
            then pg_catalog.pg_get_viewdef(c.oid) end
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
 where c.relkind operator(pg_catalog.=) any ('{r,p,m,v,f,S}')
   and n.nspname operator(pg_catalog.<>) all ('{pg_toast}')
 limit ${knownRelationsMax}`;

const inheritsQuery = `
select i.inhrelid, i.inhparent
  from pg_catalog.pg_inherits as i
  join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) i.inhrelid
 where c.relkind operator(pg_catalog.=) any ('{r,p,f}')
 limit ${knownRelationsMax}`;

const generatedQuery = `
select a.attrelid, a.attname, (
         select pg_catalog.json_agg(s.attname)
           from pg_catalog.pg_depend as d
           join pg_catalog.pg_attribute as s
             on s.attrelid operator(pg_catalog.=) d.refobjid
            and s.attnum operator(pg_catalog.=) d.refobjsubid
          where d.classid operator(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
            and d.objid operator(pg_catalog.=) e.oid
            and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and d.refobjid operator(pg_catalog.=) a.attrelid)
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_attrdef as e
    on e.adrelid operator(pg_catalog.=) a.attrelid and e.adnum operator(pg_catalog.=) a.attnum
 where a.attgenerated operator(pg_catalog.<>) '' and not a.attisdropped
 limit ${knownRelationsMax}`;
