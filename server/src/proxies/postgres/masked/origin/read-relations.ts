/**
 * Reads what masks of columns need of the catalogue: every relation with its columns, what is derived from what, and the types that
 * are not built in. In small parts, so that no answer outgrows a session of the gateway's own.
 */
import type { Ask } from "#/proxies/postgres/ask.ts";
import { typeOfSend, type ValueType } from "#/proxies/postgres/masked/values/value-types.ts";
import type { Edge } from "#/proxies/postgres/relations/edges.ts";
import {
  type AllRelations,
  inParts,
  type Parts,
  readAllRelations,
} from "#/proxies/postgres/relations/read-relations.ts";

export interface RelationsRead extends AllRelations {
  /** From what a view reads to the view. */
  readonly viewed: readonly Edge[];
  readonly types: ReadonlyMap<number, ValueType>;
  /** Views that call a function of which nobody knows what it reads. */
  readonly calling: readonly number[];
  /** Names of functions that are not built in. */
  readonly ownFunctions: ReadonlySet<string>;
}

/** Of one database. With more, no origin is proven. */
const maskedRelationsMax = 100_000;
const parts: Parts = { rowsAtOnce: 500, rowsMax: maskedRelationsMax };

/** To be asked with `pg_catalog` alone as the search path. */
export async function readRelations(ask: Ask): Promise<RelationsRead> {
  const all = await readAllRelations(ask, parts);
  const viewed: Edge[] = [];
  for await (const [, from, to] of inParts(ask, viewedQuery, parts))
    viewed.push([Number(from), Number(to)]);
  const types = new Map<number, ValueType>();
  for await (const [oid, name, send, element] of inParts(ask, typesQuery, parts)) {
    types.set(Number(oid), typeOf(name ?? "", send ?? "", Number(element)));
  }
  const calling: number[] = [];
  for await (const [oid] of inParts(ask, callingQuery, parts)) calling.push(Number(oid));
  const functions = new Set<string>();
  for await (const [, name] of inParts(ask, functionsQuery, parts)) functions.add(name ?? "");
  return { ...all, viewed, types, calling, ownFunctions: functions };
}

function typeOf(name: string, send: string, element: number): ValueType {
  if (element > 0 && send === "array_send") return { name: "array", family: "array", element };
  return typeOfSend(name, send);
}

const viewedQuery = `
with edge as (
  select distinct d.refobjid, r.ev_class
    from pg_depend as d join pg_rewrite as r on r.oid = d.objid
   where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
), numbered as (select row_number() over (order by e.refobjid, e.ev_class) as at, e.* from edge as e)
select n.at, n.refobjid, n.ev_class from numbered as n where n.at > $1::bigint order by n.at limit $2`;

const typesQuery = `
select t.oid, t.typname, p.proname, t.typelem
  from pg_type as t join pg_proc as p on p.oid = t.typsend
 where t.oid > $1::oid and t.oid >= 12000
   and (t.oid >= 16384 or p.proname in ('record_send', 'array_send'))
 order by t.oid limit $2`;

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
 group by r.ev_class order by r.ev_class limit $2`;

const functionsQuery = `
with named as (select distinct p.proname from pg_proc as p where p.oid >= 16384),
     numbered as (select row_number() over (order by n.proname) as at, n.proname from named as n)
select n.at, n.proname from numbered as n where n.at > $1::bigint order by n.at limit $2`;
