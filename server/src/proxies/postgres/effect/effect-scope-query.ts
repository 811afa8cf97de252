/** What the catalogue is asked for, to tell what a statement would set in motion. */

/** More relations that change by foreign keys than this, and it is not measured. */
export const keyedMax = 100;

/** More expressions of a relation and its like than this, and it is not looked into. */
export const expressionsMax = 500;

/**
 * A type whose input may run code: a domain checks, and what is made of domains checks each. Enumerations, also
 * in arrays, are data.
 */
function ownType(names: string): string {
  return `exists (select from pg_type as t
                left join pg_type as e on e.oid = t.typelem and t.typcategory = 'A'
               where t.oid >= 16384 and t.typname = any (${names}::name[])
                 and coalesce(e.typtype, t.typtype) <> 'e')`;
}

export const typesQuery = `select ${ownType("$1")}`;

/**
 * To be asked with `pg_catalog` alone as the search path. All relations of a name are covered, in whatever
 * schema, with what inherits from them, and for those that are written what their foreign keys write. What foreign
 * keys only look at, on either side, is planned as well, and a partition checks the keys of what it is a part of.
 */
export const scopeQuery = `
with recursive touched (oid, written, keyed) as (
  select c.oid, c.relname = any ($2::name[]), false
    from pg_class as c
   where c.relname = any ($1::name[])
  union
  select next.oid, next.written, next.keyed
    from touched as t
   cross join lateral (
     select i.inhrelid, t.written, false from pg_inherits as i where i.inhparent = t.oid
     union all
     select k.conrelid, true, true from pg_constraint as k
      where t.written and k.confrelid = t.oid and k.contype = 'f'
        and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
   ) as next (oid, written, keyed)
), relation as (
  select distinct on (t.oid) t.oid, t.written, c.relkind, c.relpersistence, c.relrowsecurity, c.relam
    from touched as t join pg_class as c on c.oid = t.oid
   order by t.oid, t.written desc
), planned (oid) as (
  select r.oid from relation as r
  union
  select k.confrelid from pg_constraint as k join relation as r on r.oid = k.conrelid
   where r.written and k.contype = 'f'
  union
  select k.conrelid from pg_constraint as k join relation as r on r.oid = k.confrelid
   where r.written and k.contype = 'f'
), indexes as (
  select x.* from pg_index as x join planned as r on r.oid = x.indrelid
), keys as (
  select p.* from pg_partitioned_table as p
   where p.partrelid in (select r.oid from relation as r
                         union all
                         select a.relid from relation as r cross join lateral pg_partition_ancestors(r.oid) as a (relid))
)
select
  exists (select from relation where relpersistence = 't'),
  exists (select from relation where relkind in ('v', 'f', 'S', 'c')),
  exists (select from relation where relrowsecurity),
  exists (select from pg_rewrite as w join relation as r on r.oid = w.ev_class
           where r.relkind not in ('v', 'm')),
  exists (select from relation where relam >= 16384)
    or exists (select from pg_attribute as a
                 join relation as r on r.oid = a.attrelid
                 join pg_type as t on t.oid = a.atttypid
                 left join pg_type as e on e.oid = t.typelem and t.typcategory = 'A'
                where not a.attisdropped and t.oid >= 16384
                  and t.typtype <> 'e' and (e.oid is null or (e.oid >= 16384 and e.typtype <> 'e')))
    or exists (select from indexes as x
                 join pg_class as c on c.oid = x.indexrelid
                where c.relam >= 16384
                   or exists (select from unnest(x.indclass) as o (oid) where o.oid >= 16384))
    or exists (select from keys as p cross join unnest(p.partclass) as o (oid) where o.oid >= 16384),
  exists (select from pg_operator as o where o.oid >= 16384)
    or exists (select from pg_cast as c where c.oid >= 16384),
  exists (select from pg_proc as p where p.oid >= 16384 and p.proname = any ($3::name[]))
    or exists (select from pg_type as t
                where t.oid >= 16384 and t.typtype <> 'e' and t.typname = any ($3::name[])
                  and not (t.typtype = 'c' or t.typcategory = 'A'))
    or ${ownType("$4")},
  (select json_agg(part.text) from (
     select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d join relation as r on r.oid = d.adrelid
     union
     select pg_get_expr(k.conbin, k.conrelid) from pg_constraint as k join planned as r on r.oid = k.conrelid
      where k.conbin is not null
     union
     select pg_get_expr(x.indexprs, x.indrelid) from indexes as x where x.indexprs is not null
     union
     select pg_get_expr(x.indpred, x.indrelid) from indexes as x where x.indpred is not null
     union
     select pg_get_expr(p.partexprs, p.partrelid) from keys as p where p.partexprs is not null
     union
     select e.text from pg_statistic_ext as s join planned as r on r.oid = s.stxrelid
      cross join lateral unnest(pg_get_statisticsobjdef_expressions(s.oid)) as e (text)
     limit ${expressionsMax + 1}
   ) as part (text)),
  exists (select from pg_trigger as g join relation as r on r.oid = g.tgrelid
           where r.written and not g.tgisinternal),
  exists (select from pg_constraint as k join touched as t on t.oid = k.confrelid
           where t.written and not t.keyed and k.contype = 'f'
             and (($5::boolean and k.confdeltype in ('c', 'n', 'd'))
               or (k.confupdtype in ('c', 'n', 'd')
                   and ($6::boolean
                        or exists (select from pg_attribute as a
                                    where a.attrelid = k.confrelid and a.attnum = any (k.confkey)
                                      and a.attname = any ($7::name[])))))),
  (select json_agg(name.text) from (
     select distinct format('%I.%I', n.nspname, c.relname)
       from touched as t
       join pg_class as c on c.oid = t.oid
       join pg_namespace as n on n.oid = c.relnamespace
      where t.keyed
      limit ${keyedMax + 1}
   ) as name (text))`;

/** In the order of the query's columns; each is `f` where there is no such thing. */
export const scopeFindings = [
  "A temporary table has a name that it uses, and only its own session sees that.",
  "It touches a view, a foreign table or something else that is no plain table.",
  "A relation that it touches has row security.",
  "A relation that it touches has rules.",
  "A relation that it touches has columns, an index or a storage of a kind that is not built in.",
  "The database has operators or casts that are not built in.",
  "It uses a function or a type that is not built in.",
] as const;
