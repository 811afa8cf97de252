/**
 * Reads what masks of columns need of the catalogue: every relation with its columns, what is derived from what, and the types that
 * are not built in. A part at a time, so that no answer outgrows a session of the gateway's own.
 */
import type { Ask } from "#/proxies/postgres/ask.ts";
import { typeOfSend, type ValueType } from "./value-types.ts";

export interface KnownRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly isView: boolean;
  readonly isTemporary: boolean;
  /** By the attribute's number, in their order. */
  readonly columns: ReadonlyMap<number, string>;
}

/** Something of the first gives what the second holds. */
export type Edge = readonly [from: number, to: number];

export interface RelationsRead {
  readonly relations: ReadonlyMap<number, KnownRelation>;
  /** From the parent to what inherits from it. */
  readonly inherited: readonly Edge[];
  /** From what a view reads to the view. */
  readonly viewed: readonly Edge[];
  /** Columns that are computed of others of their row. */
  readonly generated: readonly {
    readonly oid: number;
    readonly from: number;
    readonly to: number;
  }[];
  readonly types: ReadonlyMap<number, ValueType>;
  /** Views that call a function of which nobody knows what it reads. */
  readonly calling: readonly number[];
  /** Names of functions that are not built in. */
  readonly ownFunctions: ReadonlySet<string>;
}

/** Of one database. With more, no origin is proven. */
const maskedRelationsMax = 100_000;
const rowsAtOnce = 500;

class TooManyRelations extends Error {}

/** To be asked with `pg_catalog` alone as the search path. */
export async function readRelations(ask: Ask): Promise<RelationsRead> {
  const relations = new Map<number, KnownRelation>();
  for await (const [oid, schema, name, kind, isTemporary, columns] of paged(ask, relationsQuery)) {
    relations.set(Number(oid), {
      oid: Number(oid),
      schema: schema ?? "",
      name: name ?? "",
      isView: kind === "v" || kind === "m",
      isTemporary: isTemporary === "t",
      columns: new Map(JSON.parse(columns ?? "[]") as [number, string][]),
    });
  }
  const inherited: Edge[] = [];
  for await (const [, from, to] of paged(ask, inheritedQuery))
    inherited.push([Number(from), Number(to)]);
  const viewed: Edge[] = [];
  for await (const [, from, to] of paged(ask, viewedQuery)) viewed.push([Number(from), Number(to)]);
  const generated: { oid: number; from: number; to: number }[] = [];
  for await (const [, oid, from, to] of paged(ask, generatedQuery)) {
    generated.push({ oid: Number(oid), from: Number(from), to: Number(to) });
  }
  const types = new Map<number, ValueType>();
  for await (const [oid, name, send, element] of paged(ask, typesQuery)) {
    types.set(Number(oid), typeOf(name ?? "", send ?? "", Number(element)));
  }
  const calling: number[] = [];
  for await (const [oid] of paged(ask, callingQuery)) calling.push(Number(oid));
  const functions = new Set<string>();
  for await (const [, name] of paged(ask, functionsQuery)) functions.add(name ?? "");
  return { relations, inherited, viewed, generated, types, calling, ownFunctions: functions };
}

/** What views hold, by the number of each. */
export async function readDefinitions(
  ask: Ask,
  views: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const definitions = new Map<number, string>();
  for (let at = 0; at < views.length; at += rowsAtOnce) {
    const rows = await ask(definitionsQuery, [`{${views.slice(at, at + rowsAtOnce).join(",")}}`]);
    for (const [oid, text] of rows) definitions.set(Number(oid), text ?? "");
  }
  return definitions;
}

function typeOf(name: string, send: string, element: number): ValueType {
  if (element > 0 && send === "array_send") return { name: "array", family: "array", element };
  return typeOfSend(name, send);
}

