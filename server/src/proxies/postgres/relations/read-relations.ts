/**
 * Reads all relations of a database with their columns, what inherits from what, and what is computed of what: for masked columns, of which
 * any relation may hold the values.
 *
 * To be asked on any session: every name in it is of the server's own schema, whatever the search path is. A part at a time, so that the
 * caller says how large an answer may be, and how much is too much.
 */
import type { Ask } from "#/proxies/postgres/ask.ts";
import type { Edge } from "./edges.ts";

export interface KnownRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Materialised ones, too. */
  readonly isView: boolean;
  readonly isTemporary: boolean;
  /** By the attribute's number, in their order. */
  readonly columns: ReadonlyMap<number, string>;
}

export interface AllRelations {
  readonly relations: ReadonlyMap<number, KnownRelation>;
  /** From the parent to what inherits from it. */
  readonly inherited: readonly Edge[];
  /** Columns that are computed of others of their row, by numbers; from 0 where of none. */
  readonly generated: readonly {
    readonly oid: number;
    readonly from: number;
    readonly to: number;
  }[];
}

export interface Parts {
  readonly rowsAtOnce: number;
  /** So many, and nothing is known of the database. */
  readonly rowsMax: number;
}

export class TooManyRelations extends Error {}

export async function readAllRelations(ask: Ask, parts: Parts): Promise<AllRelations> {
  const relations = new Map<number, KnownRelation>();
  for await (const row of inParts(ask, relationsQuery, parts)) {
    const [oid, schema, name, isView, isTemporary, columns] = row;
    relations.set(Number(oid), {
      oid: Number(oid),
      schema: schema ?? "",
      name: name ?? "",
      isView: isView !== "f",
      isTemporary: isTemporary !== "f",
      columns: new Map(JSON.parse(columns ?? "[]") as [number, string][]),
    });
  }
  const inherited: Edge[] = [];
  for await (const [, from, to] of inParts(ask, inheritedQuery, parts))
    inherited.push([Number(from), Number(to)]);
  const generated: { oid: number; from: number; to: number }[] = [];
  for await (const [, oid, from, to] of inParts(ask, generatedQuery, parts))
    generated.push({ oid: Number(oid), from: Number(from), to: Number(to) });
  return { relations, inherited, generated };
}

/** What views hold, by the number of each, with names as the search path of the session finds them. */
export async function readDefinitions(
  ask: Ask,
  views: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const definitions = new Map<number, string>();
  for (let at = 0; at < views.length; at += definitionsAtOnce) {
    const some = `{${views.slice(at, at + definitionsAtOnce).join(",")}}`;
    for (const [oid, text] of await ask(definitionsQuery, [some]))
      definitions.set(Number(oid), text ?? "");
  }
  return definitions;
}

const definitionsAtOnce = 500;

/** The query's first column is the number behind which its next part begins: `$1`, with `$2` rows. */
export async function* inParts(ask: Ask, query: string, { rowsAtOnce, rowsMax }: Parts) {
  let behind = "0";
  for (let count = rowsAtOnce; ; count += rowsAtOnce) {
    const rows = await ask(query, [behind, String(rowsAtOnce)]);
    yield* rows;
    if (rows.length < rowsAtOnce) return;
    if (count >= rowsMax) throw new TooManyRelations();
    behind = rows.at(-1)?.[0] ?? "";
  }
}

const relationsQuery = `
select c.oid, n.nspname, c.relname,
       c.relkind operator(pg_catalog.=) any ('{v,m}'),
       c.relpersistence operator(pg_catalog.=) 't',
       (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attname) order by a.attnum)
          from pg_catalog.pg_attribute as a
         where a.attrelid operator(pg_catalog.=) c.oid and a.attnum operator(pg_catalog.>) 0
           and not a.attisdropped)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
 where c.oid operator(pg_catalog.>) $1::pg_catalog.oid
   and c.relkind operator(pg_catalog.=) any ('{r,p,m,v,f,S}')
   and n.nspname operator(pg_catalog.<>) 'pg_toast'
 order by c.oid limit $2::pg_catalog.int8`;

const inheritedQuery = `
with edge as (
  select pg_catalog.row_number() over (order by i.inhparent, i.inhrelid) as at, i.inhparent, i.inhrelid
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) i.inhrelid
   where c.relkind operator(pg_catalog.=) any ('{r,p,f}')
)
select e.at, e.inhparent, e.inhrelid
  from edge as e
 where e.at operator(pg_catalog.>) $1::pg_catalog.int8
 order by e.at limit $2::pg_catalog.int8`;

/** On what the default depends, which holds the expression; before 15 it is the column itself that depends. */
const generatedQuery = `
with edge as (
  select distinct a.attrelid, coalesce(d.refobjsubid, 0) as source, a.attnum
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_attrdef as e
      on e.adrelid operator(pg_catalog.=) a.attrelid and e.adnum operator(pg_catalog.=) a.attnum
    left join pg_catalog.pg_depend as d
      on ((d.classid operator(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
           and d.objid operator(pg_catalog.=) e.oid)
          or (d.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
              and d.objid operator(pg_catalog.=) a.attrelid and d.objsubid operator(pg_catalog.=) a.attnum))
     and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
     and d.refobjid operator(pg_catalog.=) a.attrelid
     and d.refobjsubid operator(pg_catalog.<>) a.attnum
   where a.attgenerated operator(pg_catalog.<>) '' and not a.attisdropped
), numbered as (
  select pg_catalog.row_number() over (order by e.attrelid, e.source, e.attnum) as at, e.* from edge as e
)
select n.at, n.attrelid, n.source, n.attnum
  from numbered as n
 where n.at operator(pg_catalog.>) $1::pg_catalog.int8
 order by n.at limit $2::pg_catalog.int8`;

const definitionsQuery = `
select c.oid, pg_catalog.pg_get_viewdef(c.oid)
  from pg_catalog.pg_class as c
 where c.oid operator(pg_catalog.=) any ($1::pg_catalog.oid[])`;