/** Rows whose first column is the number behind which the next part begins. */
async function* paged(ask: Ask, query: string) {
  let behind = "0";
  for (let count = 0; ; count += rowsAtOnce) {
    if (count > maskedRelationsMax) throw new TooManyRelations();
    const rows = await ask(query, [behind]);
    yield* rows;
    const last = rows.at(-1)?.[0];
    if (rows.length === 0 || last === undefined || last === null) return;
    behind = last;
  }
}

const relationsQuery = `
select c.oid, n.nspname, c.relname, c.relkind, c.relpersistence = 't',
       (select json_agg(json_build_array(a.attnum, a.attname) order by a.attnum) from pg_attribute as a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
 where c.oid > $1::oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'pg_toast'
 order by c.oid limit ${rowsAtOnce}`;

const inheritedQuery = `
with edge as (
  select row_number() over (order by i.inhparent, i.inhrelid) as at, i.inhparent, i.inhrelid from pg_inherits as i
)
select e.at, e.inhparent, e.inhrelid from edge as e where e.at > $1::bigint order by e.at limit ${rowsAtOnce}`;

const viewedQuery = `
with edge as (
  select distinct d.refobjid, r.ev_class
    from pg_depend as d join pg_rewrite as r on r.oid = d.objid
   where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
), numbered as (select row_number() over (order by e.refobjid, e.ev_class) as at, e.* from edge as e)
select n.at, n.refobjid, n.ev_class from numbered as n where n.at > $1::bigint order by n.at limit ${rowsAtOnce}`;

const generatedQuery = `
with edge as (
  select distinct e.adrelid, d.refobjsubid, e.adnum
    from pg_attrdef as e
    join pg_attribute as a on a.attrelid = e.adrelid and a.attnum = e.adnum and a.attgenerated <> ''
    join pg_depend as d on d.classid = 'pg_attrdef'::regclass and d.objid = e.oid
     and d.refclassid = 'pg_class'::regclass and d.refobjid = e.adrelid and d.refobjsubid <> e.adnum
), numbered as (select row_number() over (order by e.adrelid, e.refobjsubid, e.adnum) as at, e.* from edge as e)
select n.at, n.adrelid, n.refobjsubid, n.adnum from numbered as n where n.at > $1::bigint order by n.at limit ${rowsAtOnce}`;

const typesQuery = `
select t.oid, t.typname, p.proname, t.typelem
  from pg_type as t join pg_proc as p on p.oid = t.typsend
 where t.oid > $1::oid and t.oid >= 12000
   and (t.oid >= 16384 or p.proname in ('record_send', 'array_send'))
 order by t.oid limit ${rowsAtOnce}`;

/** What is built in leaves no dependency, but its number in the tree. */
const callingQuery = `
with unsafe as (
  select ':funcid (' || string_agg(p.oid::text, '|') || ') ' as form from pg_proc as p
   where p.oid < 16384
     and (p.proname ~ '^(query|table|cursor|schema|database)_to_xml' or p.proname ~ '^(lo_|pg_read_|pg_ls_|pg_stat_get_(backend_)?activity$)'
          or p.proname in ('loread', 'ts_stat', 'ts_rewrite', 'pg_mcv_list_items'))
)
select r.ev_class from pg_rewrite as r
 where r.ev_class > $1::oid and r.ev_class >= 16384
   and (exists (select from pg_depend as d
                 where d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                   and d.refclassid = 'pg_proc'::regclass and d.refobjid >= 16384)
        or r.ev_action::text ~ (select u.form from unsafe as u))
 group by r.ev_class order by r.ev_class limit ${rowsAtOnce}`;

const functionsQuery = `
with named as (select distinct p.proname from pg_proc as p where p.oid >= 16384),
     numbered as (select row_number() over (order by n.proname) as at, n.proname from named as n)
select n.at, n.proname from numbered as n where n.at > $1::bigint order by n.at limit ${rowsAtOnce}`;

const definitionsQuery = `
select c.oid, pg_get_viewdef(c.oid) from pg_class as c where c.oid = any ($1::oid[])`;
